package kubevirt

import (
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// TestGates shows of each field that takes a feature gate when it is refused: where the gate is known to be off, and the virtual machine does not have it.
func TestGates(t *testing.T) {
	const (
		withDevice = "{domain: {devices: {hostDevices: [{name: a, deviceName: intel.com/qat}]}}}"
		withLUN    = "{domain: {devices: {disks: [{name: a, lun: {bus: scsi}}, {name: b, lun: {bus: scsi, reservation: true}}]}}}"
		reserving  = "{domain: {devices: {disks: [{name: a, lun: {bus: scsi, reservation: true}}]}}}"
	)
	device := v1alpha1.WukongSpec{HostDevices: []v1alpha1.Device{{Name: "b", DeviceName: "intel.com/qat"}}}
	reserved := v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Name: "a", Type: v1alpha1.DiskTypeLUN, Reservation: true}}}
	enabled := func(version v1beta1.Version, gates ...v1beta1.FeatureGate) *v1beta1.KubeVirt {
		return &v1beta1.KubeVirt{Version: version, FeatureGates: gates}
	}
	cases := map[string]struct {
		reason   string
		spec     v1alpha1.WukongSpec
		kubevirt *v1beta1.KubeVirt
		rs       observed.Resources

		// refused and advised are the fields.
		refused, advised string
	}{
		"Nothing":        {reason: "Nothing takes a gate.", kubevirt: enabled("1.9")},
		"DeviceOn":       {reason: "The gate is on.", spec: device, kubevirt: enabled("1.9", "HostDevices")},
		"DeviceOff":      {reason: "No version has it on by default.", spec: device, kubevirt: enabled("1.9"), refused: "spec.hostDevices"},
		"DeviceUnknown":  {reason: "Nobody says whether it is on.", spec: device, advised: "spec.hostDevices"},
		"DeviceHad":      {reason: "The virtual machine has one, which KubeVirt refuses as well.", spec: device, kubevirt: enabled("1.9"), rs: runsAs(withDevice, ""), advised: "spec.hostDevices"},
		"DeviceNotHad":   {reason: "The virtual machine has none.", spec: device, kubevirt: enabled("1.9"), rs: runsAs(withLUN, ""), refused: "spec.hostDevices"},
		"ReservationOn":  {reason: "The gate is on.", spec: reserved, kubevirt: enabled("1.8", "PersistentReservation")},
		"ReservationOff": {reason: "KubeVirt 1.9 does not have it on by itself.", spec: reserved, kubevirt: enabled("1.9"), refused: "spec.disks[0].reservation"},
		"ReservationHad": {reason: "The disk has it.", spec: reserved, kubevirt: enabled("1.9"), rs: runsAs(reserving, ""), advised: "spec.disks[0].reservation"},
		"ReservationOfAnother": {
			reason: "Another disk has it.", spec: reserved, kubevirt: enabled("1.9"), rs: runsAs(withLUN, ""), refused: "spec.disks[0].reservation",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			errs, advice := Gates(&v1alpha1.Wukong{Spec: tc.spec}, &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: tc.kubevirt}}, tc.rs)
			var refused, advised []string
			for _, err := range errs {
				refused = append(refused, err.Field)
			}
			for _, a := range advice {
				field, _, _ := strings.Cut(a, ": ")
				advised = append(advised, field)
			}
			if got := strings.Join(refused, ", "); got != tc.refused {
				t.Errorf("%s Want refusals of %q, got %v", tc.reason, tc.refused, errs)
			}
			if got := strings.Join(advised, ", "); got != tc.advised {
				t.Errorf("%s Want advice at %q, got %q", tc.reason, tc.advised, advice)
			}
			if takes := name != "Nothing"; TakesGates(&tc.spec) != takes {
				t.Errorf("%s Want a spec that takes a gate: %t", tc.reason, takes)
			}
		})
	}
}
