//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// waysToApply are Argo CD's own, by its sync options.
var syncOptions = []string{"ServerSideApply=false", "ServerSideApply=true"}

// An ArgoCD does with one manifest what Argo CD does, by its own code: see test/argocd/gitops.
type ArgoCD struct {
	*Wukong

	// file is the manifest, as it is in Git.
	file string

	// flags that say how it is applied.
	flags []string
}

// buildGitops once for all tests.
var buildGitops = sync.OnceValues(func() (string, error) {
	program, err := filepath.Abs(filepath.Join(repository, "bin", "gitops"))
	if err != nil {
		return "", err
	}
	return program, build(program, filepath.Join(repository, "test", "argocd"), "./gitops")
})

// gitopsTurn lets one run of it after the other: each reads all schemas of the API server, which costs that and itself much work.
var gitopsMutex sync.Mutex

// Commit the claim of an example to Git, for a tenant's Application that applies in a way.
func (n *Tenant) Commit(t *testing.T, example, way string, edits ...Edit) *ArgoCD {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, "examples", example, "wukong.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	manifest := map[string]any{}
	if err := yaml.Unmarshal(b, &manifest); err != nil {
		t.Fatal(err)
	}
	metadata, _ := manifest["metadata"].(map[string]any)
	metadata["namespace"] = n.Namespace
	name, _ := metadata["name"].(string)
	a := &ArgoCD{Wukong: &Wukong{Tenant: n, Name: name}, file: filepath.Join(t.TempDir(), "wukong.yaml")}
	a.SetSyncOption(way)
	a.write(t, manifest)
	a.Amend(t, edits...)
	return a
}

// By says in which way the manifest is applied from now on.
func (a *ArgoCD) SetSyncOption(way string) {
	a.flags = nil
	if way == syncOptions[1] {
		a.flags = []string{"-server-side"}
	}
}

// Recommit the manifest with edits. What they leave alone stays as its author wrote it: no field comes in by the way.
func (a *ArgoCD) Amend(t *testing.T, edits ...Edit) {
	t.Helper()
	if len(edits) == 0 {
		return
	}
	b, err := os.ReadFile(a.file)
	if err != nil {
		t.Fatal(err)
	}
	w := &v1alpha1.Wukong{}
	if err := yaml.UnmarshalStrict(b, w); err != nil {
		t.Fatal(err)
	}
	combine(edits...)(w)
	manifest := map[string]any{"apiVersion": w.APIVersion, "kind": w.Kind, "metadata": map[string]any{"name": w.Name, "namespace": w.Namespace}, "spec": w.Spec}
	a.write(t, manifest)
}

func (a *ArgoCD) write(t *testing.T, manifest map[string]any) {
	t.Helper()
	b, err := yaml.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// gitops runs with what it is to do, and more flags. Its error says that something differs, or that it cannot tell.
func (a *ArgoCD) gitops(t *testing.T, what string, flags ...string) (string, error) {
	t.Helper()
	program, err := buildGitops()
	if err != nil {
		t.Fatal(err)
	}
	state, err := a.State()
	if err != nil {
		t.Fatal(err)
	}
	gitopsMutex.Lock()
	defer gitopsMutex.Unlock()
	args := append([]string{"-kubeconfig", state.Kubeconfig, "-settings", filepath.Join(repository, "examples", "argocd", "argocd-cm.yaml")}, a.flags...)
	for tries := 1; ; tries++ {
		out, err := exec.CommandContext(t.Context(), program, append(append(args, flags...), what, a.file)...).CombinedOutput()
		// It could not tell, as when the API server is too busy to say its schemas in time.
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && failed.ExitCode() == 2 && tries < 5 {
			logf(t, "trying gitops %s of %s again: %s", what, a, out)
			continue
		}
		return string(out), err
	}
}

// Sync applies the manifest.
func (a *ArgoCD) Sync(t *testing.T) {
	t.Helper()
	logf(t, "syncing %s", a)
	if out, err := a.gitops(t, "apply"); err != nil {
		t.Fatalf("cannot apply: %v: %s", err, out)
	}
}

// InSync fails the test if there is a difference between the manifest and what is in the cluster.
func (a *ArgoCD) CheckSynced(t *testing.T, flags ...string) {
	t.Helper()
	if out, err := a.gitops(t, "diff", flags...); err != nil {
		t.Errorf("want no difference: %v:\n%s", err, out)
	}
}

// OutOfSync fails the test if there is no difference that names a field.
func (a *ArgoCD) CheckOutOfSync(t *testing.T, field string) {
	t.Helper()
	out, err := a.gitops(t, "diff")
	if e := (*exec.ExitError)(nil); !errors.As(err, &e) || e.ExitCode() != 1 || !strings.Contains(out, field) {
		t.Errorf("want a difference in %s, got %v:\n%s", field, err, out)
	}
}

// EventuallyIs waits until Argo CD says so of the health.
func (a *ArgoCD) EventuallyHasHealth(t *testing.T, health string) {
	t.Helper()
	eventually(t, fmt.Sprintf("Argo CD says of %s: %s", a, health), func() error {
		out, err := a.gitops(t, "health")
		if err == nil && !strings.HasPrefix(out, health) {
			err = errors.New(out)
		}
		return err
	})
}

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

func (a *ArgoCD) generation(t *testing.T) int64 {
	t.Helper()
	w := &v1alpha1.Wukong{}
	if err := a.Get(t.Context(), a.key(), w); err != nil {
		t.Fatal(err)
	}
	return w.Generation
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
