//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// image for the first disk.
func image(i v1alpha1.Image) Edit { return func(w *v1alpha1.Wukong) { w.Spec.Disks[0].Image = i } }

// TestCrash lets a virtual machine crash: KubeVirt starts another instance.
func TestCrash(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal")
	claim.EventuallyRuns(t)
	before := claim.VMI(t).UID

	claim.Crash(t)
	eventually(t, "another instance of "+claim.String()+" runs", func() error {
		vmi := &kubevirtv1.VirtualMachineInstance{}
		if err := cluster.Get(t.Context(), claim.key(), vmi); err != nil {
			return err
		}
		if vmi.UID == before || vmi.Status.Phase != kubevirtv1.Running {
			return fmt.Errorf("instance %s is %s", vmi.UID, vmi.Status.Phase)
		}
		return nil
	})
	claim.EventuallyRuns(t)
}

// TestMissingImage asks for an image that is not there.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", image("https://example.org/missing.qcow2"))
	claim.Eventually(t, "says that the image is missing", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "404") && s.Reason("VolumesBound") == "VolumesFailed"
	})
	claim.Delete(t)
}

// TestProgress shows how far an import is.
func TestProgress(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", image("https://example.org/stuck.qcow2"))
	claim.Eventually(t, "tells the progress of the import", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseCreating && strings.Contains(s.Status.Message, "45.3") && s.Reason("VolumesBound") == "VolumesImporting"
	})
	claim.Delete(t)
}

// TestUnschedulable asks for a node that is not there.
func TestUnschedulable(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", func(w *v1alpha1.Wukong) {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"disk": "nvme"}}
	})
	claim.Eventually(t, "says that no node fits", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "nodes are available")
	})
	claim.Delete(t)
}

// TestGrow lets a disk grow while the virtual machine runs.
func TestGrow(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal")
	pvc := claim.EventuallyRuns(t).Volume("system").PVCName

	wanted := resource.MustParse("30Gi")
	claim.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[0].Size = &v1alpha1.Quantity{Quantity: wanted} })
	eventually(t, "the claim of the disk has the new size", func() error {
		c := &corev1.PersistentVolumeClaim{}
		if err := cluster.Get(t.Context(), types.NamespacedName{Namespace: claim.Namespace, Name: pvc}, c); err != nil {
			return err
		}
		if has := c.Status.Capacity[corev1.ResourceStorage]; has.Cmp(wanted) < 0 {
			return fmt.Errorf("it has %s", has.String())
		}
		return nil
	})
}
