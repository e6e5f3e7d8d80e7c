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
	claim := cluster.NewTenant(t).Apply(t, "minimal")
	claim.EventuallyRuns(t)
	before := claim.VMI(t).UID

	claim.Crash(t)
	claim.EventuallyAnother(t, before)
	claim.EventuallyRuns(t)
}

// TestMissingImage asks for an image that is not there.
func TestMissingImage(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", disk("system", from("https://example.org/missing.qcow2")))
	claim.Eventually(t, "says that the image is missing", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "404") && s.Reason("VolumesBound") == "VolumesFailed"
	})
	claim.Delete(t)
}

// TestProgress shows how far an import is.
func TestProgress(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", disk("system", from("https://example.org/stuck.qcow2")))
	claim.Eventually(t, "tells the progress of the import", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseCreating && strings.Contains(s.Status.Message, "45.3") && s.Reason("VolumesBound") == "VolumesImporting"
	})
	claim.Delete(t)
}

// TestUnschedulable asks for a node that is not there. The volumes are made before: of a pod that waits for both KubeVirt says
// only what it learned first.
func TestUnschedulable(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", func(w *v1alpha1.Wukong) {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"disk": "nvme"}}
	}, runBy(kubevirtv1.RunStrategyHalted))
	claim.EventuallyStopped(t)
	claim.Eventually(t, "has its volumes", func(s Sight) bool { return s.True("VolumesBound") })
	claim.Edit(t, runBy(kubevirtv1.RunStrategyAlways))
	claim.Eventually(t, "says that no node fits", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "nodes are available")
	})
	claim.Delete(t)
}
