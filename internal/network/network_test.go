package network

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/plan"
)

func wukong(networks ...v1alpha1.Network) *v1alpha1.Wukong {
	for i := range networks {
		networks[i].IPConfig = &v1alpha1.IPConfig{Mode: v1alpha1.IPModeDHCP}
	}
	return &v1alpha1.Wukong{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"},
		Spec:       v1alpha1.WukongSpec{PodNetwork: ptr.To(true), Networks: networks},
	}
}

// platform returns an Input with the defaults of the API, changed by the functions.
func platform(change ...func(c *v1beta1.Cluster)) *v1beta1.Input {
	in := &v1beta1.Input{Cluster: &v1beta1.Cluster{PodNetwork: &v1beta1.PodNetwork{IPFamilies: []v1beta1.IPFamily{v1beta1.IPv4}}}, Defaults: &v1beta1.Defaults{}}
	for _, c := range change {
		c(in.Cluster)
	}
	return in
}

// planned returns the planned networks of a Wukong without observed resources.
func planned(w *v1alpha1.Wukong, in *v1beta1.Input) ([]plan.Resource, []NIC, error) {
	return Plan(w, identity.New(w, "", nil), in, nil)
}

func TestAttachment(t *testing.T) {
	cases := map[string]struct {
		reason     string
		network    v1alpha1.Network
		config     string
		annotation string
	}{
		"Bridge": {
			reason:  "The default name of a bridge has the name of its network. Addresses belong to the guest, so there is no IPAM.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"bridge","bridge":"br-lan"}`,
		},
		"BridgeWithVLAN": {
			reason:  "The port leaves the default VLAN, so that the guest gets no frames of it.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge, BridgeName: "br-office", VLANID: ptr.To[int32](120), MTU: ptr.To[int32](9000)},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"bridge","bridge":"br-office","vlan":120,"preserveDefaultVlan":false,"mtu":9000}`,
		},
		"BridgeWithCheck": {
			reason:  "The plugin drops frames of other source addresses.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge, MACSpoofCheck: ptr.To(true)},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"bridge","bridge":"br-lan","macspoofchk":true}`,
		},
		"BridgeWithoutCheck": {
			reason:  "A network that does without the check differs from one of an earlier version.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge, MACSpoofCheck: ptr.To(false)},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"bridge","bridge":"br-lan","macspoofchk":false}`,
		},
		"SRIOVWithCheck": {
			reason:     "The card drops frames of other source addresses.",
			network:    v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, ResourceName: "example.org/fast", MACSpoofCheck: ptr.To(true)},
			config:     `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"sriov","spoofchk":"on"}`,
			annotation: "example.org/fast",
		},
		"SRIOVWithoutCheck": {
			reason:     "The function is not trusted all the same.",
			network:    v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, ResourceName: "example.org/fast", MACSpoofCheck: ptr.To(false)},
			config:     `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"sriov","spoofchk":"off"}`,
			annotation: "example.org/fast",
		},
		"OVS": {
			reason:     "The scheduler chooses a node with the bridge.",
			network:    v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS, VLANID: ptr.To[int32](7)},
			config:     `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"ovs","bridge":"br-lan","vlan":7}`,
			annotation: "ovs-cni.network.kubevirt.io/br-lan",
		},
		"Macvlan": {
			reason:  "Every mode but passthru drops the frames of a guest under KubeVirt's bridge binding.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan, Master: "ens2f1"},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"macvlan","master":"ens2f1","mode":"passthru"}`,
		},
		"MacvlanWithVLAN": {
			reason:  "The plugin has no VLANs, so it takes the interface of the VLAN.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeMacvlan, Master: "ens2f1", VLANID: ptr.To[int32](30)},
			config:  `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"macvlan","master":"ens2f1.30","mode":"passthru"}`,
		},
		"SRIOV": {
			reason:     "The device plugin hands out the virtual function.",
			network:    v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, ResourceName: "example.org/fast", VLANID: ptr.To[int32](9)},
			config:     `{"cniVersion":"0.3.1","name":"web-01-lan-t6pm2","type":"sriov","vlan":9}`,
			annotation: "example.org/fast",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.network.Name = "lan"
			resources, _, err := planned(wukong(tc.network), platform())
			if err != nil || len(resources) != 1 {
				t.Fatalf("want one resource, got %d and error %v", len(resources), err)
			}
			nad := resources[0].Object.(*nadv1.NetworkAttachmentDefinition)
			if diff := cmp.Diff(tc.config, nad.Spec.Config); diff != "" {
				t.Errorf("%s\nconfig: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.annotation, nad.GetAnnotations()["k8s.v1.cni.cncf.io/resourceName"]); diff != "" {
				t.Errorf("%s\nannotation: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(metav1.TypeMeta{APIVersion: "k8s.cni.cncf.io/v1", Kind: "NetworkAttachmentDefinition"}, nad.TypeMeta); diff != "" {
				t.Errorf("type: -want, +got:\n%s", diff)
			}
			if !resources[0].Guarded {
				t.Error("the cluster may refuse to change a NetworkAttachmentDefinition")
			}
			if resources[0].Key != "nad-lan" {
				t.Errorf("the key is an API: want nad-lan, got %s", resources[0].Key)
			}
		})
	}
}

