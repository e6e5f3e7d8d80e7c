//go:build e2e

package e2e

import (
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestCrash crashes a virtual machine. KubeVirt starts another instance.
func TestCrash(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal")
	wukong.EventuallyRuns(t)
	before := wukong.VMI(t).UID

	wukong.Crash(t)
	wukong.EventuallyReplaced(t, before)
	wukong.EventuallyRuns(t)
}

// TestMissingImage imports an image that does not exist.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", editDisk("system", withImage("https://example.org/missing.qcow2")))
	wukong.Eventually(t, "reports that the image is missing", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "404") && o.Reason("VolumesBound") == "VolumesFailed"
	})
	wukong.Delete(t)
}

// TestProgress shows that the message has the progress of an import.
func TestProgress(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", editDisk("system", withImage("https://example.org/stuck.qcow2")))
	wukong.Eventually(t, "reports the progress of the import", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseCreating && strings.Contains(o.Status.Message, "45.3") && o.Reason("VolumesBound") == "VolumesImporting"
	})
	wukong.Delete(t)
}

// TestUnschedulable selects a node that does not exist. The volumes are bound before: of a pod that waits for volumes and a node, KubeVirt
// reports only the first reason.
func TestUnschedulable(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", func(w *v1alpha1.Wukong) {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"disk": "nvme"}}
	}, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)
	wukong.Eventually(t, "has bound volumes", func(o Observed) bool { return o.True("VolumesBound") })
	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	wukong.Eventually(t, "reports that no node fits", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "nodes are available")
	})
	wukong.Delete(t)
}
