package image

import (
	"net/url"
	"strings"

	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// registryScheme is the scheme that CDI requires of the URL of a container.
const registryScheme = cdiv1.RegistrySchemeDocker + SchemeSeparator

// registryImporter imports a container disk from a registry.
var registryImporter = Importer{
	Schemes: []string{cdiv1.RegistrySchemeDocker},
	Form:    registryScheme + "REFERENCE",
	TakesCA: true,
	source: func(image string, a Access) *cdiv1.DataVolumeSource {
		return &cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{
			URL: ptr.To(registryURL(image)), SecretRef: orNil(a.Secret), CertConfigMap: orNil(a.CA),
		}}
	},
	url: func(s *cdiv1.DataVolumeSource) string {
		if s.Registry == nil {
			return ""
		}
		return ptr.Deref(s.Registry.URL, "")
	},
}

// Reference returns the reference to a container in an image, without its scheme.
func Reference(image string) string { return strings.TrimPrefix(image, registryScheme) }

// registryURL returns the URL of a container's reference, with the scheme that CDI requires.
func registryURL(image string) string {
	// library holds the containers of references without a registry.
	const library = "docker.io/library/"

	reference := Reference(image)
	// CDI parses the URL with net/url, which reads the tag of name:tag as a port, and the name of name@sha256:... as a user.
	if u, err := url.Parse(registryScheme + reference); (err != nil || u.User != nil) && !strings.Contains(reference, "/") {
		reference = library + reference
	}
	return registryScheme + reference
}

// orNil returns a pointer to a text; nil for an empty one.
func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