// TestStatic shows each field of an interface that the guest configures by itself.
func TestStatic(t *testing.T) {
	w := wukong(v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, NADName: "lan", MACAddress: "02:00:5e:10:00:01", MTU: ptr.To[int32](9000)})
	address, gateway, server := netip.MustParsePrefix("192.168.10.5/24"), netip.MustParseAddr("192.168.10.1"), netip.MustParseAddr("192.168.10.2")
	w.Spec.Networks[0].IPConfig = &v1alpha1.IPConfig{
		Mode:       v1alpha1.IPModeStatic,
		Address:    v1alpha1.Prefix{Prefix: address},
		Gateway:    v1alpha1.Addr{Addr: gateway},
		DNSServers: []v1alpha1.Addr{{Addr: server}},
	}
	_, nics, err := planned(w, platform())
	if err != nil {
		t.Fatal(err)
	}
	want := NIC{
		Name:       "lan",
		Interface:  "nic-lan",
		MAC:        "02:00:5e:10:00:01",
		MTU:        ptr.To[int32](9000),
		Binding:    BindingBridge,
		NAD:        "lan",
		Addresses:  []netip.Prefix{address},
		Routes:     []Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Via: gateway, Metric: 1}},
		DNSServers: []v1alpha1.Addr{{Addr: server}},
	}
	sameAddr := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	samePrefix := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, nics[1], sameAddr, samePrefix); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestNICs(t *testing.T) {
	w := wukong(
		v1alpha1.Network{Name: "default", Type: v1alpha1.NetworkTypeBridge, BridgeName: "br0"},
		v1alpha1.Network{Name: "fast", Type: v1alpha1.NetworkTypeSRIOV, NADName: "shared/fast", MACAddress: "02:00:5E:10:00:01"},
	)
	resources, nics, err := planned(w, platform())
	if err != nil {
		t.Fatal(err)
	}
	if len(resources) != 1 {
		t.Errorf("an existing network must not be created: want 1 resource, got %d", len(resources))
	}
	want := []NIC{
		{Name: "pod_network", Interface: "pod", MAC: "92:9c:42:90:8f:c3", Binding: BindingMasquerade, DHCP: true, DHCPMetric: 100},
		{
			Name:       "default",
			Interface:  "nic-default",
			MAC:        "32:ff:86:24:f1:65",
			Binding:    BindingBridge,
			NAD:        "web-01-default-gpt24",
			DHCP:       true,
			DHCPMetric: 200,
			Version:    "8cd028737de3",
		},
		{Name: "fast", Interface: "nic-fast", MAC: "02:00:5e:10:00:01", Binding: BindingSRIOV, NAD: "shared/fast", DHCP: true, DHCPMetric: 300},
	}
	if diff := cmp.Diff(want, nics); diff != "" {
		t.Errorf("the pod network first, then the others in their order, with derived addresses: -want, +got:\n%s", diff)
	}

	w.Spec.PodNetwork = ptr.To(false)
	if _, nics, _ = planned(w, platform()); nics[0].Name != "default" {
		t.Errorf("without the pod network, want default first, got %s", nics[0].Name)
	}
}

// TestPrimary shows that the primary network is the guest's first. It replaces the pod network if its NetworkAttachmentDefinition may have an IPAM.
func TestPrimary(t *testing.T) {
	cases := map[string]struct {
		reason             string
		network            v1alpha1.Network
		nad                string
		replacesPodNetwork bool
	}{
		"Made": {
			reason:  "A composed NetworkAttachmentDefinition has no IPAM, and a pod must get an address.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge},
			nad:     "web-01-lan-t6pm2",
		},
		"Existing": {
			reason:             "Multus looks for a default network in its own namespace, unless the name has one.",
			network:            v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge, NADName: "lan"},
			nad:                "team-a/lan",
			replacesPodNetwork: true,
		},
		"Shared": {
			reason:             "A name with a namespace is unchanged.",
			network:            v1alpha1.Network{Type: v1alpha1.NetworkTypeBridge, NADName: "shared/lan"},
			nad:                "shared/lan",
			replacesPodNetwork: true,
		},
		"SRIOV": {
			reason:  "A virtual function goes to the guest, and leaves the pod without an interface.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast"},
			nad:     "fast",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.network.Name, tc.network.Primary = "lan", true
			w := wukong(v1alpha1.Network{Name: "mgmt", Type: v1alpha1.NetworkTypeBridge}, tc.network)
			w.Spec.PodNetwork = ptr.To(false)
			_, nics, err := planned(w, platform())
			if err != nil || len(nics) != 2 {
				t.Fatalf("want 2 interfaces, got %d and error %v", len(nics), err)
			}
			if first := nics[0]; first.Name != "lan" || first.NAD != tc.nad || first.ReplacesPodNetwork != tc.replacesPodNetwork {
				t.Errorf("%s\nwant lan on %s, replacing the pod network: %t, got %+v", tc.reason, tc.nad, tc.replacesPodNetwork, first)
			}
			if nics[1].ReplacesPodNetwork {
				t.Error("want one network that replaces the pod network")
			}
		})
	}
}
