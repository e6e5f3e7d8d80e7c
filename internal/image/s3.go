package image

import (
	"strings"

	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

const (
	s3Scheme = "s3" + SchemeSeparator

	// s3URLScheme is the scheme of the URL that CDI takes for an object of S3: that of the server.
	s3URLScheme = "https" + SchemeSeparator
)

// s3Importer imports an object from a server that speaks S3, by TLS.
var s3Importer = Importer{
	Schemes: []string{"s3"},
	Form:    s3Scheme + "HOST/BUCKET/KEY",
	IsFile:  true,
	TakesCA: true,
	source: func(image string, a Access) *cdiv1.DataVolumeSource {
		return &cdiv1.DataVolumeSource{S3: &cdiv1.DataVolumeSourceS3{
			URL: s3URLScheme + strings.TrimPrefix(image, s3Scheme), SecretRef: a.Secret, CertConfigMap: a.CA,
		}}
	},
	url: func(s *cdiv1.DataVolumeSource) string {
		if s.S3 == nil {
			return ""
		}
		return s3Scheme + strings.TrimPrefix(s.S3.URL, s3URLScheme)
	},
}
