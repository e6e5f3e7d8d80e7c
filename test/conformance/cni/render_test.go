package cni

import (
	"encoding/json"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A machine is what the function renders for a Wukong.
type machine struct {
	name string
	vm   kubevirtv1.VirtualMachine
	nads map[string]nadv1.NetworkAttachmentDefinition
}

// newMachine renders a Wukong with a name and networks.
func newMachine(t *testing.T, name string, networks ...map[string]any) *machine {
	t.Helper()
	list := make([]any, len(networks))
	for i, n := range networks {
		list[i] = n
	}
	spec := wukongtest.Smallest("{}")
	spec["networks"] = list
	req, err := wukongtest.Request(spec)
	if err != nil {
		t.Fatal(err)
	}
	claim := req.GetObserved().GetComposite().GetResource().GetFields()["spec"].GetStructValue().GetFields()["claimRef"].GetStructValue()
	claim.Fields["name"] = structpb.NewStringValue(name)

	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(rsp.GetDesired().GetResources()) == 0 {
		t.Fatalf("the function refuses the Wukong: %v", rsp.GetResults())
	}
	m := &machine{name: name, nads: map[string]nadv1.NetworkAttachmentDefinition{}}
	for _, r := range rsp.GetDesired().GetResources() {
		m.add(t, r)
	}
	return m
}

// add decodes the virtual machine, or one of its NetworkAttachmentDefinitions.
func (m *machine) add(t *testing.T, r *fnv1.Resource) {
	t.Helper()
	manifest := compose.Unwrap(r.GetResource().AsMap())
	var err error
	switch manifest["kind"] {
	case "VirtualMachine":
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(manifest, &m.vm)
	case "NetworkAttachmentDefinition":
		nad := nadv1.NetworkAttachmentDefinition{}
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(manifest, &nad)
		m.nads[nad.GetName()] = nad
	}
	if err != nil {
		t.Fatal(err)
	}
}

// nic returns the interface of the virtual machine on a network, and the configuration of the CNI plugin that attaches it.
func (m *machine) nic(t *testing.T, network string) (kubevirtv1.Interface, json.RawMessage) {
	t.Helper()
	spec := m.vm.Spec.Template.Spec
	for _, n := range spec.Networks {
		if n.Name != network || n.Multus == nil {
			continue
		}
		for _, i := range spec.Domain.Devices.Interfaces {
			if i.Name == network {
				return i, json.RawMessage(m.nads[n.Multus.NetworkName].Spec.Config)
			}
		}
	}
	t.Fatalf("%s has no interface on network %s", m.name, network)
	return kubevirtv1.Interface{}, nil
}
