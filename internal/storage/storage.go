// Package storage turns the disks of a Wukong into PersistentVolumeClaims and DataVolumes and the volumes that the virtual
// machine attaches.
package storage

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	// annotationDeleteAfterCompletion false keeps CDI from deleting a DataVolume after its import, which would then be
	// created, and imported, again.
	annotationDeleteAfterCompletion = "cdi.kubevirt.io/storage.deleteAfterCompletion"

	registryScheme = "docker://"

	// defaultRegistry is what a reference without a registry stands for.
	defaultRegistry = "docker.io/library/"

	// keyPrefix is what the keys of the disks' composed resources begin with.
	keyPrefix = "disk-"

	kindClaim      = "PersistentVolumeClaim"
	kindDataVolume = "DataVolume"
)

// A Volume is a disk that the virtual machine attaches.
type Volume struct {
	// Name of the disk.
	Name string

	// ClaimName is its PersistentVolumeClaim; that of a DataVolume has the DataVolume's name.
	ClaimName string

	// Imported says that a DataVolume of the same name fills the claim.
	Imported bool

	// Bus that the guest sees the disk on; empty for the one that the preference chooses.
	Bus string

	// Boot says that the guest boots from it.
	Boot bool
}

// Disks are what the disks of a Wukong are to become.
type Disks struct {
	// Resources are the claims and DataVolumes that hold the disks' data.
	Resources []plan.Resource

	// Volumes to attach, in the order in which the guest sees them.
	Volumes []Volume

	// Lost says which data is deleted. Kept says which wishes were not granted, because what exists cannot be changed so: each with its
	// field and the way out. Advice is on what is granted later, or with more effect than its author may expect.
	Lost, Kept, Advice []string
}

// Settings are what of storage the disks themselves do not say: mostly what the platform team says of it.
type Settings struct {
	// Class is the storage class of new disks that name none; empty for the cluster's default.
	Class v1alpha1.ObjectName

	// NoProfiles says that CDI does not complete claims by its StorageProfiles.
	NoProfiles bool

	// OSDisk is the name of the disk that has its image from osImage; empty for none.
	OSDisk v1alpha1.Label
}

// Plan the disks of a complete Wukong, of which so much exists.
func Plan(w *v1alpha1.Wukong, set Settings, rs observed.Resources) (Disks, error) {
	var p Disks
	if err := claimsToGo(w, rs).ToAggregate(); err != nil {
		return Disks{}, err
	}
	p.Lost, p.Advice = unlisted(w, rs)
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		v := Volume{Name: string(d.Name), ClaimName: string(d.ClaimName), Bus: d.Bus, Boot: d.Boot}
		if d.ClaimName == "" {
			v.ClaimName = names.Object(w, names.Disk, v.Name)
			k := &keeper{path: field.NewPath("spec", "disks").Index(i), disk: d, osImage: set.OSDisk != "" && d.Name == set.OSDisk}
			v.Imported = isImported(d, rs)
			holding := emptyDisk
			if v.Imported {
				holding = importedDisk
			}
			resources, err := holding(w, d, set, v.ClaimName, rs, k)
			if err != nil {
				return Disks{}, err
			}
			p.Resources = append(p.Resources, resources...)
			p.Kept, p.Advice = append(p.Kept, k.kept...), append(p.Advice, k.advice...)
		}
		p.Volumes = append(p.Volumes, v)
	}
	return p, nil
}

// key of the composed resource of a disk.
func key(d *v1alpha1.Disk) string { return keyPrefix + string(d.Name) }

// kindOf what holds a disk's data.
func kindOf(d *v1alpha1.Disk, rs observed.Resources) string {
	if isImported(d, rs) {
		return kindDataVolume
	}
	return kindClaim
}

// isImported reports whether a DataVolume holds a disk's data: that is how it was made, or may have been made by what was asked for last, or
// else how it is to be made.
func isImported(d *v1alpha1.Disk, rs observed.Resources) bool {
	kind := rs.Kind(key(d))
	if kind == "" && rs[key(d)].Refused == "" {
		kind = rs.Last(key(d)).GetFields()["kind"].GetStringValue()
	}
	switch kind {
	case kindDataVolume:
		return true
	case kindClaim:
		return false
	}
	return d.Image != ""
}

