package argocd

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/test/argocd/settings"
)

var update = flag.Bool("update", false, "write the rules of examples/argocd/health into argocd-cm.yaml")

// rules are the files of health rules, and the kinds that they are for.
var rules = []struct{ kind, file string }{
	{"argoproj.io_Application", "application.lua"},
	{"pkg.crossplane.io_Configuration", "package.lua"},
	{"pkg.crossplane.io_Function", "package.lua"},
	{"pkg.crossplane.io_Provider", "package.lua"},
	{"vm.novasphere.dev_Wukong", "wukong.lua"},
	{"vm.novasphere.dev_XWukong", "wukong.lua"},
}

// TestRules shows that argocd-cm.yaml has the rules of the folder health. With -update it writes them there.
func TestRules(t *testing.T) {
	const mark = "Do not edit.\n"
	path := filepath.Join(root, "examples", "argocd", "argocd-cm.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(b), mark)
	if !ok {
		t.Fatalf("there is no %q in %s", mark, path)
	}
	var want strings.Builder
	want.WriteString(head + mark)
	for _, r := range rules {
		script, err := os.ReadFile(filepath.Join(root, "examples", "argocd", "health", r.file))
		if err != nil {
			t.Fatal(err)
		}
		want.WriteString("  resource.customizations.health." + r.kind + ": |\n")
		for line := range strings.Lines(string(script)) {
			if strings.TrimSpace(line) != "" {
				line = "    " + line
			}
			want.WriteString(line)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), string(b)); diff != "" {
		t.Errorf("argocd-cm.yaml differs from the rules in health: run go test -update: -want, +got:\n%s", diff)
	}

	s := readSettings(t)
	for _, r := range rules {
		script, err := os.ReadFile(filepath.Join(root, "examples", "argocd", "health", r.file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(script), s.Overrides[strings.Replace(r.kind, "_", "/", 1)].HealthLua); diff != "" {
			t.Errorf("the rule of %s as Argo CD reads it: -want, +got:\n%s", r.kind, diff)
		}
	}
}

// TestTracking shows why objects are tracked by an annotation: composed resources have the label by which Argo CD tracks objects otherwise.
func TestTracking(t *testing.T) {
	s := readSettings(t)
	if s.Tracking != v1alpha1.TrackingMethodAnnotation {
		t.Fatalf("tracked by %s", s.Tracking)
	}
	vm := documents(t, "examples", "observed", native, "running.yaml")[2]
	if vm.GetKind() != "VirtualMachine" {
		t.Fatalf("want a VirtualMachine, got a %s", vm.GetKind())
	}
	tracking := argo.NewResourceTracking()
	if got := tracking.GetAppName(vm, s.LabelKey, v1alpha1.TrackingMethodLabel, ""); got != "build-01" {
		t.Errorf("by label: want an Application of the Wukong's name, got %q", got)
	}
	if got := tracking.GetAppName(vm, s.LabelKey, s.Tracking, ""); got != "" {
		t.Errorf("by annotation: want no Application, got %q", got)
	}
}

// TestExclusions shows which kinds Argo CD ignores once the exclusions are added to its own, as docs/argocd.md says.
func TestExclusions(t *testing.T) {
	const key = "resource.exclusions"
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v3")
	list.Env = append(os.Environ(), "GOWORK=off")
	dir, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "manifests", "base", "config", "argocd-cm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cm := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(b, cm); err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile(filepath.Join(root, "examples", "argocd", "exclusions.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cm.Namespace = "argocd"
	cm.Data[key] += string(ours)
	s, err := settings.FromConfigMap(t.Context(), cm)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		group, kind string
		want        bool
	}{
		{"kubernetes.crossplane.io", "ProviderConfigUsage", true},
		{"kubernetes.m.crossplane.io", "ProviderConfigUsage", true},
		{"kubernetes.m.crossplane.io", "ClusterProviderConfigUsage", true},
		{"kubernetes.m.crossplane.io", "ClusterProviderConfig", false},
		{"kubernetes.m.crossplane.io", "Object", false},
		{"kubevirt.io", "VirtualMachine", false},
		{"vm.novasphere.dev", "Wukong", false},
		// One of Argo CD's own exclusions.
		{"authentication.k8s.io", "TokenReview", true},
	} {
		if got := s.Filter.IsExcludedResource(c.group, c.kind, "https://kubernetes.default.svc"); got != c.want {
			t.Errorf("%s of %s is excluded: want %t, got %t", c.kind, c.group, c.want, got)
		}
	}
}
