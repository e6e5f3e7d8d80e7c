package admission

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"kubevirt.io/kubevirt/pkg/defaults"
	"kubevirt.io/kubevirt/pkg/testutils"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks/validating-webhook/admitters"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
)

// A pair is a spec with a pair of values, or with more, as the program rendered prints it.
type pair struct {
	With    []string
	Spec    json.RawMessage
	VM      *kubevirtv1.VirtualMachine
	Refused []string
	Error   string
	Merged  *kubevirtv1.VirtualMachine
	GateOff bool
}

// refusals are the refusals of the function for pairs of which it takes each value alone, by their IDs, and whether KubeVirt refuses what the function would
// render without them: for all such pairs, for some, or for none.
var refusals = map[string]string{
	"arm64-bus":                 "all",
	"arm64-devices":             "all",
	"block-size-on-sata":        "all",
	"dedicated-io-thread-bus":   "all",
	"max-memory-smaller":        "all",
	"memory-cannot-grow":        "all",
	"memory-of-pages":           "all",
	"numa-cannot-grow":          "all",
	"persistent-without-efi":    "all",
	"request-over-limit":        "all",
	"secure-boot-without-efi":   "all",
	"template-encrypted":        "all",
	"template-no-growth":        "all",
	"template-not-on-arm64":     "all",
	"tuned-disk-without-bus":    "all",
	"video-without-graphics":    "all",
	"vm-drive-gate-off":         "all",
	"probe-without-pod-network": "all",

	// KubeVirt 1.9 takes a BIOS, which QEMU does not have there; KubeVirt 1.8 does not.
	"arm64-firmware": byVersion,

	// KubeVirt takes more sockets to come, and never adds them.
	"arm64-growth": "some",

	// KubeVirt takes the same number of CPUs as the guest has, and ignores memory.
	"resources-of-dedicated": "some",

	// KubeVirt takes pages that are fewer than the guest's memory, and libvirt then starts no guest.
	"resources-of-pages": "none",

	// KubeVirt takes both, and kills the pod, or reserves memory that no guest has.
	"limit-under-memory":  "none",
	"request-over-memory": "none",

	// libvirt takes one offset.
	"clock-twice": "none",
	// KubeVirt takes a cache with which libvirt does not start the guest, or which virt-launcher refuses.
	"io-native-cached": "none",
	"shareable-cached": "none",

	// KubeVirt takes any bus and blocks of any size for a lun, which QEMU does not have there.
	"lun-bus":    "none",
	"lun-tuning": "some",

	// What is merged is the lun.
	"reservation-without-lun": "none",

	// An instance type gives the size, and KubeVirt says so once it reads that.
	"machine-growth-twice":      "none",
	"machine-size-twice":        "none",
	"resources-of-instancetype": "none",
}

// byVersion says that versions of KubeVirt differ in what they make of a refusal.
const byVersion = "by version"

// TestPairs shows that KubeVirt admits what the function accepts of each pair of values of the fields of a computer, and of many combinations of more: the virtual
// machine, a change of another one to it, and the instance that it starts.
func TestPairs(t *testing.T) {
	began := time.Now()
	pairs := renderedPairs(t)
	rendered := time.Since(began)
	judges := map[bool]*judge{false: newJudge(t, pairConfig("DeclarativeHotplugVolumes")), true: newJudge(t, pairConfig())}
	accepted, seen, both, without := 0, map[string]bool{}, map[[2]string]bool{}, map[string]map[bool]int{}
	problems := map[string][]string{}
	for _, p := range pairs {
		for i, a := range p.With {
			seen[a] = true
			for _, b := range p.With[:i] {
				both[[2]string{min(a, b), max(a, b)}] = true
			}
		}
		judge := judges[p.GateOff]
		if p.VM == nil {
			if len(p.Refused) == 0 {
				t.Fatalf("%v is refused by no message that is known: %s", p.With, p.Error)
			}
			if p.Merged != nil {
				refused := judge.refuses(t, p.Merged) != ""
				for _, id := range p.Refused {
					if without[id] == nil {
						without[id] = map[bool]int{}
					}
					without[id][refused]++
				}
			}
			continue
		}
		accepted++
		if message := judge.refuses(t, p.VM); message != "" {
			problems[message] = append(problems[message], strings.Join(p.With, " "))
		}
	}
	for message, with := range problems {
		slices.SortFunc(with, func(a, b string) int { return len(a) - len(b) })
		t.Errorf("KubeVirt refuses %d of what the function accepts, such as %q: %s", len(with), with[0], message)
	}
	got := map[string]string{}
	for id, by := range without {
		switch {
		case refusals[id] == byVersion && by[true] > 0:
			got[id] = byVersion
		case by[false] == 0:
			got[id] = "all"
		case by[true] == 0:
			got[id] = "none"
		default:
			got[id] = "some"
		}
	}
	if diff := cmp.Diff(refusals, got); diff != "" {
		t.Errorf("refusals of the function that KubeVirt repeats: -want, +got:\n%s%v", diff, without)
	}
	factorOf := func(v string) string { name, _, _ := strings.Cut(v, "="); return name }
	values := slices.Sorted(maps.Keys(seen))
	for i, a := range values {
		for _, b := range values[:i] {
			if !both[[2]string{min(a, b), max(a, b)}] && factorOf(a) != factorOf(b) {
				t.Errorf("%s and %s do not occur together", a, b)
			}
		}
	}
	t.Logf("%d values, %d pairs of them, %d specs of which the function accepts %d; rendered in %v, judged in %v",
		len(values), len(both), len(pairs), accepted, rendered.Round(time.Second), (time.Since(began) - rendered).Round(time.Second))
}

