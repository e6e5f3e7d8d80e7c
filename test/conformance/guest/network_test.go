//go:build conformance

package guest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario is a Wukong's networks, what they are plugged into, and how the guest must come up.
type scenario struct {
	// cluster is what the platform team says of the cluster, in YAML; none for nothing.
	cluster string

	spec  string
	ports []port
	want  state

	// not are the renderers, as SYSTEM/RENDERER, that are known to lose something of it.
	not []string
}

// podPort is the pod network as KubeVirt's masquerade binding shows it to the guest.
var podPort = port{address: "10.0.2.1/24", lease: "10.0.2.2"}

var scenarios = map[string]scenario{
	// A static gateway comes before DHCP, whatever the order of the names.
	"Gateway": {
		spec: `
networks:
- {name: storage, type: bridge}
- {name: office, type: bridge, mtu: 1400, ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1}}
`,
		ports: []port{podPort, {address: "10.91.0.1/24", lease: "10.91.0.50"}, {address: "192.168.120.1/24"}},
		want: state{
			Interfaces:     map[string]string{"pod": "1500 10.0.2.2/24", "nic-storage": "1500 10.91.0.50/24", "nic-office": "1400 192.168.120.10/24"},
			DefaultRoutes4: []string{"192.168.120.1 nic-office", "10.0.2.1 pod", "10.91.0.1 nic-storage"},
		},
	},
	// The first of several gateways comes first.
	"Gateways": {
		spec: `
networks:
- {name: office, type: bridge, ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1}}
- {name: six, type: bridge, ipConfig: {mode: static, address: "2001:db8:6::10/64", gateway: "2001:db8:6::1"}}
- {name: backup, type: bridge, ipConfig: {mode: static, address: 192.168.130.10/24, gateway: 192.168.130.1}}
- {name: default, type: bridge, ipConfig: {mode: static, address: 192.168.140.10/24}}
`,
		ports: []port{podPort, {address: "192.168.120.1/24"}, {address: "2001:db8:6::1/64"}, {address: "192.168.130.1/24"}, {address: "192.168.140.1/24"}},
		want: state{
			Interfaces: map[string]string{
				"pod": "1500 10.0.2.2/24", "nic-office": "1500 192.168.120.10/24", "nic-six": "1500 2001:db8:6::10/64",
				"nic-backup": "1500 192.168.130.10/24", "nic-default": "1500 192.168.140.10/24",
			},
			DefaultRoutes4: []string{"192.168.120.1 nic-office", "192.168.130.1 nic-backup", "10.0.2.1 pod"},
			DefaultRoutes6: []string{"2001:db8:6::1 nic-six"},
		},
		// cloud-init 22.4 drops the metric of routes and makes ::/64 of ::/0, unless it leaves the network to netplan, as Debian's images do.
		not: []string{"bookworm/networkd", "bookworm/eni"},
	},
	"ServersAndMTU": {
		spec: `
networks:
- {name: storage, type: bridge, mtu: 9000}
- {name: office, type: bridge, ipConfig: {mode: static, address: 192.168.120.10/24, dnsServers: [192.168.120.53, "2001:db8:6::53"]}}
- {name: six, type: bridge, mtu: 1400, ipConfig: {mode: static, address: "2001:db8:6::10/64"}}
`,
		ports: []port{podPort, {address: "10.91.0.1/24", lease: "10.91.0.50", mtu: 9000}, {address: "192.168.120.1/24"}, {address: "2001:db8:6::1/64"}},
		want: state{
			Interfaces: map[string]string{
				"pod": "1500 10.0.2.2/24", "nic-storage": "9000 10.91.0.50/24", "nic-office": "1500 192.168.120.10/24",
				"nic-six": "1400 2001:db8:6::10/64",
			},
			DefaultRoutes4: []string{"10.0.2.1 pod", "10.91.0.1 nic-storage"},
			Servers:        []string{"192.168.120.53", "2001:db8:6::53"},
		},
		// ifupdown sets no MTU but that of a static IPv4 interface, and gives the servers to resolved only where systemd runs.
		not: []string{"bookworm/eni", "trixie/eni", "noble/eni"},
	},
	// The cluster's own networks are reached by the pod network, of both families, though the default route leaves by another one.
	"ClusterNetworks": {
		cluster: `{podNetwork: {ipFamilies: [IPv4, IPv6]}, networks: [10.96.0.0/12, "fd00:96::/108"]}`,
		spec: `
networks:
- {name: office, type: bridge, ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1}}
`,
		ports: []port{podPort, {address: "192.168.120.1/24"}},
		want: state{
			Interfaces:     map[string]string{"pod": "1500 10.0.2.2/24 fd10:0:2::2/120", "nic-office": "1500 192.168.120.10/24"},
			DefaultRoutes4: []string{"192.168.120.1 nic-office", "10.0.2.1 pod"},
			DefaultRoutes6: []string{"fd10:0:2::1 pod"},
			Routes:         []string{"10.96.0.0/12 by 10.0.2.1 pod", "fd00:96::/108 by fd10:0:2::1 pod"},
		},
		// cloud-init 22.4 makes ::/64 of ::/0, unless it leaves the network to netplan, as Debian's images do; and ifupdown gives an interface
		// its IPv6 address only after the routes that DHCP brings up.
		not: []string{"bookworm/networkd", "bookworm/eni", "trixie/eni", "noble/eni"},
	},
	// Without a gateway the first interface with DHCP leads out, whatever the order of the names.
	"NoPodNetwork": {
		spec: `
podNetwork: false
networks:
- {name: zulu, type: bridge, macAddress: "02:00:00:00:00:10"}
- {name: alpha, type: bridge}
`,
		ports: []port{{address: "10.91.0.1/24", lease: "10.91.0.50"}, {address: "10.92.0.1/24", lease: "10.92.0.50"}},
		want: state{
			Interfaces:     map[string]string{"nic-zulu": "1500 10.91.0.50/24", "nic-alpha": "1500 10.92.0.50/24"},
			DefaultRoutes4: []string{"10.91.0.1 nic-zulu", "10.92.0.1 nic-alpha"},
		},
	},
}

