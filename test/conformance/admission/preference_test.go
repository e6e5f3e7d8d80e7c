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
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/mock/gomock"
	"k8s.io/apimachinery/pkg/util/yaml"
	"kubevirt.io/api/instancetype/v1beta1"
	"kubevirt.io/client-go/kubecli"
	kubevirtfake "kubevirt.io/client-go/kubevirt/fake"

	instancetype "kubevirt.io/kubevirt/pkg/instancetype/webhooks/vm"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks"
)

// mostCPUs is up to how many CPUs a virtual machine is asked for with each preference. Some ask for eight themselves.
const mostCPUs = 8

// refused are the preferences and numbers of CPUs that KubeVirt does not take together, though the preference asks for no more. The one of
// Windows 11 asks for two sockets, and an odd number of CPUs is on one, as that guest uses no more than two: the Wukong is advised of it.
var refused = map[string]string{
	"windows.11 with 3 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11 with 5 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11 with 7 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 3 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 5 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 7 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
}

// TestPreferences shows that KubeVirt admits a virtual machine with each preference that it ships and as many CPUs as that asks for, or more.
func TestPreferences(t *testing.T) {
	shipped := shippedPreferences(t)
	client := kubevirtfake.NewSimpleClientset()
	var specs bytes.Buffer
	encoder := json.NewEncoder(&specs)
	for _, p := range shipped {
		if err := client.Tracker().Add(p); err != nil {
			t.Fatal(err)
		}
		for n := range mostCPUs {
			spec := map[string]any{"cpu": n + 1, "memory": "8Gi", "preference": map[string]any{"name": p.Name}, "disks": []any{map[string]any{"name": "system", "size": "20Gi"}}}
			if err := encoder.Encode(spec); err != nil {
				t.Fatal(err)
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

	got, admitted := map[string]string{}, 0
	for i, w := range wukongs {
		p, n := shipped[i/mostCPUs], i%mostCPUs+1
		rsp := admitter.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, w.Manifests["vm"], nil))
		switch satisfied := asks(p) <= n; {
		case rsp.Allowed && !satisfied:
			t.Errorf("%s asks for %d CPUs, and was admitted with %d", p.Name, asks(p), n)
		case rsp.Allowed:
			admitted++
		case satisfied:
			got[fmt.Sprintf("%s with %d CPUs", p.Name, n)] = rsp.Result.Message
		}
	}
	for what, why := range refused {
		if strings.Contains(got[what], why) {
			got[what] = why
		}
	}
	if diff := cmp.Diff(refused, got); diff != "" {
		t.Errorf("what is refused: -want, +got:\n%s", diff)
	}
	t.Logf("%d preferences, %d virtual machines admitted", len(shipped), admitted)
}

// bundle is where KubeVirt's module has the preferences that virt-operator installs. The package that embeds them needs much of OpenShift.
const bundle = "pkg/virt-operator/resource/generate/components/data/common-instancetypes/common-clusterpreferences-bundle.yaml"

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

// asks is how many CPUs a preference asks for.
func asks(p *v1beta1.VirtualMachineClusterPreference) int {
	if r := p.Spec.Requirements; r != nil && r.CPU != nil {
		return int(r.CPU.Guest)
	}
	return 0
}
