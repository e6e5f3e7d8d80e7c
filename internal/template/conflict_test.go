package template

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestConflicts shows what KubeVirt does not take of a spec with its templates, and where the error is.
func TestConflicts(t *testing.T) {
	const encrypted = " Forbidden: the template encrypts the guest's memory by domain.launchSecurity.snp, which takes bootloader EFI, and neither secureBoot nor, " +
		"but for sev, persistent: correct it, or remove that from the template"
	cases := map[string]struct {
		reason   string
		spec     string
		wukong   string
		platform string
		want     []string
	}{
		"Nothing": {spec: "{cpu: 2, memory: 4Gi, maxMemory: 8Gi}", wukong: "{domain: {cpu: {model: EPYC}}}"},
		"NUMA": {
			spec: "{memory: 4Gi, maxMemory: 8Gi}", wukong: "{domain: {cpu: {dedicatedCpuPlacement: true, numa: {guestMappingPassthrough: {}}}, memory: {hugepages: {pageSize: 2Mi}}}}",
			want: []string{
				"spec.maxMemory: Forbidden: KubeVirt adds no memory to a guest with domain.cpu.numa.guestMappingPassthrough in its template: remove one of both",
			},
		},
		"NUMAAlone": {
			reason: "KubeVirt places only what is pinned and in huge pages.", spec: "{memory: 4Gi}", platform: "{domain: {cpu: {numa: {guestMappingPassthrough: {}}}}}",
			want: []string{
				"template.domain.cpu.numa.guestMappingPassthrough: Forbidden: this takes domain.cpu.dedicatedCpuPlacement: give that, too, or remove this",
				"template.domain.cpu.numa.guestMappingPassthrough: Forbidden: this takes domain.memory.hugepages.pageSize: give that, too, or remove this",
			},
		},
		"Isolated": {
			spec: "{memory: 4Gi}", wukong: "{domain: {cpu: {isolateEmulatorThread: true, dedicatedCpuPlacement: false}}}",
			want: []string{"spec.template.domain.cpu.isolateEmulatorThread: Forbidden: this takes domain.cpu.dedicatedCpuPlacement: give that, too, or remove this"},
		},
		"IsolatedByBoth": {
			reason: "One template may complete the other.", spec: "{memory: 4Gi}",
			wukong: "{domain: {cpu: {isolateEmulatorThread: true}}}", platform: "{domain: {cpu: {dedicatedCpuPlacement: true}}}",
		},
		"Pinned": {
			reason: "The pod of pinned CPUs requests all of them.", spec: "{memory: 4Gi, performance: {requests: {cpu: '1'}, limits: {memory: 8Gi}}}",
			platform: "{domain: {cpu: {dedicatedCpuPlacement: true}}}",
			want: []string{
				"spec.performance.requests: Forbidden: KubeVirt does not take this together with domain.cpu.dedicatedCpuPlacement: remove one of both",
				"spec.performance.limits: Forbidden: KubeVirt does not take this together with domain.cpu.dedicatedCpuPlacement: remove one of both",
			},
		},
		"NotPinned": {
			reason: "The field wins.", spec: "{memory: 4Gi, performance: {dedicatedCpuPlacement: false, requests: {cpu: '1'}}}",
			platform: "{domain: {cpu: {dedicatedCpuPlacement: true}}}",
		},
		"PagesOfMemory": {
			reason: "All of the memory is set aside.", spec: "{memory: 4Gi, performance: {requests: {cpu: '1', memory: 2Gi}, limits: {memory: 8Gi}}}",
			platform: "{domain: {memory: {hugepages: {pageSize: 2Mi}}}}",
			want: []string{
				"spec.performance.requests.memory: Forbidden: KubeVirt does not take this together with domain.memory.hugepages.pageSize: remove one of both",
				"spec.performance.limits.memory: Forbidden: KubeVirt does not take this together with domain.memory.hugepages.pageSize: remove one of both",
			},
		},
		"Pages": {
			spec: "{memory: 3000Mi, maxMemory: 4098Mi}", platform: "{domain: {memory: {hugepages: {pageSize: 1Gi}}}}",
			want: []string{
				"spec.memory: Forbidden: the template gives the guest pages of 1Gi, of which its memory must be a multiple: correct it",
				"spec.maxMemory: Forbidden: the template gives the guest pages of 1Gi, of which its memory must be a multiple: correct it",
			},
		},
		"WholePages":   {spec: "{memory: 3Gi, maxMemory: 5Gi}", platform: "{domain: {memory: {hugepages: {pageSize: 1Gi}}}}"},
		"PagesOfAType": {reason: "An instance type has memory of its own.", spec: "{instancetype: {name: a}}", platform: "{domain: {memory: {hugepages: {pageSize: 1Gi}}}}"},
		"Encrypted":    {spec: "{memory: 4Gi, firmware: {bootloader: EFI}}", wukong: "{domain: {launchSecurity: {snp: {}}}}"},
		"EncryptedBIOS": {
			spec: "{memory: 4Gi}", wukong: "{domain: {launchSecurity: {snp: {}}}}", want: []string{"spec.firmware.bootloader:" + encrypted},
		},
		"EncryptedByPreference": {reason: "It may choose EFI.", spec: "{memory: 4Gi, preference: {name: a}}", wukong: "{domain: {launchSecurity: {snp: {}}}}"},
		"EncryptedAll": {
			spec: "{memory: 4Gi, maxMemory: 8Gi, firmware: {bootloader: EFI, secureBoot: true, persistent: true}}", wukong: "{domain: {launchSecurity: {snp: {}}}}",
			want: []string{
				"spec.maxMemory: Forbidden: KubeVirt adds no memory to a guest with domain.launchSecurity.snp in its template: remove one of both",
				"spec.firmware.secureBoot:" + encrypted, "spec.firmware.persistent:" + encrypted,
			},
		},
		"SEVPersistent": {spec: "{memory: 4Gi, firmware: {bootloader: EFI, persistent: true}}", wukong: "{domain: {launchSecurity: {sev: {}}}}"},
		"NoVideo": {
			spec: "{memory: 4Gi}", wukong: "{domain: {devices: {video: {type: vga}}}}", platform: "{domain: {devices: {autoattachGraphicsDevice: false}}}",
			want: []string{
				"spec.template.domain.devices.video.type: Forbidden: KubeVirt does not take this together with domain.devices.autoattachGraphicsDevice: false: remove one of both",
			},
		},
		"Watchdog": {
			spec: "{memory: 4Gi}", wukong: "{domain: {devices: {watchdog: {name: w, diag288: {}}}}}",
			want: []string{"spec.template.domain.devices.watchdog: Forbidden: only computers of s390x have the watchdog diag288: give i6300esb, or remove it"},
		},
		"ARM64": {
			spec: "{memory: 4Gi, architecture: arm64}",
			wukong: "{domain: {cpu: {model: EPYC}, machine: {type: q35}, devices: {video: {type: vga}, watchdog: {name: w, i6300esb: {}}, sound: {name: s}}, " +
				"launchSecurity: {snp: {}}}}",
			want: []string{
				"spec.template.domain.cpu.model: Forbidden: KubeVirt does not take this on arm64: give host-passthrough, or remove it",
				"spec.template.domain.machine.type: Forbidden: KubeVirt does not take this on arm64: give virt, or remove it",
				"spec.template.domain.devices.video.type: Forbidden: KubeVirt does not take this on arm64: give virtio or ramfb, or remove it",
				"spec.template.domain.devices.watchdog: Forbidden: KubeVirt does not take this on arm64: remove it",
				"spec.template.domain.devices.sound: Forbidden: KubeVirt does not take this on arm64: remove it",
				"spec.firmware.bootloader:" + encrypted,
				"spec.template.domain.launchSecurity.snp: Forbidden: KubeVirt does not take this on arm64: remove it",
			},
		},
		"ARM64Takes": {
			spec:   "{memory: 4Gi, architecture: arm64}",
			wukong: "{domain: {cpu: {model: host-passthrough}, machine: {type: virt-rhel9.4.0}, devices: {video: {type: ramfb}}}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &v1alpha1.WukongSpec{}
			if err := yaml.Unmarshal([]byte(tc.spec), s); err != nil {
				t.Fatal(err)
			}
			c := Choice{Fields: OfFields(s), Wukong: parsed(t, tc.wukong), Platform: parsed(t, tc.platform)}
			var got []string
			for _, err := range c.Conflicts(s) {
				got = append(got, err.Error())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// parsed returns a template in YAML; none for an empty one.
func parsed(t *testing.T, text string) Template {
	t.Helper()
	if text == "" {
		return nil
	}
	raw, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	out, errs := Parse(&runtime.RawExtension{Raw: raw}, nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return out
}
