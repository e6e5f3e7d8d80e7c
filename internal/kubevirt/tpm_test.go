package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

func TestTPM(t *testing.T) {
	const (
		forgets = "spec.tpm: whenever the guest stops, its TPM forgets all keys, and what is encrypted with them opens by a recovery key alone: give Persistent"
		unused  = "spec.tpm: the TPM of the existing virtual machine keeps its keys, and with this value they are out of reach: put Persistent back, or have a recovery " +
			"key of what is encrypted with them"
		notRetained = "spec.tpm: the keys of the TPM go with the virtual machine, and disk data, disk mine stay: have a recovery key of what is encrypted with them"
	)
	retained := []v1alpha1.Disk{
		{Name: "system"}, {Name: "data", DeletionPolicy: v1alpha1.DeletionPolicyRetain}, {Name: "mine", ClaimName: "mine"},
		{Name: "iso", Type: v1alpha1.DiskTypeCDROM, ClaimName: "iso"},
	}
	cases := map[string]struct {
		reason string
		tpm    v1alpha1.TPM
		disks  []v1alpha1.Disk
		vm     string
		efi    bool
		want   *kubevirtv1.TPMDevice
		fact   string
		advice []string
	}{
		"Unnamed":     {reason: "A preference may choose one."},
		"None":        {reason: "A preference chooses none beside one that is disabled.", tpm: v1alpha1.TPMNone, want: &kubevirtv1.TPMDevice{Enabled: ptr.To(false)}},
		"Volatile":    {tpm: v1alpha1.TPMVolatile, want: &kubevirtv1.TPMDevice{}, fact: "TPM", advice: []string{forgets}},
		"Persistent":  {tpm: v1alpha1.TPMPersistent, want: &kubevirtv1.TPMDevice{Persistent: ptr.To(true)}, fact: "TPM (persistent)"},
		"NotRetained": {tpm: v1alpha1.TPMPersistent, disks: retained, want: &kubevirtv1.TPMDevice{Persistent: ptr.To(true)}, fact: "TPM (persistent)", advice: []string{notRetained}},
		"Unused":      {reason: "KubeVirt keeps the claim for the variables of EFI.", tpm: v1alpha1.TPMVolatile, vm: "{persistent: true}", efi: true, want: &kubevirtv1.TPMDevice{}, fact: "TPM", advice: []string{unused}},
		"Lost":        {reason: "DATA LOSS says it.", tpm: v1alpha1.TPMNone, vm: "{persistent: true}", want: &kubevirtv1.TPMDevice{Enabled: ptr.To(false)}},
		"Same":        {tpm: v1alpha1.TPMPersistent, vm: "{persistent: true}", want: &kubevirtv1.TPMDevice{Persistent: ptr.To(true)}, fact: "TPM (persistent)"},
		"FromNone":    {reason: "A TPM that is off keeps nothing.", tpm: v1alpha1.TPMNone, vm: "{enabled: false, persistent: true}", want: &kubevirtv1.TPMDevice{Enabled: ptr.To(false)}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}}}
			p := params{wukong: &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{TPM: tc.tpm, Disks: tc.disks}}, observed: observed.Resources{}}
			if tc.efi {
				p.wukong.Spec.Firmware = &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, Persistent: ptr.To(true)}
			}
			if tc.vm != "" {
				p.observed[plan.KeyVM] = observed.Resource{Object: observedtest.YAML("{spec: {template: {spec: {domain: {devices: {tpm: " + tc.vm + "}}}}}}")}
			}
			tpm.apply(vm, p)
			if diff := cmp.Diff(tc.want, vm.Spec.Template.Spec.Domain.Devices.TPM); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			if got := tpm.facts(vm); got != tc.fact {
				t.Errorf("want the fact %q, got %q", tc.fact, got)
			}
			if diff := cmp.Diff(tc.advice, tpm.advice(p)); diff != "" {
				t.Errorf("advice: -want, +got:\n%s", diff)
			}
		})
	}
}
