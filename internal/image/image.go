// Package image holds the kinds of server that CDI imports images from.
//
// What differs by the scheme of an image is in a file of its importer. The rules of the API, the advice about images, what CDI receives and the
// generators of tests follow from the list Importers.
package image

import (
	"slices"
	"strings"

	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// An Importer is a kind of server that CDI imports images from. Each importer is declared in a file of its own, such as http.go.
type Importer struct {
	// Schemes of the image's URL.
	Schemes []string

	// Form of the image's URL, in words for users.
	Form string

	// IsFile reports that the URL names a file, whose ending shows its format. Otherwise the image is a reference to a container.
	IsFile bool

	// IsBucket reports that the host of the URL is the name of a bucket, and not that of a server.
	IsBucket bool

	// TakesCA and TakesChecksum report whether CDI takes certificates of authorities for the server, and a checksum of the image.
	TakesCA, TakesChecksum bool

	// source returns the source of a DataVolume that imports the image.
	source func(image string, a Access) *cdiv1.DataVolumeSource

	// url returns the URL of the image in the source of an observed DataVolume; empty for another source.
	url func(s *cdiv1.DataVolumeSource) string
}

// Access is what it takes to read an image. Empty values stand for none.
type Access struct {
	// Secret with credentials, and ConfigMap with certificates of authorities, by their names.
	Secret, CA string

	// Checksum of the file, as ALGORITHM:HEX.
	Checksum string
}

// SchemeSeparator follows the scheme of a URL.
const SchemeSeparator = "://"

// Importers returns the importers, in the order of the documentation.
func Importers() []Importer {
	return []Importer{registryImporter, httpImporter, s3Importer, gcsImporter}
}

// importerOf returns the importer of an image. An image without a scheme is a reference to a container. It returns false for a scheme that no
// importer has.
func importerOf(image string) (Importer, bool) {
	scheme, _, found := strings.Cut(image, SchemeSeparator)
	if !found {
		return registryImporter, true
	}
	importers := Importers()
	if i := slices.IndexFunc(importers, func(i Importer) bool { return slices.Contains(i.Schemes, scheme) }); i >= 0 {
		return importers[i], true
	}
	return Importer{}, false
}

// IsFile reports whether an image is the URL of a file.
func IsFile(image string) bool {
	i, known := importerOf(image)
	return known && i.IsFile
}

// IsBucket reports whether the host of an image's URL is the name of a bucket, and not that of a server.
func IsBucket(image string) bool {
	i, known := importerOf(image)
	return known && i.IsBucket
}

// Schemes returns the schemes of all importers.
func Schemes() []string {
	var out []string
	for _, i := range Importers() {
		out = append(out, i.Schemes...)
	}
	return out
}

// Forms returns the forms of all images that have a scheme, in words for users.
func Forms() string {
	var out []string
	for _, i := range Importers() {
		out = append(out, i.Form)
	}
	return strings.Join(out, ", ")
}

// TakesCA reports whether CDI takes certificates of authorities for the server of an image.
func TakesCA(image string) bool {
	i, known := importerOf(image)
	return known && i.TakesCA
}

// TakesChecksum reports whether CDI takes a checksum of an image.
func TakesChecksum(image string) bool {
	i, known := importerOf(image)
	return known && i.TakesChecksum
}

// Source returns the source of a DataVolume that imports an image.
func Source(image string, a Access) *cdiv1.DataVolumeSource {
	if i, known := importerOf(image); known {
		return i.source(image, a)
	}
	return registryImporter.source(image, a)
}

// Canonical returns an image as URL returns it from the source of its DataVolume.
func Canonical(image string) string { return URL(Source(image, Access{})) }

// URL returns the URL that a DataVolume imports from; empty where it has another source.
func URL(s *cdiv1.DataVolumeSource) string {
	if s == nil {
		return ""
	}
	for _, i := range Importers() {
		if u := i.url(s); u != "" {
			return u
		}
	}
	return ""
}

// Secret returns the Secret with the credentials that a DataVolume imports with; empty for none.
func Secret(s *cdiv1.DataVolumeSource) string { return AccessOf(s).Secret }

// AccessOf returns with what a DataVolume reads its image.
func AccessOf(s *cdiv1.DataVolumeSource) Access {
	switch {
	case s == nil:
		return Access{}
	case s.HTTP != nil:
		return Access{Secret: s.HTTP.SecretRef, CA: s.HTTP.CertConfigMap, Checksum: s.HTTP.Checksum}
	case s.S3 != nil:
		return Access{Secret: s.S3.SecretRef, CA: s.S3.CertConfigMap}
	case s.GCS != nil:
		return Access{Secret: s.GCS.SecretRef}
	case s.Registry != nil:
		return Access{Secret: ptr.Deref(s.Registry.SecretRef, ""), CA: ptr.Deref(s.Registry.CertConfigMap, "")}
	}
	return Access{}
}
