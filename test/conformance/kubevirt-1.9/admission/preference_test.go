package admission

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/mock/gomock"
	"k8s.io/apimachinery/pkg/util/yaml"
	"kubevirt.io/api/instancetype/v1beta1"
	"kubevirt.io/client-go/kubecli"
	kubevirtfake "kubevirt.io/client-go/kubevirt/fake"

	instancetype "kubevirt.io/kubevirt/pkg/instancetype/webhooks/vm"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks"
)

// maxCPUs is the largest number of CPUs that is tested with each preference. Some preferences require eight.
const maxCPUs = 8

// coresPerSocket are the numbers of CPUs in each socket that are tested, where they divide the number of CPUs. None leaves it to the function.
var coresPerSocket = []int{0, 1, 2, 4}

// A sized is a virtual machine with a preference.
type sized struct {
	preference  *v1beta1.VirtualMachineClusterPreference
	cpus, cores int
}

func (s sized) String() string {
	out := fmt.Sprintf("%s with %d CPUs", s.preference.Name, s.cpus)
	if s.cores > 0 {
		out += fmt.Sprintf(", %d in each socket", s.cores)
	}
	return out
}

// spec returns the spec of its Wukong.
func (s sized) spec() map[string]any {
	out := map[string]any{
		"cpu": s.cpus, "memory": "8Gi", "preference": map[string]any{"name": s.preference.Name},
		"disks": []any{map[string]any{"name": "system", "size": "20Gi"}},
	}
	if s.cores > 0 {
		out["coresPerSocket"] = s.cores
	}
	return out
}

// sockets returns the number of its sockets. The function gives the client editions of Windows two sockets at most, and one where the number of CPUs is odd.
func (s sized) sockets() int {
	switch {
	case s.cores > 0:
		return s.cpus / s.cores
	case !clientEdition.MatchString(s.preference.Name):
		return s.cpus
	case s.cpus%2 == 0:
		return 2
	default:
		return 1
	}
}

var clientEdition = regexp.MustCompile(`^windows\.(xp|7|10|11)(\.|$)`)

// TestPreferences shows that KubeVirt admits a virtual machine with each preference that it installs where it has as many CPUs as that requires. Those of most
// preferences are counted as sockets, so that cores do not count; those of the others in which countsAll are all CPUs.
func TestPreferences(t *testing.T) {
	shipped := shippedPreferences(t)
	client := kubevirtfake.NewSimpleClientset()
	var specs bytes.Buffer
	encoder := json.NewEncoder(&specs)
	var all []sized
	for _, p := range shipped {
		if err := client.Tracker().Add(p); err != nil {
			t.Fatal(err)
		}
		for n := range maxCPUs {
			for _, cores := range coresPerSocket {
				if cores > 0 && (n+1)%cores != 0 {
					continue
				}
				s := sized{preference: p, cpus: n + 1, cores: cores}
				all = append(all, s)
				if err := encoder.Encode(s.spec()); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	wukongs, err := render(&specs, "--specs")
	if err != nil {
		t.Fatal(err)
	}

	kubevirt := kubecli.NewMockKubevirtClient(gomock.NewController(t))
	kubevirt.EXPECT().VirtualMachineClusterPreference().Return(client.InstancetypeV1beta1().VirtualMachineClusterPreferences()).AnyTimes()
	admitter := vmAdmitter(t, defaultConfig())
	admitter.InstancetypeAdmitter = instancetype.NewAdmitter(kubevirt)

	admitted, refused := 0, map[string]int{}
	for i, w := range wukongs {
		s := all[i]
		rsp := admitter.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, w.Manifests["vm"], nil))
		required, has := requiredCPUs(s.preference), s.sockets()
		if countsAll(s.preference) {
			has = s.cpus
		}
		switch {
		case rsp.Allowed && has < required:
			t.Errorf("%s requires %d, and was admitted with %d", s, required, has)
		case rsp.Allowed:
			admitted++
		case has >= required:
			t.Errorf("%s is refused: %s", s, rsp.Result.Message)
		case s.cpus >= required:
			refused[s.preference.Name]++
		}
	}
	t.Logf("%d preferences, %d virtual machines admitted; refused though they have as many CPUs: %v", len(shipped), admitted, refused)
}

// countsAll reports whether KubeVirt counts all CPUs for a preference, and not its sockets.
func countsAll(p *v1beta1.VirtualMachineClusterPreference) bool {
	return p.Spec.CPU != nil && p.Spec.CPU.PreferredCPUTopology != nil && *p.Spec.CPU.PreferredCPUTopology == v1beta1.Spread
}

// bundle is the file in KubeVirt's module with the preferences that virt-operator installs. The package that embeds it depends on OpenShift's API.
const bundle = "pkg/virt-operator/resource/generate/components/data/common-instancetypes/common-clusterpreferences-bundle.yaml"

// shippedPreferences returns the preferences that KubeVirt installs.
func shippedPreferences(t *testing.T) []*v1beta1.VirtualMachineClusterPreference {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "kubevirt.io/kubevirt")
	list.Env = append(os.Environ(), "GOWORK=off")
	dir, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), bundle))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []*v1beta1.VirtualMachineClusterPreference
	in := yaml.NewYAMLOrJSONDecoder(f, 4096)
	for {
		p := &v1beta1.VirtualMachineClusterPreference{}
		err := in.Decode(p)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
}

// requiredCPUs returns the number of CPUs that a preference requires.
func requiredCPUs(p *v1beta1.VirtualMachineClusterPreference) int {
	if r := p.Spec.Requirements; r != nil && r.CPU != nil {
		return int(r.CPU.Guest)
	}
	return 0
}
