package kubevirt

import (
	"strings"
	"testing"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// TestDataLoss shows which changes have KubeVirt delete the state of a virtual machine.
func TestDataLoss(t *testing.T) {
	const (
		withTPM       = "{template: {spec: {domain: {devices: {tpm: {persistent: true}}}}}}"
		withVariables = "{template: {spec: {domain: {firmware: {bootloader: {efi: {persistent: true}}}}}}}"
		withBoth      = "{template: {spec: {domain: {devices: {tpm: {persistent: true}}, firmware: {bootloader: {efi: {persistent: true}}}}}}}"
	)
	efi := func(persistent *bool) *v1alpha1.Firmware {
		return &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, Persistent: persistent}
	}
	cases := map[string]struct {
		reason string
		vm     string
		spec   v1alpha1.WukongSpec
		want   string
	}{
		"New":            {spec: v1alpha1.WukongSpec{TPM: v1alpha1.TPMNone}},
		"Same":           {vm: withTPM, spec: v1alpha1.WukongSpec{TPM: v1alpha1.TPMPersistent}},
		"Volatile":       {vm: withTPM, spec: v1alpha1.WukongSpec{TPM: v1alpha1.TPMVolatile}, want: "spec.tpm: DATA LOSS"},
		"Removed":        {vm: withTPM, want: "spec.tpm: DATA LOSS"},
		"KeptByEFI":      {reason: "There is one claim for both.", vm: withBoth, spec: v1alpha1.WukongSpec{Firmware: efi(nil)}},
		"Both":           {vm: withBoth, spec: v1alpha1.WukongSpec{Firmware: efi(ptr.To(false))}, want: "spec.tpm: DATA LOSS"},
		"Variables":      {vm: withVariables, spec: v1alpha1.WukongSpec{Firmware: efi(ptr.To(false))}, want: "spec.firmware.persistent: DATA LOSS"},
		"SameVariables":  {vm: withVariables, spec: v1alpha1.WukongSpec{Firmware: efi(nil)}},
		"KeptByTPM":      {vm: withVariables, spec: v1alpha1.WukongSpec{Firmware: efi(ptr.To(false)), TPM: v1alpha1.TPMPersistent}},
		"MaybeKept":      {reason: "A preference may ask for a TPM.", vm: withTPM, spec: v1alpha1.WukongSpec{Preference: &v1alpha1.PreferenceReference{Name: "windows.11"}}},
		"NothingToLose":  {vm: "{template: {spec: {domain: {}}}}", spec: v1alpha1.WukongSpec{TPM: v1alpha1.TPMNone, Firmware: efi(ptr.To(false))}},
		"OtherFirmware":  {reason: "Its own advice says that the guest does not start.", vm: withVariables, spec: v1alpha1.WukongSpec{Firmware: &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderBIOS}}},
		"WithPreference": {vm: "{preference: {name: windows.11}, template: {spec: {domain: {devices: {tpm: {persistent: true}}}}}}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, rs := &v1alpha1.Wukong{Spec: tc.spec}, observed.Resources{}
			if tc.vm != "" {
				rs[plan.KeyVM] = observed.Resource{Object: observedtest.YAML("{spec: " + tc.vm + "}")}
			}
			got := DataLoss(w, rs)
			if len(got) > 1 || !strings.HasPrefix(strings.Join(got, ""), tc.want) || (tc.want == "") != (len(got) == 0) {
				t.Errorf("%s want %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
