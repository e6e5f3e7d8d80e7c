// Package storage turns the disks of a Wukong into PersistentVolumeClaims and DataVolumes and the volumes that the virtual
// machine attaches.
package storage

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/plan"
)

const (
	// annotationDeleteAfterCompletion false keeps CDI from deleting a DataVolume after its import, which would then be
	// created, and imported, again.
	annotationDeleteAfterCompletion = "cdi.kubevirt.io/storage.deleteAfterCompletion"

	registryScheme = "docker://"

	claimReady      = `has(object.status) && has(object.status.phase) && object.status.phase == "Bound"`
	dataVolumeReady = `has(object.status) && has(object.status.phase) && object.status.phase == "Succeeded"`
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

// Plan the disks of a complete Wukong: the claims and DataVolumes to create and the volumes to attach, in the order in which
// the guest sees them.
func Plan(w *v1alpha1.Wukong) ([]plan.Resource, []Volume) {
	resources := make([]plan.Resource, 0, len(w.Spec.Disks))
	volumes := make([]Volume, 0, len(w.Spec.Disks))

	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		v := Volume{Name: string(d.Name), ClaimName: string(d.ClaimName), Imported: d.Image != "", Bus: d.Bus, Boot: d.Boot}
		if d.ClaimName == "" {
			v.ClaimName = names.Object(w, names.Disk, v.Name)
			resources = append(resources, disk(w, d, v.ClaimName))
		}
		volumes = append(volumes, v)
	}
	return resources, volumes
}

// key of the composed resource of a disk.
func key(d *v1alpha1.Disk) string { return "disk-" + string(d.Name) }

// disk is the object that holds a disk's data.
func disk(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string) plan.Resource {
	r := plan.Resource{
		Key:    key(d),
		Retain: d.DeletionPolicy == v1alpha1.DeletionPolicyRetain,
	}
	if d.Image == "" {
		r.Object, r.ReadyWhen = claim(w, d, name), claimReady
		return r
	}
	r.Object, r.ReadyWhen = dataVolume(w, d, name), dataVolumeReady
	return r
}

// claim is the PersistentVolumeClaim of an empty disk.
func claim(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: names.Meta(w, name),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      d.AccessModes,
			Resources:        requests(d),
			StorageClassName: storageClass(d),
			VolumeMode:       d.VolumeMode,
		},
	}
}

// dataVolume is the DataVolume of a disk with an image. Its storage, rather than its pvc, lets CDI's StorageProfile supply
// what is not given. See https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolumes.md.
func dataVolume(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string) *cdiv1.DataVolume {
	meta := names.Meta(w, name)
	meta.Annotations = map[string]string{annotationDeleteAfterCompletion: "false"}
	return &cdiv1.DataVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: cdiv1.SchemeGroupVersion.String(), Kind: "DataVolume"},
		ObjectMeta: meta,
		Spec: cdiv1.DataVolumeSpec{
			Source: source(string(d.Image)),
			Storage: &cdiv1.StorageSpec{
				AccessModes:      d.AccessModes,
				Resources:        requests(d),
				StorageClassName: storageClass(d),
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
	if !strings.HasPrefix(image, registryScheme) {
		image = registryScheme + image
	}
	return &cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To(image)}}
}

func requests(d *v1alpha1.Disk) corev1.VolumeResourceRequirements {
	return corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: d.Size.Quantity}}
}

// storageClass is nil for the cluster's default class: an empty name would mean no class at all.
func storageClass(d *v1alpha1.Disk) *string {
	if d.StorageClassName == "" {
		return nil
	}
	return ptr.To(string(d.StorageClassName))
}
