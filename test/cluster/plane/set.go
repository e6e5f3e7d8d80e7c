package plane

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// The components of a control plane whose versions a Set chooses, as folders of test/tools are called without their version.
const (
	Crossplane = "crossplane-core"
	Provider   = "provider-kubernetes"
	KubeVirt   = "kubevirt"
	CDI        = "cdi"
	Kubernetes = "kubernetes"
)

// A Set maps each component of a control plane to a minor version, such as KubeVirt to 1.9.
type Set map[string]string

// ReadSet returns a set of a repository by its name. The file test/tools/sets defines the sets.
func ReadSet(repository, name string) (Set, error) {
	file := filepath.Join(repository, toolsDir, "sets")
	b, err := os.ReadFile(file) //nolint:gosec // A file of this repository.
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if fields[0] != name {
			names = append(names, fields[0])
			continue
		}
		set := Set{}
		for _, tool := range fields[1:] {
			at := strings.LastIndex(tool, "-")
			set[tool[:at]] = tool[at+1:]
		}
		return set, nil
	}
	return nil, fmt.Errorf("there is no set of versions %q: %s has %s", name, file, strings.Join(names, " and "))
}

// With returns a set with another version of a component, or the set itself if version is empty.
func (s Set) With(component, version string) Set {
	if version == "" {
		return s
	}
	out := maps.Clone(s)
	out[component] = version
	return out
}

// HasClaimsAlone reports whether Crossplane is of its first generation, which has neither namespaced composites nor Operations.
func (s Set) HasClaimsAlone() bool { return strings.HasPrefix(s[Crossplane], "1.") }

// Equal reports whether two sets have the same versions.
func (s Set) Equal(other Set) bool { return maps.Equal(s, other) }

// String returns the versions in words.
func (s Set) String() string {
	return fmt.Sprintf("Crossplane %s, provider-kubernetes %s, KubeVirt %s, CDI %s and Kubernetes %s",
		s[Crossplane], s[Provider], s[KubeVirt], s[CDI], s[Kubernetes])
}

// folder returns the folder of test/tools with the version of a component.
func (s Set) folder(component string) string { return component + "-" + s[component] }

// ToolNames returns the tools that a control plane with a target runs, by their names as arguments of test/tools/build.
func (s Set) ToolNames(target string) []string {
	names := []string{s.folder(Crossplane)}
	if target != targetNative {
		names = append(names, s.folder(Provider))
	}
	for component, commands := range map[string][]string{
		Kubernetes: {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"},
		KubeVirt:   {"manifests", "virt-api", "virt-controller"},
		CDI:        {"manifests", "cdi-controller", "webhooks"},
	} {
		for _, command := range commands {
			names = append(names, s.folder(component)+"/"+command)
		}
	}
	for _, controller := range csiControllers {
		names = append(names, csiSidecars+"/"+controller)
	}
	return names
}
