package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

// fromYAML returns what a YAML document describes.
func fromYAML[T any](t *testing.T, y string) T {
	t.Helper()
	var out T
	if err := yaml.Unmarshal([]byte(y), &out); err != nil {
		t.Fatalf("%v in %s", err, y)
	}
	return out
}

// TestLauncher shows what pods request. That it is what KubeVirt requests is shown in test/conformance/kubevirt-1.9/capacity.
func TestLauncher(t *testing.T) {
	const (
		plain     = "{domain: {cpu: {sockets: 4, cores: 1, threads: 1}, memory: {guest: 4Gi}, devices: {interfaces: [{name: pod, masquerade: {}}]}}}"
		noNetwork = "{domain: {cpu: {sockets: 4, cores: 1, threads: 1}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}}"
		devices   = "devices.kubevirt.io/kvm: 1, devices.kubevirt.io/tun: 1, devices.kubevirt.io/vhost-net: 1"
	)
	cases := map[string]struct {
		reason       string
		template     string
		instancetype string
		preference   string
		kubevirt     string
		settings     Settings
		requests     string
		limits       string
		attachment   string
	}{
		"Plain": {
			reason: "A tenth of each CPU; 4Gi, 292Mi of overhead and 35M for the console.", template: plain,
			requests: "{cpu: 405m, memory: 4636151488, ephemeral-storage: 50M, " + devices + "}", limits: "{" + devices + "}",
		},
		"NoNetwork": {
			reason: "Without an interface it needs no tap device.", template: noNetwork,
			requests: "{cpu: 405m, memory: 4636151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"Settings": {
			reason: "Half of the memory, a fifth of more CPUs, twice the overhead, and no console.", template: noNetwork,
			kubevirt: "{cpuAllocationRatio: 2, memoryOvercommit: 200, additionalGuestMemoryOverheadRatio: '2', disableSerialConsoleLog: true, useEmulation: true}",
			requests: "{cpu: 2, memory: 2759852840, ephemeral-storage: 50M}", limits: "{}",
		},
		"CPURequest": {
			reason: "What the cluster requests for each virtual machine.", template: noNetwork, kubevirt: "{cpuRequest: 250m, disableSerialConsoleLog: true}",
			requests: "{cpu: 250m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"Limits": {
			reason: "A quota takes limits.", template: noNetwork, settings: Settings{LimitCPU: true, LimitMemory: true, MemoryLimitRatio: 1.5}, kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{cpu: 4, memory: 6901727232, devices.kubevirt.io/kvm: 1}",
		},
		"Dedicated": {
			reason: "Whole CPUs with one for the emulator, and 100Mi more.", template: "{domain: {devices: {autoattachPodInterface: false}}}",
			instancetype: "{cpu: {guest: 4, dedicatedCPUPlacement: true, isolateEmulatorThread: true}, memory: {guest: 4Gi, hugepages: {pageSize: 2Mi}}}", kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 5, memory: 411041792, hugepages-2Mi: 4Gi, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}",
			limits:   "{cpu: 5, memory: 411041792, hugepages-2Mi: 4Gi, devices.kubevirt.io/kvm: 1}",
		},
		"GPU": {
			reason: "A device of the node takes 1Gi for its memory; without graphics and with a TPM.", template: "{domain: {devices: {autoattachPodInterface: false}}}",
			instancetype: "{cpu: {guest: 4}, memory: {guest: 4Gi}, gpus: [{name: a, deviceName: nvidia.com/A10}]}", kubevirt: "{disableSerialConsoleLog: true}",
			preference: "{devices: {preferredTPM: {}, preferredAutoattachGraphicsDevice: false}}",
			requests:   "{cpu: 400m, memory: 5696913408, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1, nvidia.com/A10: 1}", limits: "{devices.kubevirt.io/kvm: 1, nvidia.com/A10: 1}",
		},
		"Reservation": {
			reason:   "The helper for reservations is a device, once for all luns.",
			template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false, disks: [{name: a, lun: {reservation: true}}, {name: b, lun: {reservation: true}}]}}}",
			kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1, devices.kubevirt.io/pr-helper: 1}",
			limits:   "{devices.kubevirt.io/kvm: 1, devices.kubevirt.io/pr-helper: 1}",
		},
		"Exec": {
			reason: "Two probes that run commands in the guest take 10Mi each, and 100Mi together.", template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"readinessProbe: {exec: {command: [a]}}, livenessProbe: {exec: {command: [b]}}}", kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4726980608, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"Ping": {
			reason: "KubeVirt counts nothing for a ping of the agent.", template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"readinessProbe: {guestAgentPing: {}}}", kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"Networks": {
			reason: "Networks of two resources, as KubeVirt or an injector requests them.", template: noNetwork, settings: Settings{Networks: []string{"a.org/x", "a.org/x", "a.org/y"}}, kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1, a.org/x: 2, a.org/y: 1}", limits: "{devices.kubevirt.io/kvm: 1, a.org/x: 2, a.org/y: 1}",
		},
		"NoInjector": {
			reason: "KubeVirt 1.9 leaves devices of networks to somebody else.", template: noNetwork, settings: Settings{Networks: []string{"a.org/x"}}, kubevirt: "{version: '1.9', disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"Media": {
			reason: "Each medium that is an image takes a container; those before the guest take less than it.", template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"volumes: [{name: a, containerDisk: {image: x}}, {name: b, containerDisk: {image: z}}, {name: c, persistentVolumeClaim: {claimName: c}}]}",
			settings: Settings{LimitCPU: true, LimitMemory: true, MemoryLimitRatio: 1}, kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 402m, memory: 4603151488, ephemeral-storage: 150M, devices.kubevirt.io/kvm: 1}", limits: "{cpu: 4020m, memory: 4681151488, devices.kubevirt.io/kvm: 1}",
		},
		"MediaAsVolumes": {
			reason: "KubeVirt 1.9 mounts images, and only fetches them before the guest starts.", template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"volumes: [{name: a, containerDisk: {image: x}}]}",
			kubevirt: "{version: '1.9', disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"SmallGuestWithMedium": {
			reason: "What fetches the image takes more CPU than the guest and its medium, beside the console.", template: "{domain: {cpu: {sockets: 1}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"volumes: [{name: a, containerDisk: {image: x}}]}",
			kubevirt: "{cpuAllocationRatio: 1000}",
			requests: "{cpu: 15m, memory: 4611985664, ephemeral-storage: 100M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
		"DedicatedWithMedium": {
			reason: "The containers beside a guest with CPUs of its own request what they are limited to.", template: "{domain: {devices: {autoattachPodInterface: false}}, volumes: [{name: a, containerDisk: {image: x}}]}",
			instancetype: "{cpu: {guest: 4, dedicatedCPUPlacement: true}, memory: {guest: 4Gi}}", kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 4010m, memory: 4746009088, ephemeral-storage: 100M, devices.kubevirt.io/kvm: 1}", limits: "{cpu: 4010m, memory: 4746009088, devices.kubevirt.io/kvm: 1}",
		},
		"Hotpluggable": {
			reason: "Another pod attaches hotpluggable volumes.", template: "{domain: {cpu: {sockets: 4}, memory: {guest: 4Gi}, devices: {autoattachPodInterface: false}}, " +
				"volumes: [{name: a, dataVolume: {name: a, hotpluggable: true}}, {name: b, dataVolume: {name: b}}, {name: c, persistentVolumeClaim: {claimName: c, hotpluggable: true}}]}",
			kubevirt: "{disableSerialConsoleLog: true}",
			requests: "{cpu: 400m, memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
			attachment: "{requests: {cpu: 10m, memory: 2M}, limits: {cpu: 100m, memory: 80M}}",
		},
		"ManyCPUsOfFew": {
			reason: "A ratio so large that KubeVirt writes no quantity is no reason to panic.", template: noNetwork, kubevirt: "{cpuAllocationRatio: 2147483647, disableSerialConsoleLog: true}",
			requests: "{memory: 4601151488, ephemeral-storage: 50M, devices.kubevirt.io/kvm: 1}", limits: "{devices.kubevirt.io/kvm: 1}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{
				Spec: fromYAML[kubevirtv1.VirtualMachineInstanceSpec](t, tc.template),
			}}}
			var i *instancetypev1.VirtualMachineInstancetypeSpec
			if tc.instancetype != "" {
				i = ptr.To(fromYAML[instancetypev1.VirtualMachineInstancetypeSpec](t, tc.instancetype))
			}
			var p *instancetypev1.VirtualMachinePreferenceSpec
			if tc.preference != "" {
				p = ptr.To(fromYAML[instancetypev1.VirtualMachinePreferenceSpec](t, tc.preference))
			}
			tc.settings.Input = &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: ptr.To(fromYAML[v1beta1.KubeVirt](t, tc.kubevirt))}}
			before := vm.DeepCopy()
			l := NewLauncher(Expand(vm, i, p), tc.settings)
			equal := cmp.Comparer(func(a, b corev1.ResourceList) bool {
				for name, q := range a {
					if other, ok := b[name]; !ok || q.Cmp(other) != 0 {
						return false
					}
				}
				return len(a) == len(b)
			})
			if diff := cmp.Diff(fromYAML[corev1.ResourceList](t, tc.requests), l.Requests(), equal); diff != "" {
				t.Errorf("%s\nrequests: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(fromYAML[corev1.ResourceList](t, tc.limits), l.Limits(), equal); diff != "" {
				t.Errorf("%s\nlimits: -want, +got:\n%s", tc.reason, diff)
			}
			var attachment *corev1.ResourceRequirements
			if tc.attachment != "" {
				attachment = ptr.To(fromYAML[corev1.ResourceRequirements](t, tc.attachment))
			}
			if diff := cmp.Diff(attachment, Attachment(Expand(vm, i, p)), equal); diff != "" {
				t.Errorf("%s\nattachment: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(before, vm); diff != "" {
				t.Errorf("the virtual machine changed: %s", diff)
			}
		})
	}
}

// TestAttachedClaims shows which claims another pod attaches.
func TestAttachedClaims(t *testing.T) {
	vmi := &kubevirtv1.VirtualMachineInstance{Spec: fromYAML[kubevirtv1.VirtualMachineInstanceSpec](t, "{volumes: ["+
		"{name: a, dataVolume: {name: in-a, hotpluggable: true}}, {name: b, dataVolume: {name: in-b}}, {name: c, persistentVolumeClaim: {claimName: in-c, hotpluggable: true}}, "+
		"{name: d, persistentVolumeClaim: {claimName: in-d}}, {name: e, containerDisk: {image: x}}]}")}
	if diff := cmp.Diff([]string{"in-a", "in-c"}, Hotpluggable(vmi)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
