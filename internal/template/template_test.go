package template

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// raw returns YAML as a partial spec.
func raw(t testing.TB, y string) *runtime.RawExtension {
	t.Helper()
	b, err := yaml.YAMLToJSON([]byte(y))
	if err != nil {
		t.Fatal(err)
	}
	return &runtime.RawExtension{Raw: b}
}

// parse returns what a partial spec gives, which must be valid.
func parse(t testing.TB, y string) Template {
	t.Helper()
	out, errs := Parse(raw(t, y), field.NewPath("spec", "template"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return out
}

// TestParse shows what a template may give, and what is said of all else.
func TestParse(t *testing.T) {
	deep := strings.Repeat("{a: ", 20) + "1" + strings.Repeat("}", 20)
	long := "{hostname: '" + strings.Repeat("a", 33<<10) + "'}"
	cases := map[string]struct {
		reason, template string
		want             Template
		errs             []string
	}{
		"Nothing": {reason: "An empty template gives nothing.", template: "{}", want: Template{}},
		"Null": {
			reason: "A field that is null counts as absent.", template: "{domain: {cpu: null, chassis: {serial: a, sku: null}}}",
			want: Template{"domain.chassis": map[string]any{"serial": "a"}},
		},
		"Paths": {
			reason:   "Values are known by their paths.",
			template: "{domain: {cpu: {model: EPYC}, devices: {blockMultiQueue: true, clientPassthrough: {}}}, hostname: web}",
			want: Template{
				"domain.cpu.model": "EPYC", "domain.devices.blockMultiQueue": true, "domain.devices.clientPassthrough": map[string]any{}, "hostname": "web",
			},
		},
		"Volumes": {
			reason: "Volumes are the Wukong's.", template: "{volumes: [{name: a, hostDisk: {path: /}}]}", want: Template{},
			errs: []string{"spec.template.volumes: Forbidden: no template can give this: remove it"},
		},
		"Sockets": {
			reason: "CPUs are a field's.", template: "{domain: {cpu: {sockets: 4}}}", want: Template{},
			errs: []string{"spec.template.domain.cpu.sockets: Forbidden: no template can give this: remove it"},
		},
		"Misspelt": {
			reason: "A word may be misspelt.", template: "{domain: {cpu: {models: EPYC}}}", want: Template{},
			errs: []string{"spec.template.domain.cpu.models: Forbidden: no template can give this: did you mean domain.cpu.model?"},
		},
		"Place": {reason: "A path may have the wrong place.", template: "{cpu: {model: EPYC}, watchdog: {name: w}}", want: Template{}, errs: []string{
			"spec.template.cpu: Forbidden: no template can give this: remove it", "spec.template.watchdog: Forbidden: no template can give this: did you mean domain.devices.watchdog?",
		}},
		"Type": {reason: "Types are KubeVirt's.", template: "{hostname: 5, domain: {devices: {blockMultiQueue: 'yes'}}}", want: Template{}, errs: []string{
			"spec.template.domain.devices.blockMultiQueue: Invalid value: must be true or false, without quotes", "spec.template.hostname: Invalid value: 5: must be a string: put quotes around a number",
		}},
		"Inside": {
			reason: "So are fields below a path, and their capitals.", template: "{domain: {chassis: {Serial: a}}}", want: Template{},
			errs: []string{"spec.template.domain.chassis.Serial: Forbidden: there is no such field: did you mean serial?"},
		},
		"Above": {
			reason: "What is above a path is an object.", template: "{domain: {cpu: 4}}", want: Template{},
			errs: []string{"spec.template.domain.cpu: Invalid value: must be an object with fields"},
		},
		"Enum": {
			reason: "Values of a word are known.", template: "{domain: {ioThreadsPolicy: share}}", want: Template{},
			errs: []string{"spec.template.domain.ioThreadsPolicy: Unsupported value: \"share\": must be " +
				"one of shared, auto, supplementalPool: did you mean shared?"},
		},
		"Negative": {
			reason: "No time is negative.", template: "{terminationGracePeriodSeconds: -1}", want: Template{},
			errs: []string{"spec.template.terminationGracePeriodSeconds: Invalid value: -1: must be between 0 and 9007199254740991"},
		},
		"OneOf": {
			reason: "A clock has one offset.", template: "{domain: {clock: {utc: {}, timezone: Europe/Berlin}}}",
			want: Template{"domain.clock.timezone": "Europe/Berlin"},
			errs: []string{"spec.template.domain.clock.utc: Forbidden: a virtual machine has only one of " +
				"these, and domain.clock.timezone is given, too: remove one of both"},
		},
		"SEV": {
			reason: "Attestation takes an instance that starts paused.", template: "{domain: {launchSecurity: {sev: {attestation: {}}}}}",
			want: Template{},
			errs: []string{"spec.template.domain.launchSecurity.sev.attestation: Forbidden: there is no such field: check its name and its place"},
		},
		"TPM": {
			reason: "A field says this.", template: "{domain: {devices: {tpm: {persistent: true}}}}", want: Template{},
			errs: []string{"spec.template.domain.devices.tpm: Forbidden: no template can give this: remove it"},
		},
		"Deep": {
			reason: "The depth is bounded.", template: deep,
			errs: []string{"spec.template: Invalid value: must have at most 16 levels of fields"},
		},
		"Long": {
			reason: "The length is bounded.", template: long,
			errs: []string{"spec.template: Invalid value: must have at most 1000 values, in at most 32768 bytes"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, errs := Parse(raw(t, tc.template), field.NewPath("spec", "template"))
			var texts []string
			for _, e := range errs {
				texts = append(texts, e.Error())
			}
			if diff := cmp.Diff(tc.errs, texts); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestUnder shows what is said where two templates give the same path.
func TestUnder(t *testing.T) {
	cases := map[string]struct{ reason, under, over, want string }{
		"Neither": {reason: "Nothing is said.", under: "{}", over: "{}", want: "{}"},
		"Both":    {reason: "Other paths are joined.", under: "{hostname: a}", over: "{subdomain: b}", want: "{hostname: a, subdomain: b}"},
		"Same":    {reason: "The stronger one wins.", under: "{hostname: a}", over: "{hostname: b}", want: "{hostname: b}"},
		"Maps": {
			reason: "Maps are merged.", under: "{domain: {features: {hyperv: {relaxed: {enabled: true}, vapic: {}}}}}", over: "{domain: {features: {hyperv: {relaxed: {enabled: false}}}}}",
			want: "{domain: {features: {hyperv: {relaxed: {enabled: false}, vapic: {}}}}}",
		},
		"Lists": {
			reason: "Lists are not.", under: "{domain: {cpu: {features: [{name: vmx}]}}}", over: "{domain: {cpu: {features: [{name: svm}]}}}",
			want: "{domain: {cpu: {features: [{name: svm}]}}}",
		},
		"Whole": {
			reason: "A watchdog has one device.", under: "{domain: {devices: {watchdog: {name: a, diag288: {}}}}}", over: "{domain: {devices: {watchdog: {name: b, i6300esb: {}}}}}",
			want: "{domain: {devices: {watchdog: {name: b, i6300esb: {}}}}}",
		},
		"Choice": {
			reason: "A clock has one offset.", under: "{domain: {clock: {utc: {}, timer: {kvm: {}}}}}", over: "{domain: {clock: {timezone: Europe/Berlin}}}",
			want: "{domain: {clock: {timezone: Europe/Berlin, timer: {kvm: {}}}}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			under, over := parse(t, tc.under), parse(t, tc.over)
			got := Choice{Platform: under, Wukong: over}.Merged()
			if diff := cmp.Diff(parse(t, tc.want), got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(parse(t, tc.under), under); diff != "" {
				t.Errorf("want the template to stay as it was\n-want, +got:\n%s", diff)
			}
		})
	}
}

// TestCheckAllowed shows the errors about entries of an allow list that allow nothing.
func TestCheckAllowed(t *testing.T) {
	var got []string
	for _, e := range CheckAllowed([]v1beta1.TemplatePath{"*", "domain.cpu.*", "hostname", "domain.cpu.models", "volumes", "domain.devices.gpus*"}, field.NewPath("limits", "templatePaths")) {
		got = append(got, e.Error())
	}
	want := []string{
		`limits.templatePaths[1]: Invalid value: "domain.cpu.*": every Wukong has the field performance.cpuModel for this: remove it`,
		`limits.templatePaths[3]: Invalid value: "domain.cpu.models": no template can give this path: did you mean domain.cpu.model?`,
		`limits.templatePaths[4]: Invalid value: "volumes": no template can give this path: remove it`,
		`limits.templatePaths[5]: Invalid value: "domain.devices.gpus*": no template can give this path: remove it`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// full returns a spec with something in each place that no template may reach.
func full(t testing.TB) kubevirtv1.VirtualMachineInstanceSpec {
	t.Helper()
	var out kubevirtv1.VirtualMachineInstanceSpec
	if err := yaml.Unmarshal([]byte(`
domain:
  cpu: {sockets: 2, cores: 1, threads: 1}
  memory: {guest: 1Gi}
  firmware: {uuid: 6a1a24a1-4061-4607-8bf4-a3963d0c5895, bootloader: {efi: {secureBoot: true}}}
  features: {smm: {enabled: true}}
  devices:
    rng: {}
    disks: [{name: system, disk: {bus: virtio}}]
    interfaces: [{name: lan, bridge: {}}]
    gpus: [{name: gpu, deviceName: nvidia.com/A10}]
networks: [{name: lan, multus: {networkName: lan}}]
volumes: [{name: system, persistentVolumeClaim: {claimName: system}}]
accessCredentials: [{sshPublicKey: {source: {secret: {secretName: keys}}, propagationMethod: {noCloud: {}}}}]
nodeSelector: {zone: a}
terminationGracePeriodSeconds: 180
`), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// outside returns a spec without what a template may give, as JSON.
func outside(t require, spec kubevirtv1.VirtualMachineInstanceSpec) map[string]any {
	b, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		remove(out, strings.Split(name, "."))
	}
	return out
}

// require is a test, or one of many of a property.
type require interface{ Fatal(args ...any) }

// remove removes a path, and what is empty above it.
func remove(o map[string]any, path []string) {
	if len(path) > 1 {
		below, _ := o[path[0]].(map[string]any)
		if below == nil {
			return
		}
		if remove(below, path[1:]); len(below) > 0 {
			return
		}
	}
	delete(o, path[0])
}

// TestReach shows that a template, whatever is in it, changes nothing beside its paths, and that it says the same when it is read again.
func TestReach(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := json.Marshal(wukongtest.HostileTemplate().Draw(t, "template"))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := Parse(&runtime.RawExtension{Raw: b}, field.NewPath("spec", "template"))
		spec := full(nopTB{})
		want := outside(t, spec)
		if err := got.Apply(&spec); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if diff := cmp.Diff(want, outside(t, spec)); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", b, diff)
		}
		text, err := got.JSON()
		if err != nil {
			t.Fatal(err)
		}
		again, errs := Parse(&runtime.RawExtension{Raw: []byte(text)}, field.NewPath("spec", "template"))
		if diff := cmp.Diff(got.Names(), again.Names()); diff != "" || len(errs) > 0 {
			t.Errorf("%s: %v\n-want, +got:\n%s", text, errs, diff)
		}
	})
}

// nopTB fails where a helper of a test cannot.
type nopTB struct{ testing.TB }

func (nopTB) Helper()           {}
func (nopTB) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// TestFields shows what fields of a Wukong say at the paths of templates, and that what is left out of the platform team's template is gone.
func TestFields(t *testing.T) {
	const platform = "{domain: {cpu: {model: EPYC, numa: {guestMappingPassthrough: {}}}, clock: {timezone: Europe/Berlin}, devices: {watchdog: {name: w, i6300esb: {}}, " +
		"sound: {name: s}, inputs: [{name: t, type: tablet, bus: usb}]}}}"
	cases := map[string]struct{ reason, platform, spec, want string }{
		"Nothing": {reason: "The platform team's template is what holds where no field does.", spec: "{performance: {}, devices: {}}", want: platform},
		"Performance": {
			reason: "Each field has a path.",
			spec: "{performance: {cpuModel: host-passthrough, cpuFeatures: [{name: vmx}, {name: svm, policy: disable}], dedicatedCpuPlacement: true, " +
				"isolateEmulatorThread: true, numa: {guestMappingPassthrough: true}, hugepages: {pageSize: 1Gi}, ioThreadsPolicy: supplementalPool, " +
				"ioThreads: {supplementalPoolThreadCount: 2}, blockMultiQueue: false, networkInterfaceMultiqueue: true}, " +
				"devices: {watchdog: None, sound: None, tablet: false}}",
			want: "{domain: {cpu: {model: host-passthrough, features: [{name: vmx}, {name: svm, policy: disable}], dedicatedCpuPlacement: true, " +
				"isolateEmulatorThread: true, numa: {guestMappingPassthrough: {}}}, memory: {hugepages: {pageSize: 1Gi}}, ioThreadsPolicy: supplementalPool, " +
				"ioThreads: {supplementalPoolThreadCount: 2}, clock: {timezone: Europe/Berlin}, " +
				"devices: {blockMultiQueue: false, networkInterfaceMultiqueue: true, autoattachInputDevice: false}}}",
		},
		"Devices": {
			reason: "So has each device.",
			spec: "{performance: {numa: {guestMappingPassthrough: false}}, devices: {autoattachGraphicsDevice: true, video: vga, tablet: true, logSerialConsole: false, " +
				"watchdog: poweroff, sound: ac97, clock: {utcOffsetSeconds: -60}}}",
			want: "{domain: {cpu: {model: EPYC}, clock: {utc: {offsetSeconds: -60}}, devices: {autoattachGraphicsDevice: true, video: {type: vga}, " +
				"inputs: [{name: tablet, type: tablet}], logSerialConsole: false, watchdog: {name: watchdog, i6300esb: {action: poweroff}}, " +
				"sound: {name: sound, model: ac97}}}}",
		},
		"NoScreen": {
			reason:   "The graphics card goes with the screen, and the pool with its policy.",
			platform: "{domain: {ioThreadsPolicy: supplementalPool, ioThreads: {supplementalPoolThreadCount: 4}, devices: {video: {type: vga}}}}",
			spec:     "{performance: {ioThreadsPolicy: shared}, devices: {autoattachGraphicsDevice: false}}",
			want:     "{domain: {ioThreadsPolicy: shared, devices: {autoattachGraphicsDevice: false}}}",
		},
		"Zone": {
			reason: "A time zone takes the place of another one.", spec: "{devices: {clock: {timezone: UTC}}}",
			want: "{domain: {cpu: {model: EPYC, numa: {guestMappingPassthrough: {}}}, clock: {timezone: UTC}, devices: {watchdog: {name: w, i6300esb: {}}, " +
				"sound: {name: s}, inputs: [{name: t, type: tablet, bus: usb}]}}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var spec v1alpha1.WukongSpec
			if err := yaml.Unmarshal([]byte(tc.spec), &spec); err != nil {
				t.Fatal(err)
			}
			if tc.platform == "" {
				tc.platform = platform
			}
			merged := Choice{Platform: parse(t, tc.platform), Fields: OfFields(&spec)}.Merged()
			var got, want kubevirtv1.VirtualMachineInstanceSpec
			if err := merged.Apply(&got); err != nil {
				t.Fatal(err)
			}
			if err := parse(t, tc.want).Apply(&want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestWithoutFields shows that the template of a Wukong gives nothing that a field says.
func TestWithoutFields(t *testing.T) {
	path := field.NewPath("spec", "template")
	got, errs := parse(t, "{hostname: web, domain: {cpu: {model: EPYC}}}").WithoutFields(path)
	if diff := cmp.Diff(Template{"hostname": "web"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	const want = "spec.template.domain.cpu.model: Forbidden: a Wukong has the field performance.cpuModel for this: give that instead"
	if len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("want %q, got %v", want, errs)
	}
}

// TestEveryPath shows that each path takes what KubeVirt takes there, and that it is found again in what is applied.
func TestEveryPath(t *testing.T) {
	seen := map[string]bool{}
	g := wukongtest.GatedTemplate()
	for i := range 2000 {
		b, err := json.Marshal(g.Example(i))
		if err != nil {
			t.Fatal(err)
		}
		got, errs := Parse(&runtime.RawExtension{Raw: b}, field.NewPath("spec", "template"))
		if len(errs) > 0 {
			t.Fatalf("%s: %v", b, errs)
		}
		spec := kubevirtv1.VirtualMachineInstanceSpec{}
		if err := got.Apply(&spec); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		applied, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		s := &structpb.Struct{}
		if err := s.UnmarshalJSON(applied); err != nil {
			t.Fatal(err)
		}
		for name := range got {
			seen[name] = true
		}
		if diff := cmp.Diff(got.Applied(), Of(s)); diff != "" {
			t.Errorf("%s is applied as %s: -want, +got:\n%s", b, applied, diff)
		}
	}
	for _, p := range Paths() {
		if !seen[p.Name] && p.Field == "" && !slices.Contains([]string{"domain.launchSecurity.sev", "domain.launchSecurity.snp", "domain.launchSecurity.tdx"}, p.Name) {
			t.Errorf("no template has the path %s", p.Name)
		}
	}
}

// TestOutOfReach shows that no path of the table leads to what a template may not reach, or holds it, and that none is what a field of a Wukong says.
func TestOutOfReach(t *testing.T) {
	for _, name := range names {
		for _, closed := range []string{
			"volumes", "networks", "accessCredentials", "serviceAccountName", "resourceClaims", "utilityVolumes", "livenessProbe", "readinessProbe",
			"affinity", "nodeSelector", "tolerations", "evictionStrategy", "startStrategy", "domain.resources", "domain.firmware", "domain.cpu.sockets",
			"domain.cpu.cores", "domain.cpu.threads", "domain.cpu.realtime", "domain.memory.guest", "domain.memory.maxGuest", "domain.memory.reservedOverhead",
			"domain.features.smm", "domain.features.hypervPassthrough", "domain.devices.disks", "domain.devices.interfaces", "domain.devices.gpus",
			"domain.devices.hostDevices", "domain.devices.filesystems", "domain.devices.rng", "domain.devices.autoattachPodInterface", "domain.devices.tpm",
		} {
			if name == closed || strings.HasPrefix(name, closed+".") || strings.HasPrefix(closed, name+".") {
				t.Errorf("path %s reaches %s", name, closed)
			}
		}
	}
}