// importedDisk is the DataVolume of a disk with an image and, once it is filled, the claim that it made.
func importedDisk(w *v1alpha1.Wukong, d *v1alpha1.Disk, set Settings, name string, rs observed.Resources, k *keeper) ([]plan.Resource, error) {
	wish := dataVolume(w, d, set.Class, name)
	resources := []plan.Resource{{Key: key(d), Object: wish, Management: management(d), Guarded: true}}
	is, readable := observed.Get[cdiv1.DataVolume](rs, key(d))
	if !readable {
		return resources, unreadable(d, rs, readable)
	}
	var claim *corev1.PersistentVolumeClaim
	if is.Status.Phase == cdiv1.Succeeded {
		claim, _ = observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d))
	}
	k.unfilled = isUnfilled(is) && !rs.Exists(claimKey(d))
	k.keepDataVolume(wish, is, claim)
	noteCreatedSize(wish, d, is, claim, rs)
	if is.Status.Phase == cdiv1.Succeeded {
		resources = append(resources, importedClaim(w, d, name, is, rs, k))
	}
	return resources, nil
}

// management of the object that holds a disk's data.
func management(d *v1alpha1.Disk) plan.Management {
	if d.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
		return plan.Retain
	}
	return plan.Manage
}

// ErrUnreadable says that a disk exists, but what was observed of it cannot be read: whether a wish can be granted is not known then.
var ErrUnreadable = errors.New("what was observed of it cannot be read, so that nothing is changed")

func unreadable(d *v1alpha1.Disk, rs observed.Resources, readable bool) error {
	if readable || !rs.Exists(key(d)) {
		return nil
	}
	return fmt.Errorf("disk %s: %w", d.Name, ErrUnreadable)
}

// dataVolume is the DataVolume of a disk with an image. Its storage, rather than its pvc, lets CDI's StorageProfile supply
// what is not given. See https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolumes.md.
func dataVolume(w *v1alpha1.Wukong, d *v1alpha1.Disk, class v1alpha1.ObjectName, name string) *cdiv1.DataVolume {
	meta := names.Meta(w, name)
	meta.Annotations = map[string]string{annotationDeleteAfterCompletion: "false"}
	return &cdiv1.DataVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: cdiv1.SchemeGroupVersion.String(), Kind: kindDataVolume},
		ObjectMeta: meta,
		Spec: cdiv1.DataVolumeSpec{
			Source: source(string(d.Image)),
			Storage: &cdiv1.StorageSpec{
				AccessModes:      d.AccessModes,
				Resources:        requests(d.Size.Quantity),
				StorageClassName: storageClass(d, class),
				VolumeMode:       d.VolumeMode,
			},
		},
	}
}

// source is where CDI imports an image from: an HTTP server, or a container registry, whose scheme CDI needs.
func source(image string) *cdiv1.DataVolumeSource {
	if strings.HasPrefix(image, "http://") || strings.HasPrefix(image, "https://") {
		return &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: image}}
	}
	reference := strings.TrimPrefix(image, registryScheme)
	if u, err := url.Parse(registryScheme + reference); (err != nil || u.User != nil) && !strings.Contains(reference, "/") {
		// CDI reads it as a URL, in which the tag of name:tag would be a port, and the name of name@sha256:... a user.
		reference = defaultRegistry + reference
	}
	return &cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To(registryScheme + reference)}}
}

func requests(size resource.Quantity) corev1.VolumeResourceRequirements {
	return corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size}}
}

// storageClass is the disk's, else the given one. It is nil for the cluster's default: an empty name would mean no class at all.
func storageClass(d *v1alpha1.Disk, class v1alpha1.ObjectName) *string {
	if d.StorageClassName != "" {
		class = d.StorageClassName
	}
	if class == "" {
		return nil
	}
	return ptr.To(string(class))
}
