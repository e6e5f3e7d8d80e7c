package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// TestArchitecture shows that an existing virtual machine keeps its architecture, whoever gave it.
func TestArchitecture(t *testing.T) {
	rejected := []string{
		"spec.architecture: the virtual machine has the architecture amd64, for which its disks were installed: put that back, or make a Wukong of another name",
	}
	cases := map[string]struct {
		reason       string
		architecture v1alpha1.Architecture

		// vm is that of the existing virtual machine, and applied what was applied to it: none and unknown stand for what they say.
		vm, applied string
		want        string
		rejected    []string
	}{
		"New":     {architecture: v1alpha1.ArchitectureARM64, want: "arm64"},
		"Unnamed": {reason: "KubeVirt gives it the cluster's."},
		"Same":    {architecture: v1alpha1.ArchitectureARM64, vm: "arm64", applied: "arm64", want: "arm64"},
		"Named":   {architecture: v1alpha1.ArchitectureAMD64, vm: "amd64", applied: "none", want: "amd64"},
		"Other":   {architecture: v1alpha1.ArchitectureARM64, vm: "amd64", applied: "none", want: "amd64", rejected: rejected},
		"Removed": {reason: "KubeVirt would put the cluster's in its place.", vm: "arm64", applied: "arm64", want: "arm64"},
		"Given":   {reason: "What KubeVirt gave is left to it.", vm: "amd64", applied: "none"},
		"Unknown": {reason: "It may have been applied.", vm: "arm64", applied: "unknown", want: "arm64"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := params{wukong: &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Architecture: tc.architecture}}, observed: observed.Resources{}}
			of := func(architecture string) string {
				return "{spec: {template: {spec: {architecture: " + architecture + "}}}}"
			}
			if tc.vm != "" {
				r := observed.Resource{Object: observedtest.YAML(of(tc.vm))}
				switch tc.applied {
				case "none":
					r.Applied = observedtest.YAML("{spec: {template: {spec: {}}}}")
				case "unknown":
				default:
					r.Applied = observedtest.YAML(of(tc.applied))
				}
				p.observed[plan.KeyVM] = r
			}
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}}}
			cpuArchitecture.apply(vm, p)
			if got := vm.Spec.Template.Spec.Architecture; got != tc.want {
				t.Errorf("%s want %q, got %q", tc.reason, tc.want, got)
			}
			if diff := cmp.Diff(tc.rejected, cpuArchitecture.rejected(p)); diff != "" {
				t.Errorf("rejected: -want, +got:\n%s", diff)
			}
		})
	}
}
