package storage

import (
	"net/url"
	"slices"
	"strings"

	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A disk has one of three sources. Its source decides which objects are composed, what CDI receives, and what is observed:
//
//	field of the disk   composed                     CDI receives                          observed
//	claimName           nothing                      nothing                               nothing
//	neither             claim, as disk-NAME          the label applyStorageProfile         the claim
//	image               DataVolume, as disk-NAME     the source of an importer below       the DataVolume; after its import the
//	                                                                                       claim that CDI made, as pvc-NAME
//
// empty.go plans an empty disk, and imported.go a disk with an image. A disk that exists stays what it is when image is added or removed.

const (
	// keyPrefix begins the key of the composed resource that holds a disk.
	keyPrefix = "disk-"

	// importedClaimPrefix begins the key of the claim that CDI makes for a DataVolume.
	importedClaimPrefix = "pvc-"

	kindClaim      = "PersistentVolumeClaim"
	kindDataVolume = "DataVolume"
)

// key returns the key of the composed resource that holds a disk.
func key(d *v1alpha1.Disk) string { return keyPrefix + string(d.Name) }

// importedClaimKey returns the key of the claim that CDI makes for the disk's DataVolume.
func importedClaimKey(d *v1alpha1.Disk) string { return importedClaimPrefix + string(d.Name) }

// holderKind returns the kind of the object that holds a disk: the observed kind, else the kind that was last desired and may exist by now,
// else the kind that the disk's image needs.
func holderKind(d *v1alpha1.Disk, rs observed.Resources) string {
	kind := rs.Kind(key(d))
	if kind == "" && rs[key(d)].Refused == "" {
		kind = rs.Last(key(d)).GetFields()["kind"].GetStringValue()
	}
	switch {
	case kind == kindDataVolume || kind == kindClaim:
		return kind
	case d.Image != "":
		return kindDataVolume
	}
	return kindClaim
}

// An importer is a kind of server that CDI imports images from.
type importer struct {
	// schemes of the image's URL.
	schemes []string

	// source returns the source of a DataVolume that imports the image.
	source func(image string) *cdiv1.DataVolumeSource

	// url returns the URL in the source of an observed DataVolume; empty for another source.
	url func(s *cdiv1.DataVolumeSource) string
}

// schemeSeparator follows the scheme of a URL.
const schemeSeparator = "://"

var (
	// httpImporter imports a file from an HTTP server.
	httpImporter = importer{
		schemes: []string{"http", "https"},
		source: func(image string) *cdiv1.DataVolumeSource {
			return &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: image}}
		},
		url: func(s *cdiv1.DataVolumeSource) string {
			if s.HTTP == nil {
				return ""
			}
			return s.HTTP.URL
		},
	}

	// registryImporter imports a container disk from a registry. An image without a scheme is a reference to a container.
	registryImporter = importer{
		schemes: []string{"docker"},
		source: func(image string) *cdiv1.DataVolumeSource {
			return &cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To(registryURL(image))}}
		},
		url: func(s *cdiv1.DataVolumeSource) string {
			if s.Registry == nil {
				return ""
			}
			return ptr.Deref(s.Registry.URL, "")
		},
	}

	// importers are all importers. They differ in what CDI receives, and not in what is observed.
	importers = []importer{httpImporter, registryImporter}
)

// importSource returns the source of a DataVolume that imports an image.
func importSource(image string) *cdiv1.DataVolumeSource {
	if scheme, _, found := strings.Cut(image, schemeSeparator); found {
		for _, i := range importers {
			if slices.Contains(i.schemes, scheme) {
				return i.source(image)
			}
		}
	}
	return registryImporter.source(image)
}

// SourceURL returns the URL that a DataVolume imports from; empty where it has another source.
func SourceURL(s *cdiv1.DataVolumeSource) string {
	if s == nil {
		return ""
	}
	for _, i := range importers {
		if u := i.url(s); u != "" {
			return u
		}
	}
	return ""
}

// registryURL returns the URL of a container's reference, with the scheme that CDI requires.
func registryURL(image string) string {
	const (
		scheme = "docker" + schemeSeparator

		// library holds the containers of references without a registry.
		library = "docker.io/library/"
	)
	reference := strings.TrimPrefix(image, scheme)
	// CDI parses the URL with net/url, which reads the tag of name:tag as a port, and the name of name@sha256:... as a user.
	if u, err := url.Parse(scheme + reference); (err != nil || u.User != nil) && !strings.Contains(reference, "/") {
		reference = library + reference
	}
	return scheme + reference
}