// A renderer writes cloud-init's network config for software that applies it.
type renderer struct {
	name  string
	apply func(m *machine)

	// files that it writes.
	files string
}

var renderers = []renderer{
	{"netplan", func(m *machine) {
		m.run("netplan", "generate")
		// A virtual NIC has a permanent address; half of a veth pair has only the other.
		m.run("sh", "-ec", "sed -i s/PermanentMACAddress/MACAddress/ /run/systemd/network/*.network")
		networkd(m)
	}, "/etc/netplan"},
	{"networkd", networkd, "/etc/systemd/network"},
	{"eni", func(m *machine) {
		resolved(m)
		m.run("ifup", "--all")
	}, "/etc/network/interfaces.d"},
}

// networkd and resolved apply their files. networkd waits until udev, which does not run here, has seen an interface.
func networkd(m *machine) {
	resolved(m)
	m.run("install", "-d", "-o", "systemd-network", "-g", "systemd-network", "/run/systemd/netif")
	m.run("sh", "-ec", `mkdir -p /run/udev/data; for i in $(cat /sys/class/net/*/ifindex); do echo I:1 > /run/udev/data/n$i; done`)
	m.start("/lib/systemd/systemd-networkd")
}

func resolved(m *machine) {
	m.run("install", "-d", "-o", "systemd-resolve", "-g", "systemd-resolve", "/run/systemd/resolve")
	m.run("dbus-daemon", "--system", "--fork")
	m.start("/lib/systemd/systemd-resolved")
}

// TestNetwork shows that a guest gets the network that was asked for, by each of cloud-init's renderers whose files something here applies.
func TestNetwork(t *testing.T) {
	onEach(t, func(t *testing.T, s *system) {
		for _, r := range renderers {
			for name, sc := range scenarios {
				if slices.Contains(sc.not, s.spec.Name+"/"+r.name) {
					continue
				}
				t.Run(r.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					m := guest(t, s, renderIn(t, sc.cluster, sc.spec, nil), "system_info: {network: {renderers: ["+r.name+"]}}\n", sc.ports...)
					showOnFailure(t, m, r.files)
					r.apply(m)
					eventually(t, m, sc.want)
				})
			}
		}
	})
}

// TestSilentNetwork shows that a boot does not wait for a network without a DHCP server, unless it is the first.
func TestSilentNetwork(t *testing.T) {
	onEach(t, func(t *testing.T, s *system) {
		r := renderers[0]
		m := guest(t, s, render(t, "networks: [{name: silent, type: bridge}]", nil), "system_info: {network: {renderers: ["+r.name+"]}}\n", podPort, port{address: "10.91.0.1/24"})
		showOnFailure(t, m, r.files)
		r.apply(m)
		for _, wait := range waits(m) {
			m.run(append(wait, "--timeout=30")...)
		}
		if diff := cmp.Diff([]string{"10.0.2.1 pod"}, m.network().DefaultRoutes4); diff != "" {
			t.Errorf("online is to have a lease on the pod network: -want, +got:\n%s", diff)
		}
	})
}

// waits are the commands with which a boot waits for the network: networkd's own, unless netplan has others.
func waits(m *machine) [][]string {
	var out [][]string
	unit, _ := m.try("", "sh", "-c", "cat /run/systemd/system/systemd-networkd-wait-online.service.d/*.conf")
	for line := range strings.Lines(unit) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/"); ok {
			out = append(out, strings.Fields("/"+command))
		}
	}
	if out == nil {
		return [][]string{{"/lib/systemd/systemd-networkd-wait-online"}}
	}
	return out
}

// showOnFailure shows the files of a folder of a guest if the test fails.
func showOnFailure(t *testing.T, m *machine, folder string) {
	t.Cleanup(func() {
		if t.Failed() {
			files, _ := m.try("", "sh", "-c", "tail -n +1 "+folder+"/*")
			t.Logf("what cloud-init rendered:\n%s", files)
		}
	})
}
