//go:build conformance

package guest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A seed has the files on the disk of the NoCloud data source.
type seed struct {
	userData, networkData, metaData string

	// macs of the virtual machine's network interfaces, in the order of its devices.
	macs []string
}

// secrets are the data of the Secrets in the Wukong's namespace, by name.
type secrets map[string]map[string][]byte

// render renders a Wukong with a spec in YAML, and returns the seed that KubeVirt makes of it and of existing Secrets.
func render(t *testing.T, spec string, existing secrets) seed {
	t.Helper()
	return renderInCluster(t, "", spec, existing)
}

// renderInCluster renders with the field cluster of the Input, in YAML; empty for none.
func renderInCluster(t *testing.T, cluster, spec string, existing secrets) seed {
	t.Helper()
	settings := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(cluster), &settings); err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(spec), &values); err != nil {
		t.Fatal(err)
	}
	values["cpu"], values["memory"], values["disks"] = 1, "1Gi", []any{map[string]any{"name": "system", "image": "docker://example.org/debian", "size": "10Gi"}}
	req, err := wukongtest.Request(values)
	if err != nil {
		t.Fatal(err)
	}
	clusterValue, err := structpb.NewStruct(settings)
	if err != nil {
		t.Fatal(err)
	}
	req.GetInput().Fields["cluster"] = structpb.NewStructValue(clusterValue)
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}

	all, vm := maps.Clone(existing), &kubevirtv1.VirtualMachine{}
	if all == nil {
		all = secrets{}
	}
	for key, r := range rsp.GetDesired().GetResources() {
		manifest := compose.Unwrap(r.GetResource().AsMap())
		switch key {
		case "vm":
			convert(t, manifest, vm)
		case "cloud-init":
			s := &corev1.Secret{}
			convert(t, manifest, s)
			all[s.GetName()] = s.Data
		}
	}
	if vm.Spec.Template == nil {
		t.Fatalf("the function refuses the Wukong: %v", rsp.GetResults())
	}
	return kubevirtSeed(t, vm, all)
}

// convert decodes a manifest.
func convert(t *testing.T, manifest map[string]any, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(manifest, into); err != nil {
		t.Fatal(err)
	}
}

// kubevirtSeed returns the seed that KubeVirt makes (pkg/cloud-init). The metadata has the keys of the Secrets that accessCredentials propagate by
// noCloud, in the order of their files.
func kubevirtSeed(t *testing.T, vm *kubevirtv1.VirtualMachine, all secrets) seed {
	t.Helper()
	instance := vm.Spec.Template.Spec
	keys := map[string]string{}
	for _, c := range instance.AccessCredentials {
		if c.SSHPublicKey == nil || c.SSHPublicKey.PropagationMethod.NoCloud == nil {
			continue
		}
		files := all[c.SSHPublicKey.Source.Secret.SecretName]
		for _, file := range slices.Sorted(maps.Keys(files)) {
			keys[strconv.Itoa(len(keys))] = string(files[file])
		}
	}
	hostname, _, _ := strings.Cut(vm.GetName(), ".")
	metaData, err := json.Marshal(struct {
		InstanceID    string            `json:"instance-id"`
		LocalHostname string            `json:"local-hostname,omitempty"`
		PublicSSHKeys map[string]string `json:"public-keys,omitempty"`
	}{"5a9fc181-957e-5c32-9e5a-2de5e9673531", hostname, keys})
	if err != nil {
		t.Fatal(err)
	}

	s := seed{metaData: string(metaData)}
	for _, v := range instance.Volumes {
		// KubeVirt accepts a volume without a device, but the guest does not have it.
		attached := slices.ContainsFunc(instance.Domain.Devices.Disks, func(d kubevirtv1.Disk) bool { return d.Name == v.Name })
		if c := v.CloudInitNoCloud; c != nil && attached {
			s.userData = string(all[c.UserDataSecretRef.Name]["userdata"])
			s.networkData = string(all[c.NetworkDataSecretRef.Name]["networkdata"])
		}
	}
	for _, i := range instance.Domain.Devices.Interfaces {
		s.macs = append(s.macs, i.MacAddress)
	}
	return s
}
