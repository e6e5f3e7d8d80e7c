package image

import cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

// httpImporter imports a file from an HTTP server.
var httpImporter = Importer{
	Schemes: []string{"http", "https"},
	Form:    "http(s)://HOST/FILE",
	IsFile:  true,
	TakesCA: true, TakesChecksum: true,
	source: func(image string, a Access) *cdiv1.DataVolumeSource {
		return &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: image, SecretRef: a.Secret, CertConfigMap: a.CA, Checksum: a.Checksum}}
	},
	url: func(s *cdiv1.DataVolumeSource) string {
		if s.HTTP == nil {
			return ""
		}
		return s.HTTP.URL
	},
}
