package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
)

func wukong(disks ...v1alpha1.Disk) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"},
		Spec:       v1alpha1.WukongSpec{Disks: disks},
	}
}

func size(s string) *v1alpha1.Quantity {
	return &v1alpha1.Quantity{Quantity: resource.MustParse(s)}
}

// planned returns the planned disks of a Wukong without observed resources.
func planned(t *testing.T, w *v1alpha1.Wukong) ([]plan.Resource, []Volume) {
	t.Helper()
	p, err := Plan(w, Settings{}, nil)
	if err != nil || len(p.Rejected) > 0 {
		t.Fatalf("want no rejected change of new disks, got %v, %v", p.Rejected, err)
	}
	return p.Resources, p.Volumes
}

func TestSource(t *testing.T) {
	cases := map[string]struct {
		image v1alpha1.Image
		want  *cdiv1.DataVolumeSource
	}{
		"HTTP": {
			"http://images.example.org:8080/noble.img",
			&cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: "http://images.example.org:8080/noble.img"}},
		},
		"HTTPS": {"https://example.org/debian.qcow2", &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: "https://example.org/debian.qcow2"}}},
		"Docker": {
			"docker://localhost:5000/noble:latest",
			&cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To("docker://localhost:5000/noble:latest")}},
		},
		"Reference": {
			"quay.io/containerdisks/debian:12",
			&cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To("docker://quay.io/containerdisks/debian:12")}},
		},
		"Tag": {"debian:trixie", &cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To("docker://docker.io/library/debian:trixie")}}},
		"Digest": {
			"debian@sha256:0f",
			&cdiv1.DataVolumeSource{Registry: &cdiv1.DataVolumeSourceRegistry{URL: ptr.To("docker://docker.io/library/debian@sha256:0f")}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			resources, volumes := planned(t, wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: tc.image}))
			dv := resources[0].Object.(*cdiv1.DataVolume)
			if diff := cmp.Diff(tc.want, dv.Spec.Source); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			if !resources[0].Guarded {
				t.Error("the cluster may refuse to change a DataVolume")
			}
			if dv.Spec.PVC != nil || dv.Spec.Storage.AccessModes != nil || dv.Spec.Storage.StorageClassName != nil {
				t.Error("want CDI's StorageProfile to complete the DataVolume")
			}
			if dv.GetAnnotations()["cdi.kubevirt.io/storage.deleteAfterCompletion"] != "false" {
				t.Error("CDI must not delete the DataVolume after the import")
			}
			if !volumes[0].Imported || volumes[0].ClaimName != dv.GetName() {
				t.Errorf("want the volume to wait for DataVolume %s, got %+v", dv.GetName(), volumes[0])
			}
		})
	}
}

func TestClaims(t *testing.T) {
	resources, volumes := planned(t, wukong(
		v1alpha1.Disk{Name: "plain", Size: size("5Gi"), Bus: "virtio", AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, Boot: true},
		v1alpha1.Disk{Name: "existing", ClaimName: "by-hand", Bus: "scsi"},
		v1alpha1.Disk{
			Name:             "retained",
			Size:             size("5Gi"),
			StorageClassName: "fast",
			VolumeMode:       ptr.To(corev1.PersistentVolumeBlock),
			DeletionPolicy:   v1alpha1.DeletionPolicyRetain,
		},
	))

	if len(resources) != 2 {
		t.Fatalf("an existing claim must not be managed: want 2 resources, got %d", len(resources))
	}
	if resources[0].Key != "disk-plain" || resources[1].Key != "disk-retained" {
		t.Errorf("keys are an API: got %s and %s", resources[0].Key, resources[1].Key)
	}
	if !resources[0].Guarded || !resources[1].Guarded {
		t.Error("the cluster may refuse to change a claim")
	}
	if resources[0].Management != plan.Manage || resources[1].Management != plan.Retain {
		t.Error("only the disk with deletionPolicy Retain is retained")
	}
	for _, r := range resources {
		if got := r.Object.GetObjectKind().GroupVersionKind(); got != corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim") {
			t.Errorf("want a claim, got %s", got)
		}
	}
	plain := corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		VolumeMode:  ptr.To[corev1.PersistentVolumeMode]("FromStorageProfile"),
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")}},
	}
	if diff := cmp.Diff(plain, resources[0].Object.(*corev1.PersistentVolumeClaim).Spec); diff != "" {
		t.Errorf("plain: -want, +got:\n%s", diff)
	}
	retained := plain.DeepCopy()
	retained.AccessModes = nil
	retained.StorageClassName, retained.VolumeMode = ptr.To("fast"), ptr.To(corev1.PersistentVolumeBlock)
	if diff := cmp.Diff(*retained, resources[1].Object.(*corev1.PersistentVolumeClaim).Spec); diff != "" {
		t.Errorf("retained: -want, +got:\n%s", diff)
	}
	want := []Volume{
		{Name: "plain", ClaimName: resources[0].Object.GetName(), Bus: "virtio", BootOrder: 1},
		{Name: "existing", ClaimName: "by-hand", Bus: "scsi"},
		{Name: "retained", ClaimName: resources[1].Object.GetName()},
	}
	if diff := cmp.Diff(want, volumes); diff != "" {
		t.Errorf("volumes: -want, +got:\n%s", diff)
	}
}

// TestDataVolume shows each field of a DataVolume that the disk names.
func TestDataVolume(t *testing.T) {
	modes, block := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}, ptr.To(corev1.PersistentVolumeBlock)
	resources, _ := planned(t, wukong(v1alpha1.Disk{
		Name:             "system",
		Size:             size("20Gi"),
		Image:            "https://example.org/debian.qcow2",
		StorageClassName: "fast",
		AccessModes:      modes,
		VolumeMode:       block,
		DeletionPolicy:   v1alpha1.DeletionPolicyRetain,
	}))
	if r := resources[0]; r.Key != "disk-system" || r.Management != plan.Retain {
		t.Errorf("want disk-system to be retained, got %+v", r)
	}
	dv := resources[0].Object.(*cdiv1.DataVolume)
	if diff := cmp.Diff(metav1.TypeMeta{APIVersion: "cdi.kubevirt.io/v1beta1", Kind: "DataVolume"}, dv.TypeMeta); diff != "" {
		t.Errorf("type: -want, +got:\n%s", diff)
	}
	want := cdiv1.DataVolumeSpec{
		Source: &cdiv1.DataVolumeSource{HTTP: &cdiv1.DataVolumeSourceHTTP{URL: "https://example.org/debian.qcow2"}},
		Storage: &cdiv1.StorageSpec{
			AccessModes:      modes,
			VolumeMode:       block,
			Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("20Gi")}},
			StorageClassName: ptr.To("fast"),
		},
	}
	if diff := cmp.Diff(want, dv.Spec); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestNameWithImage shows that a disk has the same name with and without an image, so that its data is found again.
func TestNameWithImage(t *testing.T) {
	empty, _ := planned(t, wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi")}))
	imported, _ := planned(t, wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian:12"}))
	if diff := cmp.Diff(empty[0].Object.GetName(), imported[0].Object.GetName()); diff != "" {
		t.Errorf("-empty, +imported:\n%s", diff)
	}
}
