//go:build e2e

package e2e

import (
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestArgoCD applies each example as Argo CD does, with one sync option and then with the other. Argo CD reports it as healthy, and no difference
// to Git, whatever Kubernetes and Crossplane add to it.
func TestArgoCD(t *testing.T) {
	t.Parallel()
	for example, c := range map[string]struct {
		phase v1alpha1.Phase
		first string
	}{
		"minimal":            {v1alpha1.PhaseRunning, syncOptions[1]},
		"cloud-image":        {v1alpha1.PhaseRunning, syncOptions[0]},
		"high-availability":  {v1alpha1.PhaseRunning, syncOptions[1]},
		"halted":             {v1alpha1.PhaseStopped, syncOptions[0]},
		"three-networks":     {v1alpha1.PhaseRunning, syncOptions[1]},
		"four-disks":         {v1alpha1.PhaseRunning, syncOptions[0]},
		"install-from-iso":   {v1alpha1.PhaseRunning, syncOptions[1]},
		"windows-server-iso": {v1alpha1.PhaseRunning, syncOptions[0]},
		"secure-boot-tpm":    {v1alpha1.PhaseRunning, syncOptions[0]},
		"growing-database":   {v1alpha1.PhaseRunning, syncOptions[1]},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.CreatePrerequisites(t)
			var edits []Edit
			if (example == "four-disks" || example == "growing-database") && *target == targetNative {
				edits = append(edits, editDisk("data", dontRetain))
			}
			if example == "windows-server-iso" {
				edits = append(edits, withoutPreference)
			}
			app := tenant.Commit(t, example, c.first, edits...)
			app.Sync(t)
			app.Eventually(t, "reaches phase "+string(c.phase), func(o Observed) bool { return o.Status.Phase == c.phase && o.True("Ready") })
			app.EventuallyHasHealth(t, "Healthy")
			app.CheckSynced(t)

			// Further syncs, with either sync option, change nothing.
			before := app.generation(t)
			for _, option := range append([]string{c.first}, syncOptions...) {
				app.SetSyncOption(option)
				app.Sync(t)
				app.CheckSynced(t)
				if after := app.generation(t); after != before {
					t.Errorf("another sync with %s changed the generation: got %d, want %d", option, after, before)
				}
			}
			app.Delete(t)
		})
	}
}

// TestArgoCDStopAndStart stops, starts and restarts a virtual machine in the cluster, and then from Git.
func TestArgoCDStopAndStart(t *testing.T) {
	t.Parallel()
	for _, option := range syncOptions {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			app := cluster.NewTenant(t).Commit(t, "minimal", option, withDisks(emptyDisk("system")))
			app.Sync(t)
			app.EventuallyRuns(t)

			// Others, such as Operations, may set fields that are not in Git.
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

			// Fields in Git differ when others change them, unless the Application ignores them.
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

// TestArgoCDHealth checks the health that Argo CD reports for a Wukong that does not run.
func TestArgoCDHealth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edits []Edit

		// condition and reason are the condition by which the test waits for the state.
		condition, reason string

		// health is the prefix of the health by Argo CD.
		health string
	}{
		"importing": {
			edits:     []Edit{editDisk("system", withImage("https://example.org/stuck.qcow2"))},
			condition: "VolumesBound",
			reason:    "VolumesImporting",
			health:    "Progressing: waiting for disk system: importing",
		},
		"not imported": {
			edits:     []Edit{editDisk("system", withImage("https://example.org/missing.qcow2"))},
			condition: "VolumesBound",
			reason:    "VolumesFailed",
			health:    "Degraded: disk system: import failed",
		},
		"refused": {
			edits:     []Edit{withDisks(emptyDisk("system")), withNetwork("other/lan")},
			condition: "Valid",
			reason:    "InvalidSpec",
			health:    "Degraded: spec.networks[0].nadName: Forbidden",
		},
		"by hand": {
			edits:     []Edit{withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyManual)},
			condition: "VirtualMachineReady",
			reason:    "VMStopped",
			health:    "Healthy: stopped: by its guest, or by virtctl",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := cluster.NewTenant(t).Commit(t, "minimal", syncOptions[0], c.edits...)
			app.Sync(t)
			app.Eventually(t, "has reason "+c.reason, func(o Observed) bool { return o.Reason(c.condition) == c.reason })
			app.EventuallyHasHealth(t, c.health)
			app.CheckSynced(t)
		})
	}
}

// withAutoStart sets autoStart.
func withAutoStart(autoStart bool) Edit {
	return func(w *v1alpha1.Wukong) {
		if w.Spec.StartStrategy == nil {
			w.Spec.StartStrategy = &v1alpha1.StartStrategy{}
		}
		w.Spec.StartStrategy.AutoStart = &autoStart
	}
}
