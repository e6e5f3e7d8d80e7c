package image

import cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

// gcsImporter imports an object from Google Cloud Storage.
var gcsImporter = Importer{
	Schemes: []string{"gs"},
	Form:    "gs://BUCKET/FILE",
	IsFile:  true, IsBucket: true,
	source: func(image string, a Access) *cdiv1.DataVolumeSource {
		return &cdiv1.DataVolumeSource{GCS: &cdiv1.DataVolumeSourceGCS{URL: image, SecretRef: a.Secret}}
	},
	url: func(s *cdiv1.DataVolumeSource) string {
		if s.GCS == nil {
			return ""
		}
		return s.GCS.URL
	},
}
