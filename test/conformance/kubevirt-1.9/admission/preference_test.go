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

// maxCPUs is the largest number of CPUs that is tested with each preference. Some preferences require eight.
const maxCPUs = 8

// refused are the preferences that KubeVirt refuses with a number of CPUs, though they require no more, and its messages. Windows 11 requires two
// sockets. An odd number of CPUs has one socket, because that guest uses at most two; the function advises of it.
var refused = map[string]string{
	"windows.11 with 3 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11 with 5 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11 with 7 CPUs":        "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 3 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 5 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
	"windows.11.virtio with 7 CPUs": "1 vCPU provided by VirtualMachine, preference requires 2 vCPU provided as sockets",
}

// TestPreferences shows that KubeVirt admits a virtual machine with each preference that it installs and as many CPUs as that requires, or more.
func TestPreferences(t *testing.T) {
	shipped := shippedPreferences(t)
	client := kubevirtfake.NewSimpleClientset()
	var specs bytes.Buffer
	encoder := json.NewEncoder(&specs)
	for _, p := range shipped {
		if err := client.Tracker().Add(p); err != nil {
			t.Fatal(err)
		}
		for n := range maxCPUs {
			spec := map[string]any{
				"cpu": n + 1, "memory": "8Gi", "preference": map[string]any{"name": p.Name},
				"disks": []any{map[string]any{"name": "system", "size": "20Gi"}},
			}
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
		p, n := shipped[i/maxCPUs], i%maxCPUs+1
		rsp := admitter.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, w.Manifests["vm"], nil))
		switch satisfied := requiredCPUs(p) <= n; {
		case rsp.Allowed && !satisfied:
			t.Errorf("%s requires %d CPUs, and was admitted with %d", p.Name, requiredCPUs(p), n)
		case rsp.Allowed:
			admitted++
		case satisfied:
			got[fmt.Sprintf("%s with %d CPUs", p.Name, n)] = rsp.Result.Message
		}
	}
	for combination, message := range refused {
		if strings.Contains(got[combination], message) {
			got[combination] = message
		}
	}
	if diff := cmp.Diff(refused, got); diff != "" {
		t.Errorf("refused combinations: -want, +got:\n%s", diff)
	}
	t.Logf("%d preferences, %d virtual machines admitted", len(shipped), admitted)
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
