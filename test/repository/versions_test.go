package repository

import (
	"regexp"
	"strings"
	"testing"
)

// components maps the components of a control plane, as folders of test/tools are called without their version, to their Go modules and to the
// beginning of their rows in the table of docs/install.md.
var components = map[string]struct{ module, row string }{
	"crossplane-core-1":   {"github.com/crossplane/crossplane", "[Crossplane]"},
	"crossplane-core-2":   {"github.com/crossplane/crossplane/v2", "[Crossplane]"},
	"provider-kubernetes": {"github.com/crossplane-contrib/provider-kubernetes", "[provider-kubernetes]"},
	"kubevirt":            {"kubevirt.io/kubevirt", "[KubeVirt]"},
	"cdi":                 {"kubevirt.io/containerized-data-importer", "[CDI]"},
	"kubernetes":          {"k8s.io/kubernetes", "Kubernetes"},
}

// TestVersions shows that the table of supported versions has those that are tested, and that everything else is pinned to the current ones.
func TestVersions(t *testing.T) {
	install := read(t, "docs/install.md")
	sets := readSets(t)
	if len(sets) != 2 || sets["current"] == nil || sets["oldest"] == nil {
		t.Fatalf("want the sets current and oldest, got %v", sets)
	}
	for set, folders := range sets {
		for component, folder := range folders {
			version := pinned(t, "test/tools/"+folder+"/go.mod", components[component].module)
			if minor := folder[strings.LastIndex(folder, "-")+1:]; !strings.HasPrefix(version, minor+".") {
				t.Errorf("test/tools/%s has version %s", folder, version)
			}
			row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(components[component].row) + `.*$`).FindString(install)
			cell := map[string]int{"current": 2, "oldest": 3}[set]
			if cells := strings.Split(row, " | "); len(cells) < 4 || cells[cell-1] != version {
				t.Errorf("docs/install.md must have %s as the %s version of %s, got %q", version, set, component, row)
			}
		}
	}

	current := sets["current"]
	kubevirt := pinned(t, "test/tools/"+current["kubevirt"]+"/go.mod", components["kubevirt"].module)
	cdi := pinned(t, "test/tools/"+current["cdi"]+"/go.mod", components["cdi"].module)
	for _, module := range []string{"go.mod", "test/cluster/go.mod"} {
		if got := pinned(t, module, "kubevirt.io/api"); got != kubevirt {
			t.Errorf("%s has KubeVirt's API of %s, and the current version is %s", module, got, kubevirt)
		}
		if got := pinned(t, module, "kubevirt.io/containerized-data-importer-api"); got != cdi {
			t.Errorf("%s has CDI's API of %s, and the current version is %s", module, got, cdi)
		}
	}
	for set, folders := range sets {
		for _, component := range []string{"kubevirt", "cdi"} {
			tool := pinned(t, "test/tools/"+folders[component]+"/go.mod", components[component].module)
			conformance := "test/conformance/" + folders["kubevirt"] + "/go.mod"
			if got := pinned(t, conformance, components[component].module); got != tool {
				t.Errorf("%s has %s %s, and the %s version is %s", conformance, component, got, set, tool)
			}
		}
	}

	provider := pinned(t, "test/tools/"+current["provider-kubernetes"]+"/go.mod", components["provider-kubernetes"].module)
	if file := "examples/production/provider.yaml"; !strings.Contains(read(t, file), "/provider-kubernetes:v"+provider+"\n") {
		t.Errorf("%s must name the current version, v%s", file, provider)
	}
	between := pinned(t, "test/tools/crossplane-core-2.3/go.mod", components["crossplane-core-2"].module)
	if !strings.Contains(install, "Crossplane "+between+" beside") {
		t.Errorf("docs/install.md must name Crossplane %s, which is tested beside the current one", between)
	}
}

// readSets returns the sets of versions by their names: the folders of test/tools by their component.
func readSets(t *testing.T) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for line := range strings.Lines(read(t, "test/tools/sets")) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		folders := map[string]string{}
		for _, folder := range fields[1:] {
			component := folder[:strings.LastIndex(folder, "-")]
			if component == "crossplane-core" {
				component, _, _ = strings.Cut(folder, ".")
			}
			folders[component] = folder
		}
		out[fields[0]] = folders
	}
	return out
}

// pinned returns the version of a module in a go.mod, without its v.
func pinned(t *testing.T, file, module string) string {
	t.Helper()
	m := regexp.MustCompile(`(?m)^(?:require )?\s*` + regexp.QuoteMeta(module) + ` v(\S+)`).FindStringSubmatch(read(t, file))
	if m == nil {
		t.Fatalf("%s does not require %s", file, module)
	}
	return m[1]
}