// A judge holds KubeVirt's webhooks in one cluster.
type judge struct {
	config    *virtconfig.ClusterConfig
	machines  *admitters.VMsAdmitter
	instances *admitters.VMICreateAdmitter

	// last is the virtual machine that was admitted last.
	last []byte
}

func newJudge(t *testing.T, config *virtconfig.ClusterConfig) *judge {
	t.Helper()
	return &judge{config: config, machines: vmAdmitter(t, config), instances: vmiAdmitter(config)}
}

// refuses returns why KubeVirt refuses a virtual machine, the instance that it starts, or a change to it of the one that was admitted last; empty where it
// refuses none.
func (j *judge) refuses(t *testing.T, vm *kubevirtv1.VirtualMachine) string {
	t.Helper()
	defaults.SetVirtualMachineDefaults(vm, j.config, j.machines.VirtClient)
	raw := encode(t, vm)
	if rsp := j.machines.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, raw, nil)); !rsp.Allowed {
		return "create: " + words(rsp)
	}
	started := vm.DeepCopy()
	j.machines.InstancetypeAdmitter.ApplyToVM(started)
	vmi := &kubevirtv1.VirtualMachineInstance{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: "VirtualMachineInstance"},
		ObjectMeta: metav1.ObjectMeta{Name: vm.Name, Namespace: vm.Namespace, Labels: started.Spec.Template.ObjectMeta.Labels},
		Spec:       started.Spec.Template.Spec,
	}
	if err := defaults.SetDefaultVirtualMachineInstance(j.config, vmi); err != nil {
		return "instance: " + err.Error()
	}
	if rsp := j.instances.Admit(t.Context(), review(webhooks.VirtualMachineInstanceGroupVersionResource, encode(t, vmi), nil)); !rsp.Allowed {
		return "instance: " + words(rsp)
	}
	old := j.last
	j.last = raw
	if old == nil {
		return ""
	}
	if rsp := j.machines.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, raw, old)); !rsp.Allowed {
		return "update: " + words(rsp)
	}
	return ""
}

// words returns why a webhook refuses.
func words(rsp *admissionv1.AdmissionResponse) string {
	if rsp.Result == nil {
		return "without a reason"
	}
	return rsp.Result.Message
}

// pairConfig returns the configuration of KubeVirt in the clusters of pairs, with more feature gates.
func pairConfig(gates ...string) *virtconfig.ClusterConfig {
	config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(&kubevirtv1.KubeVirtConfiguration{DeveloperConfiguration: &kubevirtv1.DeveloperConfiguration{
		FeatureGates: append(gates, templateGates...), DisabledFeatureGates: []string{"DeclarativeHotplugVolumes"},
	}})
	return config
}

// renderedPairs returns the pairs that the function renders for this KubeVirt.
func renderedPairs(t *testing.T) []pair {
	t.Helper()
	version, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "kubevirt.io/kubevirt").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./test/conformance/rendered",
		"--pairs="+strings.TrimSpace(string(version)), fmt.Sprintf("--count=%d", *count), fmt.Sprintf("--seed=%d", *seed))
	cmd.Dir, cmd.Stderr, cmd.Env = "../../../..", os.Stderr, append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var pairs []pair
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var p pair
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// encode returns an object in JSON.
func encode(t *testing.T, o any) []byte {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
