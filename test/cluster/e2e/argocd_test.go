//go:build e2e

package e2e

import (
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestArgoCD applies each example as Argo CD does, in one way and then in the other. Whatever Kubernetes and Crossplane add to it, Argo CD
// sees no difference to Git, and says that it is healthy.
func TestArgoCD(t *testing.T) {
	t.Parallel()
	for example, c := range map[string]struct {
		phase v1alpha1.Phase
		first string
	}{
		"minimal":           {v1alpha1.PhaseRunning, syncOptions[1]},
		"cloud-image":       {v1alpha1.PhaseRunning, syncOptions[0]},
		"high-availability": {v1alpha1.PhaseRunning, syncOptions[1]},
		"halted":            {v1alpha1.PhaseStopped, syncOptions[0]},
		"three-networks":    {v1alpha1.PhaseRunning, syncOptions[1]},
		"four-disks":        {v1alpha1.PhaseRunning, syncOptions[0]},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.CreatePrerequisites(t)
			var edits []Edit
			if example == "four-disks" && *target == targetNative {
				edits = append(edits, editDisk("data", dontRetain))
			}
			app := tenant.Commit(t, example, c.first, edits...)
			app.Sync(t)
			app.Eventually(t, "comes to "+string(c.phase), func(o Observed) bool { return o.Status.Phase == c.phase && o.True("Ready") })
			app.EventuallyHasHealth(t, "Healthy")
			app.CheckSynced(t)

			// Synced again, in the same way and in the other, it stays as it is.
			before := app.generation(t)
			for _, way := range append([]string{c.first}, syncOptions...) {
				app.SetSyncOption(way)
				app.Sync(t)
				app.CheckSynced(t)
				if after := app.generation(t); after != before {
					t.Errorf("another sync with %s made generation %d of generation %d", way, after, before)
				}
			}
			app.Delete(t)
		})
	}
}

// TestArgoCDStopAndStart stops, starts and restarts a virtual machine behind Argo CD's back, and then from Git.
func TestArgoCDStopAndStart(t *testing.T) {
	t.Parallel()
	for _, way := range syncOptions {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			app := cluster.NewTenant(t).Commit(t, "minimal", way, withDisks(emptyDisk("system")))
			app.Sync(t)
			app.EventuallyRuns(t)

			// What Git leaves out may be set by others, as Operations do.
			app.Edit(t, withAutoStart(false))
			app.EventuallyStopped(t)
			app.EventuallyHasHealth(t, "Healthy: stopped, as startStrategy says")
			app.CheckSynced(t)
			app.Edit(t, withAutoStart(true))
			app.EventuallyRuns(t)
			app.CheckSynced(t)

			first := app.VMI(t).UID
			app.Kubectl(t, "annotate", "--overwrite", "wukong", app.Name, v1alpha1.AnnotationRestart+"="+string(first))
			app.EventuallyReplaced(t, first)
			app.EventuallyRuns(t)
			app.CheckSynced(t)

			// What Git has is what counts, unless it is to be ignored.
			app.Amend(t, withAutoStart(false))
			app.CheckOutOfSync(t, "autoStart")
			app.CheckSynced(t, "-ignore", "/spec/startStrategy/autoStart")
			app.Sync(t)
			app.EventuallyStopped(t)
			app.EventuallyHasHealth(t, "Healthy: stopped, as startStrategy says")
			app.CheckSynced(t)

			app.Edit(t, withCPUs(3))
			app.CheckOutOfSync(t, "cpu")
		})
	}
}

// TestArgoCDHealth shows what Argo CD says of what is not as wished.
func TestArgoCDHealth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edits []Edit

		// says is the reason of a condition, which tells that it has come to the state.
		condition, says string

		want string
	}{
		"importing":    {[]Edit{editDisk("system", withImage("https://example.org/stuck.qcow2"))}, "VolumesBound", "VolumesImporting", "Progressing: waiting for disk system: importing"},
		"not imported": {[]Edit{editDisk("system", withImage("https://example.org/missing.qcow2"))}, "VolumesBound", "VolumesFailed", "Degraded: disk system: import failed"},
		"refused":      {[]Edit{withDisks(emptyDisk("system")), withNetwork("other/lan")}, "Valid", "InvalidSpec", "Degraded: spec.networks[0].nadName: Forbidden"},
		"by hand":      {[]Edit{withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyManual)}, "VirtualMachineReady", "VMStopped", "Healthy: stopped: by its guest, or by virtctl"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := cluster.NewTenant(t).Commit(t, "minimal", syncOptions[0], c.edits...)
			app.Sync(t)
			app.Eventually(t, "says "+c.says, func(o Observed) bool { return o.Reason(c.condition) == c.says })
			app.EventuallyHasHealth(t, c.want)
			app.CheckSynced(t)
		})
	}
}

// autoStart says whether a virtual machine is to run.
func withAutoStart(yes bool) Edit {
	return func(w *v1alpha1.Wukong) {
		if w.Spec.StartStrategy == nil {
			w.Spec.StartStrategy = &v1alpha1.StartStrategy{}
		}
		w.Spec.StartStrategy.AutoStart = &yes
	}
}
