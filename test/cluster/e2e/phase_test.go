//go:build e2e

package e2e

import (
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestCrash lets a virtual machine crash: KubeVirt starts another instance.
func TestCrash(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal")
	wukong.EventuallyRuns(t)
	before := wukong.VMI(t).UID

	wukong.Crash(t)
	wukong.EventuallyReplaced(t, before)
	wukong.EventuallyRuns(t)
}

// TestMissingImage asks for an image that is not there.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", editDisk("system", withImage("https://example.org/missing.qcow2")))
	wukong.Eventually(t, "says that the image is missing", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "404") && o.Reason("VolumesBound") == "VolumesFailed"
	})
	wukong.Delete(t)
}

// TestProgress shows how far an import is.
func TestProgress(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", editDisk("system", withImage("https://example.org/stuck.qcow2")))
	wukong.Eventually(t, "tells the progress of the import", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseCreating && strings.Contains(o.Status.Message, "45.3") && o.Reason("VolumesBound") == "VolumesImporting"
	})
	wukong.Delete(t)
}

// TestUnschedulable asks for a node that is not there. The volumes are made before: of a pod that waits for both KubeVirt says
// only what it learned first.
func TestUnschedulable(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", func(w *v1alpha1.Wukong) {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"disk": "nvme"}}
	}, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	wukong.Eventually(t, "has its volumes", func(o Observed) bool { return o.True("VolumesBound") })
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	wukong.Eventually(t, "says that no node fits", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "nodes are available")
	})
	wukong.Delete(t)
}
