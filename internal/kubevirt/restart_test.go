package kubevirt

import (
	"encoding/json"
	"testing"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// started returns the instance that KubeVirt starts for a VirtualMachine, with some of the defaults that it gives.
func started(vm *kubevirtv1.VirtualMachine) *kubevirtv1.VirtualMachineInstance {
	vmi := instanceOf(vm, 8)
	vmi.Status.Phase = kubevirtv1.Running
	domain := &vmi.Spec.Domain
	domain.CPU.Model = "host-model"
	domain.Machine = &kubevirtv1.Machine{Type: "q35"}
	domain.Features = &kubevirtv1.Features{ACPI: kubevirtv1.FeatureState{Enabled: ptr.To(true)}}
	domain.Devices.Inputs = []kubevirtv1.Input{{Name: "default-0"}}
	vmi.Spec.EvictionStrategy = ptr.To(kubevirtv1.EvictionStrategyNone)
	return vmi
}

// TestWaitingFields shows that RestartRequired names the fields whose values the instance does not run with.
func TestWaitingFields(t *testing.T) {
	const operation = ": virtctl restart web-01 restarts it, and so does an Operation"
	cases := map[string]struct {
		reason  string
		to      func(*v1alpha1.WukongSpec, *Devices)
		plugged string
		unknown bool
		want    string
	}{
		"One": {
			reason: "One field differs.",
			to:     func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[1].MAC = "02:00:00:00:00:09" },
			want:   "a change of networks[lan].macAddress waits for a restart" + operation,
		},
		"Held": {
			reason: "What KubeVirt would do alone waits with it.",
			to: func(s *v1alpha1.WukongSpec, d *Devices) {
				s.CPU, d.NICs[1].MAC = ptr.To[int32](4), "02:00:00:00:00:09"
			},
			want: "a change of cpu, networks[lan].macAddress waits for a restart" + operation,
		},
		"Less": {
			reason: "What KubeVirt would not do alone waits with it, too.",
			to: func(s *v1alpha1.WukongSpec, d *Devices) {
				s.Memory, d.NICs[1].MAC = quantity("2Gi"), "02:00:00:00:00:09"
			},
			want: "a change of networks[lan].macAddress, memory waits for a restart" + operation,
		},
		"Disk": {
			reason: "Its volume and its device are one disk.",
			to:     func(_ *v1alpha1.WukongSpec, d *Devices) { d.Volumes = nil },
			want:   "a change of disks[system] waits for a restart" + operation,
		},
		"Network": {
			reason: "A network that KubeVirt adds by migration waits for no restart.",
			to: func(s *v1alpha1.WukongSpec, d *Devices) {
				s.CPU = ptr.To[int32](1)
				d.NICs = append(d.NICs, network.NIC{Name: "fast", NAD: "fast", Binding: network.BindingBridge})
			},
			want: "a change of cpu waits for a restart" + operation,
		},
		"Nothing": {
			reason: "KubeVirt gives an instance more than its VirtualMachine says, and restarts for what no field says.",
			want:   templateChanged + operation,
		},
		"Plugged": {
			reason:  "A volume that was attached by hand is not the Wukong's.",
			plugged: "backup",
			want:    templateChanged + operation,
		},
		"Unknown": {
			reason:  "The instance is not observed yet.",
			to:      func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](1) },
			unknown: true,
			want:    templateChanged + operation,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			vm := machine(tc.to)
			vm.Status.Created = true
			vm.Status.Conditions = []kubevirtv1.VirtualMachineCondition{{Type: kubevirtv1.VirtualMachineRestartRequired, Status: "True", Message: templateChanged}}
			ran := machine(nil)
			if tc.plugged != "" {
				source := kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: tc.plugged, Hotpluggable: true}}
				attach(ran, disk(tc.plugged, "scsi"), source)
			}
			rs := observed.Resources{"vm": resourceOf(t, vm)}
			if !tc.unknown {
				rs["vmi"] = resourceOf(t, started(ran))
			}
			if got := Report(wukongWith(""), nil, nil, "", rs).RestartRequired; got != tc.want {
				t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
			}
		})
	}
}

// resourceOf returns an object as it is observed.
func resourceOf(t *testing.T, o any) observed.Resource {
	t.Helper()
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return observed.Resource{Object: observedtest.YAML(string(raw))}
}
