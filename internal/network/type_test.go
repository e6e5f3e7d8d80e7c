package network

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestTypes shows that each type can be found by its name and configures a plugin, and that it uses its required field.
func TestTypes(t *testing.T) {
	var names []string
	for _, f := range TypeFields() {
		names = append(names, f.Name)
	}
	for _, want := range Types() {
		got, ok := TypeOf(want.Name)
		if !ok || got.Name != want.Name || got.configure == nil || got.Binding == "" {
			t.Errorf("%s: got %+v, %t", want.Name, got, ok)
		}
		if r := want.Required; r != nil && !want.Uses(r.Name) {
			t.Errorf("%s requires %s and does not use it", want.Name, r.Name)
		}
		for _, name := range want.Fields {
			if !slices.Contains(names, name) {
				t.Errorf("%s uses %s, which is none of %v", want.Name, name, names)
			}
		}
	}
	if got, ok := TypeOf("vxlan"); ok {
		t.Errorf("want no type vxlan, got %+v", got)
	}
}

// TestTypeFields shows which fields of a network are set, and that a field changes what is attached exactly where its type uses the field.
func TestTypeFields(t *testing.T) {
	networks := map[string]v1alpha1.Network{
		"vlanId":        {VLANID: ptr.To[int32](7)},
		"bridgeName":    {BridgeName: "br-office"},
		"master":        {Master: "eth1"},
		"resourceName":  {ResourceName: "example.org/fast"},
		"macSpoofCheck": {MACSpoofCheck: ptr.To(true)},
	}
	for _, f := range TypeFields() {
		for name, n := range networks {
			if got := f.IsSet(&n); got != (f.Name == name) {
				t.Errorf("a network with %s has %s: %t", name, f.Name, got)
			}
		}
	}
	for _, typ := range Types() {
		base := v1alpha1.Network{Name: "lan", Type: typ.Name}
		for name, n := range networks {
			n.Name, n.Type = base.Name, base.Type
			if got := cmp.Diff(attachmentOf(t, &base, typ), attachmentOf(t, &n, typ)) != ""; got != typ.Uses(name) {
				t.Errorf("a network of type %s is another one with %s: %t, and the type uses the field: %t", typ.Name, name, got, typ.Uses(name))
			}
		}
	}
}

// attachmentOf returns the NetworkAttachmentDefinition of a network.
func attachmentOf(t *testing.T, n *v1alpha1.Network, typ Type) *nadv1.NetworkAttachmentDefinition {
	t.Helper()
	nad, err := attachment(wukong(), n, typ)
	if err != nil {
		t.Fatal(err)
	}
	return nad
}

// TestSetDefault shows that the platform team's default fills the required field of a network without one, and no other network.
func TestSetDefault(t *testing.T) {
	defaults := &v1beta1.Defaults{Master: "eth1", ResourceName: "example.org/fast"}
	cases := map[string]struct {
		network v1alpha1.Network
		want    v1alpha1.Network
	}{
		"Bridge": {network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge}, want: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge}},
		"OVS":    {network: v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS}, want: v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS}},
		"Macvlan": {
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan},
			want:    v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan, Master: "eth1"},
		},
		"SRIOV": {
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV},
			want:    v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, ResourceName: "example.org/fast"},
		},
		"Set": {
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan, Master: "eth2"},
			want:    v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan, Master: "eth2"},
		},
		"Existing": {
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast"},
			want:    v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			typ, _ := TypeOf(tc.network.Type)
			typ.SetDefault(&tc.network, defaults)
			if diff := cmp.Diff(tc.want, tc.network); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
