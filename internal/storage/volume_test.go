package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// TestVolumeOfDataVolume shows that the request of a DataVolume is read in both forms that CDI takes.
func TestVolumeOfDataVolume(t *testing.T) {
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	block := ptr.To(corev1.PersistentVolumeBlock)
	want := volume{class: ptr.To("fast"), accessModes: modes, volumeMode: block}
	cases := map[string]struct {
		spec cdiv1.DataVolumeSpec
		want volume
	}{
		"Storage": {spec: cdiv1.DataVolumeSpec{Storage: &cdiv1.StorageSpec{StorageClassName: ptr.To("fast"), AccessModes: modes, VolumeMode: block}}, want: want},
		"PVC": {
			spec: cdiv1.DataVolumeSpec{PVC: &corev1.PersistentVolumeClaimSpec{StorageClassName: ptr.To("fast"), AccessModes: modes, VolumeMode: block}},
			want: want,
		},
		"Neither": {},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, volumeOfDataVolume(&cdiv1.DataVolume{Spec: tc.spec}), cmp.AllowUnexported(volume{})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestIsRefusal shows which errors of the provider are answers of the API server, and not faults on the way to it.
func TestIsRefusal(t *testing.T) {
	for err, want := range map[string]bool{
		`persistentvolumeclaims "a" is forbidden: only dynamically provisioned pvc can be resized`: true,
		`PersistentVolumeClaim "a" is invalid: spec: Forbidden`:                                    true,
		`admission webhook "b" denied the request: no`:                                             true,
		"dial tcp 10.0.0.1:443: connect: connection refused":                                       false,
	} {
		if got := isRefusal(err); got != want {
			t.Errorf("%s: want %t, got %t", err, want, got)
		}
	}
}
