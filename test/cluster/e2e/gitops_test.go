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

// syncOptions are the sync options of Argo CD for client-side and server-side apply.
var syncOptions = []string{"ServerSideApply=false", "ServerSideApply=true"}

// An ArgoCD applies and compares one manifest by Argo CD's own code: see test/argocd/gitops.
type ArgoCD struct {
	*Wukong

	// file is the path of the manifest in Git.
	file string

	// flags are the flags of gitops for the sync option.
	flags []string
}

// buildGitops builds gitops once for all tests and returns its path.
var buildGitops = sync.OnceValues(func() (string, error) {
	program, err := filepath.Abs(filepath.Join(repository, "bin", "gitops"))
	if err != nil {
		return "", err
	}
	return program, build(program, filepath.Join(repository, "test", "argocd"), "./gitops")
})

// gitopsMutex serializes runs of gitops: each reads all schemas of the API server, which is expensive for both.
var gitopsMutex sync.Mutex

// Commit writes the manifest of an example, with edits, to Git, for an Application in the tenant's namespace with a sync option.
func (n *Tenant) Commit(t *testing.T, example, option string, edits ...Edit) *ArgoCD {
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
	a.SetSyncOption(option)
	a.write(t, manifest)
	a.Amend(t, edits...)
	return a
}

// SetSyncOption sets one of syncOptions for the following syncs.
func (a *ArgoCD) SetSyncOption(option string) {
	a.flags = nil
	if option == syncOptions[1] {
		a.flags = []string{"-server-side"}
	}
}

// Amend edits the manifest in Git. Without edits it keeps the manifest as its author wrote it, without fields that decoding adds.
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

// write writes the manifest to its file.
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

// gitops runs a command of gitops with further flags and returns its output. The error is an *exec.ExitError: code 1 for a difference, 2 for a
// failure.
func (a *ArgoCD) gitops(t *testing.T, command string, flags ...string) (string, error) {
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
		out, err := exec.CommandContext(t.Context(), program, append(append(args, flags...), command, a.file)...).CombinedOutput()
		// Code 2 may be a timeout of the API server, which is slow to return its schemas.
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) && failed.ExitCode() == 2 && tries < 5 {
			logf(t, "retrying gitops %s of %s: %s", command, a, out)
			continue
		}
		return string(out), err
	}
}

// Sync applies the manifest with the sync option.
func (a *ArgoCD) Sync(t *testing.T) {
	t.Helper()
	logf(t, "syncing %s", a)
	if out, err := a.gitops(t, "apply"); err != nil {
		t.Fatalf("cannot apply: %v: %s", err, out)
	}
}

// CheckSynced fails the test if the manifest differs from the cluster.
func (a *ArgoCD) CheckSynced(t *testing.T, flags ...string) {
	t.Helper()
	if out, err := a.gitops(t, "diff", flags...); err != nil {
		t.Errorf("want no difference: %v:\n%s", err, out)
	}
}

// CheckOutOfSync fails the test unless the manifest differs from the cluster in a field.
func (a *ArgoCD) CheckOutOfSync(t *testing.T, field string) {
	t.Helper()
	out, err := a.gitops(t, "diff")
	if e := (*exec.ExitError)(nil); !errors.As(err, &e) || e.ExitCode() != 1 || !strings.Contains(out, field) {
		t.Errorf("want a difference in %s, got %v:\n%s", field, err, out)
	}
}

// EventuallyHasHealth waits until the health by Argo CD starts with a string.
func (a *ArgoCD) EventuallyHasHealth(t *testing.T, health string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the health of %s by Argo CD is %s", a, health), func() error {
		out, err := a.gitops(t, "health")
		if err == nil && !strings.HasPrefix(out, health) {
			err = errors.New(out)
		}
		return err
	})
}

// generation returns metadata.generation of the Wukong.
func (a *ArgoCD) generation(t *testing.T) int64 {
	t.Helper()
	w := &v1alpha1.Wukong{}
	if err := a.Get(t.Context(), a.key(), w); err != nil {
		t.Fatal(err)
	}
	return w.Generation
}
