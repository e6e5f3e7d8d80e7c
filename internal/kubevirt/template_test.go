package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// templated returns the VirtualMachine of a Wukong with 2 CPUs, memory, and a template.
func templated(t *testing.T, memory, text string, secure bool) *kubevirtv1.VirtualMachine {
	t.Helper()
	own, errs := template.Parse(&runtime.RawExtension{Raw: []byte(text)}, nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}, Spec: v1alpha1.WukongSpec{
		CPU: ptr.To[int32](2), CoresPerSocket: ptr.To[int32](1), Memory: &v1alpha1.Quantity{Quantity: resource.MustParse(memory)}, PodNetwork: ptr.To(true),
		Firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, SecureBoot: secure},
	}}
	return Plan(w, identity.New(w, "", nil), Devices{}, template.Choice{Wukong: own}, nil).Object.(*kubevirtv1.VirtualMachine)
}

// TestTemplateDifferences shows that each path of a template that changes is named, whatever else is new above it.
func TestTemplateDifferences(t *testing.T) {
	const spec = "spec.template.spec."
	cases := map[string]struct {
		reason, from, to     string
		secureFrom, secureTo bool
		want                 []Difference
	}{
		"Same": {reason: "Nothing differs.", from: `{"hostname": "a"}`, to: `{"hostname": "a"}`},
		"Deep": {
			reason: "What is above a path is new, too.", from: `{}`, to: `{"domain": {"clock": {"timer": {"kvm": {}}, "utc": {}}, "devices": {"blockMultiQueue": true}}}`,
			want: []Difference{
				{Path: spec + "domain.clock.timer", Field: "template.domain.clock.timer", To: "kvm"},
				{Path: spec + "domain.clock.utc", Field: "devices.clock.utcOffsetSeconds", To: "yes"},
				{Path: spec + "domain.devices.blockMultiQueue", Field: "performance.blockMultiQueue", To: "true"},
			},
		},
		"Beside": {
			reason: "A field of the Wukong is new in the same place.", from: `{}`, to: `{"domain": {"features": {"kvm": {"hidden": true}}}}`, secureTo: true,
			want: []Difference{
				{Path: spec + "domain.features", Field: "firmware.secureBoot", To: "smm.enabled=true"},
				{Path: spec + "domain.features.kvm", Field: "template.domain.features.kvm", To: "hidden=true"},
				{Path: spec + "domain.firmware.bootloader.efi.secureBoot", Field: "firmware.secureBoot", From: "false", To: "true"},
			},
		},
		"List": {
			reason: "An item of a list is named.", from: `{"domain": {"cpu": {"features": [{"name": "vmx"}]}}}`, to: `{"domain": {"cpu": {"features": [{"name": "vmx", "policy": "disable"}]}}}`,
			want: []Difference{{Path: spec + "domain.cpu.features[vmx].policy", Field: "performance.cpuFeatures[vmx].policy", To: "disable"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for i := range tc.want {
				tc.want[i].Effect, tc.want[i].RestartRequired = plan.EffectRestart, true
			}
			got := Compare(templated(t, "2Gi", tc.from, tc.secureFrom), templated(t, "2Gi", tc.to, tc.secureTo), nil)
			for i := range got {
				got[i].held = false
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(Difference{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestMemoryBesideTemplate shows where KubeVirt adds no memory to a guest that runs because of its template.
func TestMemoryBesideTemplate(t *testing.T) {
	cases := map[string]struct {
		reason, template, to string
		want                 plan.Effect
	}{
		"Plain": {reason: "It adds memory.", template: `{}`, to: "2050Mi", want: plan.EffectMigration},
		"Hugepages": {
			reason: "It adds pages.", template: `{"domain": {"memory": {"hugepages": {"pageSize": "1Gi"}}}}`, to: "3Gi",
			want: plan.EffectMigration,
		},
		"Part": {
			reason: "It adds no part of a page.", template: `{"domain": {"memory": {"hugepages": {"pageSize": "1Gi"}}}}`, to: "2050Mi",
			want: plan.EffectRestart,
		},
		"Encrypted": {
			reason: "It adds nothing to what is encrypted.", template: `{"domain": {"launchSecurity": {"tdx": {}}}}`, to: "3Gi",
			want: plan.EffectRestart,
		},
		"NUMA": {
			reason: "It adds nothing to memory of the node's layout.", template: `{"domain": {"cpu": {"dedicatedCpuPlacement": true, "numa": {"guestMappingPassthrough": {}}}}}`,
			to: "3Gi", want: plan.EffectRestart,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := Compare(templated(t, "2Gi", tc.template, false), templated(t, tc.to, tc.template, false), nil)
			if len(got) != 1 || got[0].Effect != tc.want {
				t.Errorf("%s Want %q, got %+v", tc.reason, tc.want, got)
			}
		})
	}
}

// TestExpandBesideTemplate shows that an instance has what a template says and its instance type does not.
func TestExpandBesideTemplate(t *testing.T) {
	vm := templated(t, "2Gi", `{"domain": {"cpu": {"model": "EPYC", "dedicatedCpuPlacement": true}, "memory": {"hugepages": {"pageSize": "2Mi"}}, "ioThreadsPolicy": "auto", "launchSecurity": {"snp": {}}}}`, false)
	domain := &vm.Spec.Template.Spec.Domain
	domain.CPU.Sockets, domain.CPU.Cores, domain.CPU.Threads, domain.Memory.Guest = 0, 0, 0, nil
	guest := resource.MustParse("4Gi")
	got := Expand(vm, &instancetypev1.VirtualMachineInstancetypeSpec{
		CPU: instancetypev1.CPUInstancetype{Guest: 4}, Memory: instancetypev1.MemoryInstancetype{Guest: guest},
	}, nil).Spec.Domain
	want := []any{
		&kubevirtv1.CPU{Sockets: 4, Cores: 1, Threads: 1, Model: "EPYC", DedicatedCPUPlacement: true},
		&kubevirtv1.Memory{Guest: &guest, Hugepages: &kubevirtv1.Hugepages{PageSize: "2Mi"}},
		ptr.To(kubevirtv1.IOThreadsPolicyAuto), &kubevirtv1.LaunchSecurity{SNP: &kubevirtv1.SEVSNP{}},
	}
	if diff := cmp.Diff(want, []any{got.CPU, got.Memory, got.IOThreadsPolicy, got.LaunchSecurity}); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
