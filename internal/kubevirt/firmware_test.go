package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

func TestFirmware(t *testing.T) {
	const uuid = "6a1a24a1-4061-4607-8bf4-a3963d0c5895"
	smm := &kubevirtv1.Features{SMM: &kubevirtv1.FeatureState{Enabled: ptr.To(true)}}
	cases := map[string]struct {
		reason   string
		firmware *v1alpha1.Firmware
		disks    []v1alpha1.Disk
		want     *kubevirtv1.Bootloader
		features *kubevirtv1.Features
		fact     string
	}{
		"None": {reason: "A preference, or KubeVirt, chooses.", firmware: &v1alpha1.Firmware{}},
		"BIOS": {firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderBIOS}, want: &kubevirtv1.Bootloader{BIOS: &kubevirtv1.BIOS{}}},
		"EFI": {
			reason:   "KubeVirt's own default is secure boot.",
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI},
			want:     &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(false)}},
			fact:     "EFI",
		},
		"SecureBoot": {
			reason:   "KubeVirt refuses secure boot without system management mode.",
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, SecureBoot: true},
			want:     &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(true)}},
			features: smm,
			fact:     "EFI with secure boot",
		},
		"Persistent": {
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, Persistent: ptr.To(true)},
			want:     &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(false), Persistent: ptr.To(true)}},
			fact:     "EFI (persistent)",
		},
		"Installed": {
			reason:   "An installer writes a boot entry, without which many systems do not start.",
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI},
			disks:    installing(),
			want:     &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(false), Persistent: ptr.To(true)}},
			fact:     "EFI (persistent)",
		},
		"InstalledVolatile": {
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, Persistent: ptr.To(false)},
			disks:    installing(),
			want:     &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(false)}},
			fact:     "EFI",
		},
		"InstalledBIOS": {
			reason:   "A BIOS has no variables.",
			firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderBIOS},
			disks:    installing(),
			want:     &kubevirtv1.Bootloader{BIOS: &kubevirtv1.BIOS{}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.firmware.UUID = uuid
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Firmware: tc.firmware, Disks: tc.disks}}
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}}}
			firmware.apply(vm, params{wukong: w, identity: identity.New(w, "", nil)})
			domain := vm.Spec.Template.Spec.Domain
			if diff := cmp.Diff(&kubevirtv1.Firmware{UUID: uuid, Bootloader: tc.want}, domain.Firmware); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.features, domain.Features); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			if got := firmware.facts(vm); got != tc.fact {
				t.Errorf("want the fact %q, got %q", tc.fact, got)
			}
		})
	}
}

// installing returns the disks of a guest that is installed from a CD-ROM.
func installing() []v1alpha1.Disk {
	return []v1alpha1.Disk{{Name: "system", Boot: true}, {Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: "https://example.org/installer.iso"}}
}

