package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestDefaultFromObserved shows that a required field, and the check of MAC addresses, that the spec leaves out get the value of the existing
// NetworkAttachmentDefinition, and that new networks have the check.
func TestDefaultFromObserved(t *testing.T) {
	existing := func(n v1alpha1.Network) observed.Resource {
		n.Name = "lan"
		resources, _, err := planned(wukong(n), platform())
		if err != nil {
			t.Fatal(err)
		}
		s, err := compose.Manifest(resources[0].Object)
		if err != nil {
			t.Fatal(err)
		}
		return observed.Resource{Object: s}
	}
	macvlan, sriov := v1alpha1.NetworkTypeMacvlan, v1alpha1.NetworkTypeSRIOV
	uplink := existing(v1alpha1.Network{Type: macvlan, Master: "bond0.7", VLANID: ptr.To[int32](30)})
	device := existing(v1alpha1.Network{Type: sriov, ResourceName: "example.org/fast"})
	ovs := existing(v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS})
	bridge := v1alpha1.NetworkTypeBridge
	on, off := ptr.To(true), ptr.To(false)

	cases := map[string]struct {
		reason   string
		nad      observed.Resource
		defaults v1beta1.Defaults
		network  v1alpha1.Network
		want     v1alpha1.Network
	}{
		"Nothing": {
			reason:  "A new network gets the platform team's default later.",
			nad:     observed.Resource{},
			network: v1alpha1.Network{Type: macvlan},
			want:    v1alpha1.Network{Type: macvlan},
		},
		"Uplink": {
			reason:  "The uplink is without the VLAN.",
			nad:     uplink,
			network: v1alpha1.Network{Type: macvlan},
			want:    v1alpha1.Network{Type: macvlan, Master: "bond0.7"},
		},
		"Pending": {
			reason:  "A network that was desired may exist.",
			nad:     observed.Resource{LastKnown: uplink.Object},
			network: v1alpha1.Network{Type: macvlan},
			want:    v1alpha1.Network{Type: macvlan, Master: "bond0.7"},
		},
		"Given": {
			reason:  "The uplink in the spec has precedence.",
			nad:     uplink,
			network: v1alpha1.Network{Type: macvlan, Master: "eth1"},
			want:    v1alpha1.Network{Type: macvlan, Master: "eth1"},
		},
		"Device": {
			reason:  "The device resource is that of the network.",
			nad:     device,
			network: v1alpha1.Network{Type: sriov},
			want:    v1alpha1.Network{Type: sriov, ResourceName: "example.org/fast"},
		},
		"GivenDevice": {
			reason:  "The device resource in the spec has precedence.",
			nad:     device,
			network: v1alpha1.Network{Type: sriov, ResourceName: "a/b"},
			want:    v1alpha1.Network{Type: sriov, ResourceName: "a/b"},
		},
		"Another": {
			reason:  "The resource of an Open vSwitch bridge is none of SR-IOV.",
			nad:     ovs,
			network: v1alpha1.Network{Type: sriov},
			want:    v1alpha1.Network{Type: sriov, MACSpoofCheck: on},
		},
		"NewBridge": {
			reason:  "A new network has the check.",
			network: v1alpha1.Network{},
			want:    v1alpha1.Network{MACSpoofCheck: on},
		},
		"NewDevice": {
			reason:  "A new network has the check.",
			network: v1alpha1.Network{Type: sriov},
			want:    v1alpha1.Network{Type: sriov, MACSpoofCheck: on},
		},
		"Platform": {
			reason:   "The platform team leaves the check out.",
			defaults: v1beta1.Defaults{MACSpoofCheck: off},
			network:  v1alpha1.Network{Type: bridge},
			want:     v1alpha1.Network{Type: bridge},
		},
		"PlatformLater": {
			reason:   "A network that exists keeps the check.",
			nad:      existing(v1alpha1.Network{Type: bridge, MACSpoofCheck: on}),
			defaults: v1beta1.Defaults{MACSpoofCheck: off},
			network:  v1alpha1.Network{Type: bridge},
			want:     v1alpha1.Network{Type: bridge, MACSpoofCheck: on},
		},
		"NewOVS": {
			reason:  "The plugin has no check.",
			network: v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS},
			want:    v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS},
		},
		"Pod": {
			reason:  "The pod network stays the pod network.",
			network: v1alpha1.Network{Name: "default"},
			want:    v1alpha1.Network{Name: "default"},
		},
		"NADName": {
			reason:  "The existing network decides.",
			network: v1alpha1.Network{Type: bridge, NADName: "existing"},
			want:    v1alpha1.Network{Type: bridge, NADName: "existing"},
		},
		"Unchecked": {
			reason:  "A network of an earlier version stays without the check.",
			nad:     existing(v1alpha1.Network{Type: bridge}),
			network: v1alpha1.Network{},
			want:    v1alpha1.Network{},
		},
		"UncheckedPending": {
			reason:  "A network that was desired may exist.",
			nad:     observed.Resource{LastKnown: existing(v1alpha1.Network{Type: bridge}).Object},
			network: v1alpha1.Network{Type: bridge},
			want:    v1alpha1.Network{Type: bridge},
		},
		"Checked": {
			reason:  "A network keeps the check.",
			nad:     existing(v1alpha1.Network{Type: bridge, MACSpoofCheck: on}),
			network: v1alpha1.Network{Type: bridge},
			want:    v1alpha1.Network{Type: bridge, MACSpoofCheck: on},
		},
		"OptedOut": {
			reason:  "A network stays without the check when the field is removed.",
			nad:     existing(v1alpha1.Network{Type: bridge, MACSpoofCheck: off}),
			network: v1alpha1.Network{Type: bridge},
			want:    v1alpha1.Network{Type: bridge, MACSpoofCheck: off},
		},
		"GivenCheck": {
			reason:  "The check in the spec has precedence.",
			nad:     existing(v1alpha1.Network{Type: bridge}),
			network: v1alpha1.Network{Type: bridge, MACSpoofCheck: on},
			want:    v1alpha1.Network{Type: bridge, MACSpoofCheck: on},
		},
		"GivenOptOut": {
			reason:  "The check in the spec has precedence.",
			network: v1alpha1.Network{Type: bridge, MACSpoofCheck: off},
			want:    v1alpha1.Network{Type: bridge, MACSpoofCheck: off},
		},
		"CheckedDevice": {
			reason:  "A virtual function keeps the check.",
			nad:     existing(v1alpha1.Network{Type: sriov, ResourceName: "a/b", MACSpoofCheck: on}),
			network: v1alpha1.Network{Type: sriov},
			want:    v1alpha1.Network{Type: sriov, ResourceName: "a/b", MACSpoofCheck: on},
		},
		"OptedOutDevice": {
			reason:  "A virtual function stays without the check.",
			nad:     existing(v1alpha1.Network{Type: sriov, ResourceName: "a/b", MACSpoofCheck: off}),
			network: v1alpha1.Network{Type: sriov},
			want:    v1alpha1.Network{Type: sriov, ResourceName: "a/b", MACSpoofCheck: off},
		},
		"Existing": {
			reason:  "A network with nadName needs no field.",
			nad:     uplink,
			network: v1alpha1.Network{Type: macvlan, NADName: "existing"},
			want:    v1alpha1.Network{Type: macvlan, NADName: "existing"},
		},
		"Foreign": {
			reason:  "A foreign network is ignored.",
			nad:     observed.Resource{Foreign: &observed.Foreign{}},
			network: v1alpha1.Network{Type: macvlan},
			want:    v1alpha1.Network{Type: macvlan},
		},
		"Odd": {
			reason:  "A configuration that cannot be decoded is ignored.",
			nad:     observed.Resource{Object: observedtest.YAML("{spec: {config: '['}}")},
			network: v1alpha1.Network{Type: macvlan},
			want:    v1alpha1.Network{Type: macvlan},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{c.network}}}
			if c.network.Name == "" {
				w.Spec.Networks[0].Name, c.want.Name = "lan", "lan"
			}
			rs := observed.Resources{"nad-lan": c.nad}
			DefaultFromObserved(w, rs, &c.defaults)
			if diff := cmp.Diff([]v1alpha1.Network{c.want}, w.Spec.Networks); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
