package validation

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestHostAddresses(t *testing.T) {
	cases := map[string]struct {
		address, gateway string
		mtu              *int32
		want             []string
	}{
		"Host":               {address: "192.168.10.5/24", gateway: "192.168.10.1"},
		"HostOfSmallest":     {address: "192.168.10.1/30", gateway: "192.168.10.2"},
		"PointToPoint":       {address: "192.168.10.0/31", gateway: "192.168.10.1"},
		"LastOfTwo":          {address: "192.168.10.1/31", gateway: "192.168.10.0"},
		"Alone":              {address: "192.168.10.0/32"},
		"IPv6":               {address: "2001:db8::5/64", gateway: "2001:db8::1"},
		"LastOfIPv6":         {address: "2001:db8::ffff:ffff:ffff:ffff/64"},
		"PointToPointOfIPv6": {address: "2001:db8::/127", gateway: "2001:db8::1"},
		"AnyRouterOfIPv6":    {address: "2001:db8::5/64", gateway: "2001:db8::"},
		"LinkLocal":          {address: "fe80::5/64", gateway: "fe80::1"},
		"SmallMTU":           {address: "192.168.10.5/24", mtu: ptr.To[int32](576)},
		"MTUOfIPv6":          {address: "2001:db8::5/64", mtu: ptr.To[int32](1280)},

		"Network":          {address: "192.168.10.0/24", want: []string{"address"}},
		"NetworkOfIPv6":    {address: "2001:db8::/64", want: []string{"address"}},
		"Broadcast":        {address: "192.168.10.255/24", want: []string{"address"}},
		"BroadcastOfFour":  {address: "192.168.10.3/30", want: []string{"address"}},
		"LimitedBroadcast": {address: "255.255.255.255/32", want: []string{"address"}},
		"Unspecified":      {address: "0.0.0.0/0", want: []string{"address"}},
		"Loopback":         {address: "127.0.0.1/8", want: []string{"address"}},
		"LoopbackOfIPv6":   {address: "::1/128", want: []string{"address"}},
		"Multicast":        {address: "224.0.0.5/24", want: []string{"address"}},
		"MulticastOfIPv6":  {address: "ff02::1/64", want: []string{"address"}},
		"OwnGateway":       {address: "192.168.10.5/24", gateway: "192.168.10.5", want: []string{"gateway"}},
		"NetworkGateway":   {address: "192.168.10.5/24", gateway: "192.168.10.0", want: []string{"gateway"}},
		"BroadcastGateway": {address: "192.168.10.5/24", gateway: "192.168.10.255", want: []string{"gateway"}},
		"ZeroGateway":      {address: "10.0.0.5/0", gateway: "0.0.0.0", want: []string{"gateway"}},
		"ElsewhereGateway": {address: "192.168.10.5/24", gateway: "192.168.11.1", want: []string{"gateway"}},
		"SmallMTUOfIPv6":   {address: "2001:db8::5/64", mtu: ptr.To[int32](1279), want: []string{"mtu"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n := v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, MTU: tc.mtu, IPConfig: &v1alpha1.IPConfig{Mode: v1alpha1.IPModeStatic, Address: prefix(tc.address)}}
			if tc.gateway != "" {
				n.IPConfig.Gateway = v1alpha1.Addr{Addr: netip.MustParseAddr(tc.gateway)}
			}
			var got []string
			for _, err := range Spec(spec(n)) {
				got = append(got, err.Field[len("spec.networks[0]."):])
			}
			for i := range tc.want {
				if tc.want[i] != "mtu" {
					tc.want[i] = "ipConfig." + tc.want[i]
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("refused fields: -want, +got:\n%s", diff)
			}

			n.IPConfig.Mode = v1alpha1.IPModeDHCP
			if errs := Spec(spec(n)); len(errs) > 0 {
				t.Errorf("with mode dhcp the address has no effect, but it is refused: %v", errs)
			}
		})
	}
}

func TestAddressesDiffer(t *testing.T) {
	network := func(name v1alpha1.Label, mode v1alpha1.IPMode, address string) v1alpha1.Network {
		return v1alpha1.Network{Name: name, Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{Mode: mode, Address: prefix(address)}}
	}
	errs := Spec(spec(
		network("a", v1alpha1.IPModeStatic, "10.0.0.5/24"),
		network("b", v1alpha1.IPModeDHCP, "10.0.0.5/24"),
		network("c", v1alpha1.IPModeStatic, "10.0.0.5/16"),
	))
	if len(errs) != 1 || errs[0].Field != "spec.networks[2].ipConfig.address" {
		t.Errorf("want the second of two equal static addresses refused alone, got: %v", errs)
	}
}

// spec returns the smallest spec with networks.
func spec(networks ...v1alpha1.Network) *v1alpha1.WukongSpec {
	size := v1alpha1.Quantity{Quantity: resource.MustParse("1Gi")}
	return &v1alpha1.WukongSpec{CPU: ptr.To[int32](1), Memory: &size, Networks: networks, Disks: []v1alpha1.Disk{{Name: "system", Size: &size}}}
}

func prefix(s string) v1alpha1.Prefix {
	return v1alpha1.Prefix{Prefix: netip.MustParsePrefix(s)}
}