// TestVariablesStay shows that the variables of an existing virtual machine are kept, or not, as it was made: with the medium that it was installed from
// go neither.
func TestVariablesStay(t *testing.T) {
	const advice = "spec.firmware.persistent: the boot entry that an installer writes, and keys that are enrolled, are lost when the guest stops, " +
		"after which it may not start: give true"
	cases := map[string]struct {
		reason string
		vm     string
		spec   *bool
		disks  []v1alpha1.Disk
		want   bool
		advice bool
	}{
		"Ejected":   {reason: "The guest needs its boot entry after the installation, too.", vm: "{persistent: true}", want: true},
		"Kept":      {vm: "{persistent: true}", disks: installing(), want: true},
		"WithoutIt": {reason: "A medium that is inserted later is no reason for a restart.", vm: "{}", disks: installing(), advice: true},
		"Asked":     {vm: "{}", spec: ptr.To(true), want: true},
		"Declined":  {vm: "{persistent: true}", spec: ptr.To(false), disks: installing(), advice: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, Persistent: tc.spec}, Disks: tc.disks}}
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}}}
			rs := observed.Resources{plan.KeyVM: {Object: observedtest.YAML("{spec: {template: {spec: {domain: {firmware: {bootloader: {efi: " + tc.vm + "}}}}}}}")}}
			p := params{wukong: w, identity: identity.New(w, "", rs), observed: rs}
			firmware.apply(vm, p)
			if got := ptr.Deref(vm.Spec.Template.Spec.Domain.Firmware.Bootloader.EFI.Persistent, false); got != tc.want {
				t.Errorf("%s want persistent %t, got %t", tc.reason, tc.want, got)
			}
			var want []string
			if tc.advice {
				want = []string{advice}
			}
			if diff := cmp.Diff(want, firmware.advice(p)); diff != "" {
				t.Errorf("advice: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestBootloaderAdvice shows that another bootloader than the one that the guest was installed with gets advice.
func TestBootloaderAdvice(t *testing.T) {
	efi := "{domain: {firmware: {bootloader: {efi: {}}}}}"
	cases := map[string]struct {
		reason     string
		vm         string
		bootloader v1alpha1.Bootloader
		want       int
	}{
		"New":      {bootloader: v1alpha1.BootloaderEFI},
		"SameEFI":  {vm: "{template: {spec: " + efi + "}}", bootloader: v1alpha1.BootloaderEFI},
		"ToBIOS":   {vm: "{template: {spec: " + efi + "}}", bootloader: v1alpha1.BootloaderBIOS, want: 1},
		"SameBIOS": {reason: "KubeVirt's default is BIOS.", vm: "{template: {spec: {domain: {}}}}", bootloader: v1alpha1.BootloaderBIOS},
		"ToEFI":    {vm: "{template: {spec: {domain: {}}}}", bootloader: v1alpha1.BootloaderEFI, want: 1},
		"Removed":  {reason: "Without a bootloader, KubeVirt takes BIOS.", vm: "{template: {spec: " + efi + "}}", want: 1},
		"Unnamed":  {vm: "{template: {spec: {domain: {}}}}"},
		"EFIBeside": {
			reason:     "A bootloader of its own wins over the preference.",
			vm:         "{preference: {name: a}, template: {spec: " + efi + "}}",
			bootloader: v1alpha1.BootloaderBIOS,
			want:       1,
		},
		"ARM64":      {reason: "KubeVirt's default is EFI there.", vm: "{template: {spec: {architecture: arm64, domain: {}}}}", bootloader: v1alpha1.BootloaderEFI},
		"UnnamedARM": {vm: "{template: {spec: {architecture: arm64, domain: {}}}}"},
		"Preference": {reason: "It may choose EFI.", vm: "{preference: {name: a}, template: {spec: {domain: {}}}}", bootloader: v1alpha1.BootloaderEFI},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Firmware: &v1alpha1.Firmware{Bootloader: tc.bootloader}}}
			rs := observed.Resources{}
			if tc.vm != "" {
				rs[plan.KeyVM] = observed.Resource{Object: observedtest.YAML("{spec: " + tc.vm + "}")}
			}
			if got := Advice(w, identity.New(w, "", rs), rs); len(got) != tc.want {
				t.Errorf("%s want %d pieces of advice, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestUUIDStays shows that a UUID of the spec is rejected where the existing virtual machine has another one, or KubeVirt's own.
func TestUUIDStays(t *testing.T) {
	const uuid = "6a1a24a1-4061-4607-8bf4-a3963d0c5895"
	cases := map[string]struct {
		vm   string
		spec string
		want int
	}{
		"New":       {spec: uuid},
		"Same":      {vm: "{domain: {firmware: {uuid: " + uuid + "}}}", spec: "6A1A24A1-4061-4607-8BF4-A3963D0C5895"},
		"None":      {vm: "{domain: {firmware: {uuid: " + uuid + "}}}"},
		"Other":     {vm: "{domain: {firmware: {uuid: 11111111-2222-4333-8444-555555555555}}}", spec: uuid, want: 1},
		"KubeVirts": {vm: "{domain: {}}", spec: uuid, want: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Firmware: &v1alpha1.Firmware{UUID: tc.spec}}}
			rs := observed.Resources{}
			if tc.vm != "" {
				rs[plan.KeyVM] = observed.Resource{Object: observedtest.YAML("{spec: {template: {spec: " + tc.vm + "}}}")}
			}
			if got := Rejected(w, identity.New(w, "", rs), rs); len(got) != tc.want {
				t.Errorf("want %d rejected changes, got %q", tc.want, got)
			}
		})
	}
}
