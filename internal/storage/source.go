package storage

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A disk has one source. Its source decides which objects are composed, what CDI receives, and what is observed:
//
//	field of the disk   composed                     CDI receives                          observed
//	claimName           nothing                      nothing                               nothing
//	none                claim, as disk-NAME          the label applyStorageProfile         the claim
//	image               DataVolume, as disk-NAME     the source of package image           the DataVolume; after its import the
//	                                                                                       claim that CDI made, as pvc-NAME
//	imageFrom           the same                     the claim or the snapshot             the same; before, a DataSource as
//	                                                                                       datasource-NAME
//	upload              the same                     that it waits for an upload           the same
//
// empty.go plans an empty disk, and imported.go any other. A disk that exists stays what it is when its source is added or removed.
//
// The medium of a CD-ROM drive has the same sources, and one more. It is an image that can be imported again, so that nothing about it is immutable:
// another image is another medium, with a key and a name of its own. Nor does a disk keep its volume when it is restored or moves: see successor.go.
//
//	image of a container                 nothing                           nothing, as KubeVirt pulls it      nothing
//	another image, imageFrom, upload     DataVolume, as disk-NAME.DIGEST   as above                           as above, the claim as pvc-NAME.DIGEST

const (
	// keyPrefix begins the key of the composed resource that holds a disk.
	keyPrefix = "disk-"

	// importedClaimPrefix begins the key of the claim that CDI makes for a DataVolume.
	importedClaimPrefix = "pvc-"

	// suffixSeparator stands between the name of a disk and what distinguishes its volume: the digest of a medium, or that of a successor. No name of a disk
	// has it.
	suffixSeparator = "."

	// digestLength is the number of hexadecimal digits in such a digest.
	digestLength = 10

	kindClaim      = "PersistentVolumeClaim"
	kindDataVolume = "DataVolume"
)

// IsComposed reports whether the Wukong composes the volume of a disk. There is none for an existing claim, for a container and for an empty CD-ROM
// drive.
func IsComposed(d *v1alpha1.Disk) bool {
	return d.ClaimName == "" && (!d.IsCDROM() || d.IsImported() && Container(d) == "")
}

// HasClaim reports whether a disk attaches a claim. Neither a container nor an empty CD-ROM drive has one.
func HasClaim(d *v1alpha1.Disk) bool { return d.ClaimName != "" || IsComposed(d) }

// Container returns the reference of the container that is the medium of a CD-ROM drive. Empty for another medium, and for none.
func Container(d *v1alpha1.Disk) string {
	if !d.IsCDROM() || d.Image == "" || image.IsFile(string(d.Image)) {
		return ""
	}
	return image.Reference(string(d.Image))
}

// holder returns what the composed resource that holds a disk is known by: its name, and for a medium the digest, for a successor what distinguishes that, too.
func holder(d *v1alpha1.Disk) string {
	suffix := d.Successor
	if d.IsCDROM() && IsComposed(d) {
		suffix = digest(d)
	}
	if suffix == "" {
		return string(d.Name)
	}
	return string(d.Name) + suffixSeparator + suffix
}

// diskOf returns the name of the disk that a holder is of, and whether the holder is a medium.
func diskOf(holder string) (disk string, isMedium bool) {
	disk, suffix, hasSuffix := strings.Cut(holder, suffixSeparator)
	return disk, hasSuffix && !isSuccessor(suffix)
}

// digest returns a digest of what a spec says of a medium. Defaults of the platform are not part of it, so that a change of those changes no medium.
func digest(d *v1alpha1.Disk) string {
	parts := []string{string(originOf(d, "")), string(d.StorageClassName), string(ptr.Deref(d.VolumeMode, ""))}
	if d.Size != nil {
		parts = append(parts, strconv.FormatInt(d.Size.Value(), 10))
	}
	return shortDigest(append(parts, sortedModes(d)...)...)
}

// sortedModes returns the access modes that a spec says, sorted.
func sortedModes(d *v1alpha1.Disk) []string {
	modes := make([]string, len(d.AccessModes))
	for i, m := range d.AccessModes {
		modes[i] = string(m)
	}
	slices.Sort(modes)
	return slices.Compact(modes)
}

// shortDigest returns a digest of texts that is short enough for a name.
func shortDigest(of ...string) string {
	sum := names.Digest(of...)
	return hex.EncodeToString(sum[:])[:digestLength]
}

// key returns the key of the composed resource that holds a disk.
func key(d *v1alpha1.Disk) string { return keyPrefix + holder(d) }

// importedClaimKey returns the key of the claim that CDI makes for the disk's DataVolume.
func importedClaimKey(d *v1alpha1.Disk) string { return importedClaimPrefix + holder(d) }

// holderKind returns the kind of the object that holds a disk: the observed kind, else the kind that was last desired and may exist by now,
// else the kind that the disk's source needs.
func holderKind(d *v1alpha1.Disk, rs observed.Resources) string {
	if kind := kindAt(key(d), rs); kind != "" {
		return kind
	}
	if d.IsImported() {
		return kindDataVolume
	}
	return kindClaim
}

// kindAt returns the kind of the object with a key that holds a disk: the observed kind, else the kind that was last desired and may exist by now.
// Empty for neither.
func kindAt(key string, rs observed.Resources) string {
	kind := rs.Kind(key)
	if kind == "" && rs[key].Refused == "" {
		kind = rs.Last(key).GetFields()["kind"].GetStringValue()
	}
	if kind == kindDataVolume || kind == kindClaim {
		return kind
	}
	return ""
}
