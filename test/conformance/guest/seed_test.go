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

// A seed is what KubeVirt puts onto the disk of the NoCloud data source.
type seed struct {
	userData, networkData, metaData string

	// macs of the virtual machine's network interfaces, in the order of its devices.
	macs []string
}

// Secrets of the Wukong's namespace, by their names.
type secrets map[string]map[string][]byte

// render a Wukong of the spec, in YAML, and give what comes of it, with the Secrets that are there already, to KubeVirt.
func render(t *testing.T, spec string, existing secrets) seed {
	t.Helper()
	return renderIn(t, "", spec, existing)
}

// renderIn renders in a cluster of which the platform team says so much, in YAML; empty for nothing.
func renderIn(t *testing.T, cluster, spec string, existing secrets) seed {
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
	said, err := structpb.NewStruct(settings)
	if err != nil {
		t.Fatal(err)
	}
	req.GetInput().Fields["cluster"] = structpb.NewStructValue(said)
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
		t.Fatalf("no virtual machine was rendered: %v", rsp.GetResults())
	}
	return kubevirtSeed(t, vm, all)
}

func convert(t *testing.T, manifest map[string]any, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(manifest, into); err != nil {
		t.Fatal(err)
	}
}

// kubevirtSeed does as KubeVirt does (pkg/cloud-init): the keys of the Secrets that accessCredentials propagate by noCloud are in the
// metadata, in the order of their files.
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
		// A volume without a device is not in the guest, and KubeVirt says nothing of it.
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
