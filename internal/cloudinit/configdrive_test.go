package cloudinit

import (
	"encoding/base64"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// windowsNICs are interfaces of a guest of Windows: on the pod network of both families, and with a static address.
func windowsNICs() []network.NIC {
	pod, everywhere := netip.MustParseAddr("fd10:0:2::1"), netip.MustParsePrefix("::/0")
	return []network.NIC{
		{Interface: "pod", MAC: "02:00:00:00:00:01", DHCP: true, Addresses: []netip.Prefix{netip.MustParsePrefix("fd10:0:2::2/120")}, Routes: []network.Route{
			{To: everywhere, Via: pod}, {To: netip.MustParsePrefix("10.96.0.0/12"), Via: netip.MustParseAddr("10.0.2.1")},
		}},
		{
			Interface: "nic-lan", MAC: "02:00:00:00:00:02", MTU: ptr.To[int32](1400), Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/24")},
			Routes:     []network.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.0.0.1"), Metric: 1}},
			DNSServers: []v1alpha1.Addr{{Addr: netip.MustParseAddr("9.9.9.9")}},
		},
	}
}

// windowsGuest returns a Wukong whose guest has cloudbase-init.
func windowsGuest() *v1alpha1.Wukong {
	w := wukong(nil, "")
	w.Spec.Windows = &v1alpha1.Windows{CloudbaseInit: true}
	return w
}

// TestConfigDrive shows what cloudbase-init is given: network data of a configuration drive, each address with the routes of its family, and no user
// data where the Wukong has none.
func TestConfigDrive(t *testing.T) {
	want := map[string]string{
		"userdata": "",
		"networkdata": `{"links":[{"id":"pod","type":"phy","ethernet_mac_address":"02:00:00:00:00:01"},` +
			`{"id":"nic-lan","type":"phy","ethernet_mac_address":"02:00:00:00:00:02","mtu":1400}],` +
			`"networks":[{"id":"pod-dhcp","link":"pod","type":"ipv4_dhcp"},` +
			`{"id":"pod-ipv6","link":"pod","type":"ipv6","ip_address":"fd10:0:2::2","netmask":"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00",` +
			`"routes":[{"network":"::","netmask":"::","gateway":"fd10:0:2::1"}]},` +
			`{"id":"nic-lan-ipv4","link":"nic-lan","type":"ipv4","ip_address":"10.0.0.5","netmask":"255.255.255.0",` +
			`"routes":[{"network":"0.0.0.0","netmask":"0.0.0.0","gateway":"10.0.0.1"}],"services":[{"type":"dns","address":"9.9.9.9"}]}],"services":[]}`,
	}
	if diff := cmp.Diff(want, seed(t, windowsGuest(), windowsNICs()...)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestNoSeed shows that a guest of Windows without cloudbase-init gets no seed, and that nothing waits for one.
func TestNoSeed(t *testing.T) {
	w := wukong(nil, "")
	w.Spec.Windows = &v1alpha1.Windows{}
	secret, seed, err := Plan(w, UserData{}, windowsNICs())
	if secret.Object != nil || seed != (Seed{}) || err != nil {
		t.Errorf("got %v, %v, %v", secret, seed, err)
	}
	if p := Report(w, observed.Resources{}); !p.Ready {
		t.Errorf("got %+v", p)
	}
}

// TestDriveAdvice shows that advice follows a change of the network settings of a Windows guest. A change from a NoCloud seed to a configuration drive gives
// none.
func TestDriveAdvice(t *testing.T) {
	const changed = "spec.networks: cloudbase-init in a guest that has booted does not read what changed in its network settings: change it there, too"
	w := windowsGuest()
	r, _, err := Plan(w, UserData{}, windowsNICs())
	if err != nil {
		t.Fatal(err)
	}
	data := string(r.Object.(*corev1.Secret).Data["networkdata"])
	for name, tc := range map[string]struct {
		reason, has string
		want        []string
	}{
		"Same":   {has: data},
		"Change": {has: `{"links":[]}`, want: []string{changed}},
		"Linux":  {reason: "It was the data of cloud-init.", has: "version: 2\n"},
		"None":   {has: ""},
	} {
		rs := observed.Resources{resourceKey: observed.Resource{Object: observedtest.Object(map[string]any{"data": map[string]any{"networkdata": base64.StdEncoding.EncodeToString([]byte(tc.has))}})}}
		if diff := cmp.Diff(tc.want, Advice(w, UserData{}, windowsNICs(), r, rs)); diff != "" {
			t.Errorf("%s: %s -want, +got:\n%s", name, tc.reason, diff)
		}
	}
}
