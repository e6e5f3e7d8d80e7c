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

func (a *ArgoCD) generation(t *testing.T) int64 {
	t.Helper()
	w := &v1alpha1.Wukong{}
	if err := a.Get(t.Context(), a.key(), w); err != nil {
		t.Fatal(err)
	}
	return w.Generation
}
