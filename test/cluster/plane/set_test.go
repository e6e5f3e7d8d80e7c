package plane

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository is the root of this repository, relative to this package.
const repository = "../../.."

// TestReadSet reads the sets of this repository. Each has a version of each component, whose folder exists.
func TestReadSet(t *testing.T) {
	for _, name := range []string{"current", "oldest"} {
		set, err := ReadSet(repository, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, component := range []string{Crossplane, Provider, KubeVirt, CDI, Kubernetes} {
			if _, err := os.Stat(filepath.Join(repository, toolsDir, set.folder(component), "go.mod")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := ReadSet(repository, "newest"); err == nil || !strings.HasSuffix(err.Error(), "has current and oldest") {
		t.Errorf("want an error that names the sets, got %v", err)
	}
}

func TestSet(t *testing.T) {
	set := Set{Crossplane: "2.4", Provider: "1.3", KubeVirt: "1.9", CDI: "1.65", Kubernetes: "1.36"}
	older := set.With(Crossplane, "1.20")
	if set.HasClaimsAlone() || !older.HasClaimsAlone() || older.Equal(set) || !set.With(Crossplane, "").Equal(set) {
		t.Errorf("want another Crossplane in a copy, got %s and %s", set, older)
	}
	if want := "Crossplane 2.4, provider-kubernetes 1.3, KubeVirt 1.9, CDI 1.65 and Kubernetes 1.36"; set.String() != want {
		t.Errorf("want %q, got %q", want, set)
	}
	// What is not started is not built.
	if tools := set.ToolNames("native"); slices.Contains(tools, "provider-kubernetes-1.3") || !slices.Contains(tools, "kubevirt-1.9/virt-api") {
		t.Errorf("want no provider, got %q", tools)
	}
}
