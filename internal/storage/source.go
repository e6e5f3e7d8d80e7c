package storage

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A disk has one of three sources. Its source decides which objects are composed, what CDI receives, and what is observed:
//
//	field of the disk   composed                     CDI receives                          observed
//	claimName           nothing                      nothing                               nothing
//	neither             claim, as disk-NAME          the label applyStorageProfile         the claim
//	image               DataVolume, as disk-NAME     the source of package image           the DataVolume; after its import the
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
