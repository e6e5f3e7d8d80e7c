//go:build conformance

package guest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A scenario is a Wukong with networks, the ports that its interfaces are connected to, and the network state that its guest must reach.
type scenario struct {
	// cluster is the field cluster of the Input, in YAML; empty for none.
	cluster string

	spec  string
	ports []port
	want  state

	// unsupported are the renderers that lose a part of the configuration, as SYSTEM/RENDERER.
	unsupported []string
}

// podPort is the pod network as the guest sees it behind KubeVirt's masquerade binding.
var podPort = port{address: "10.0.2.1/24", lease: "10.0.2.2"}

var scenarios = map[string]scenario{
	// A static gateway takes precedence over DHCP, whatever the order of the names.
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
	// The first of several gateways takes precedence.
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
		unsupported: []string{"bookworm/networkd", "bookworm/eni"},
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
		unsupported: []string{"bookworm/eni", "trixie/eni", "noble/eni"},
	},
	// Routes to the cluster's own networks, of both families, lead over the pod network, though the default route does not.
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
		unsupported: []string{"bookworm/networkd", "bookworm/eni", "trixie/eni", "noble/eni"},
	},
	// Without a gateway the first interface with DHCP has the default route, whatever the order of the names.
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

// A renderer is a renderer of cloud-init: it writes network config for a program that applies it.
type renderer struct {
	name string

	// apply runs that program.
	apply func(m *machine)

	// files is the folder that the renderer writes to.
	files string
}

// settings returns the settings of cloud-init that select the renderer.
func (r renderer) settings() string { return "system_info: {network: {renderers: [" + r.name + "]}}\n" }

var renderers = []renderer{
	{name: "netplan", files: "/etc/netplan", apply: func(m *machine) {
		m.run("netplan", "generate")
		// A virtual NIC has a permanent MAC address, a veth device has none.
		m.run("sh", "-ec", "sed -i s/PermanentMACAddress/MACAddress/ /run/systemd/network/*.network")
		startNetworkd(m)
	}},
	{name: "networkd", apply: startNetworkd, files: "/etc/systemd/network"},
	{name: "eni", files: "/etc/network/interfaces.d", apply: func(m *machine) {
		startResolved(m)
		m.run("ifup", "--all")
	}},
}

// startNetworkd starts systemd-networkd and systemd-resolved. networkd waits until udev has processed an interface, and udev does not run here: so
// the files that udev would write are created.
func startNetworkd(m *machine) {
	startResolved(m)
	m.run("install", "-d", "-o", "systemd-network", "-g", "systemd-network", "/run/systemd/netif")
	m.run("sh", "-ec", `mkdir -p /run/udev/data; for i in $(cat /sys/class/net/*/ifindex); do echo I:1 > /run/udev/data/n$i; done`)
	m.start("/lib/systemd/systemd-networkd")
}

// startResolved starts systemd-resolved.
func startResolved(m *machine) {
	m.run("install", "-d", "-o", "systemd-resolve", "-g", "systemd-resolve", "/run/systemd/resolve")
	m.run("dbus-daemon", "--system", "--fork")
	m.start("/lib/systemd/systemd-resolved")
}

// TestNetwork shows that a guest gets the desired network with each renderer of cloud-init whose files a program of the system applies.
func TestNetwork(t *testing.T) {
	onEach(t, func(t *testing.T, s *system) {
		for _, r := range renderers {
			for name, sc := range scenarios {
				if slices.Contains(sc.unsupported, s.spec.Name+"/"+r.name) {
					continue
				}
				t.Run(r.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					m := startGuest(t, s, renderInCluster(t, sc.cluster, sc.spec, nil), r.settings(), sc.ports...)
					showOnFailure(t, m, r.files)
					r.apply(m)
					awaitNetwork(t, m, sc.want)
				})
			}
		}
	})
}

// TestNoDHCPServer shows that a boot does not wait for a network without a DHCP server, unless it is the first one.
func TestNoDHCPServer(t *testing.T) {
	onEach(t, func(t *testing.T, s *system) {
		r := renderers[0]
		m := startGuest(t, s, render(t, "networks: [{name: silent, type: bridge}]", nil), r.settings(), podPort, port{address: "10.91.0.1/24"})
		showOnFailure(t, m, r.files)
		r.apply(m)
		for _, wait := range waitCommands(m) {
			m.run(append(wait, "--timeout=30")...)
		}
		if diff := cmp.Diff([]string{"10.0.2.1 pod"}, m.network().DefaultRoutes4); diff != "" {
			t.Errorf("default routes once the guest is online: -want, +got:\n%s", diff)
		}
	})
}

// waitCommands returns the commands with which a boot waits for the network: those of netplan if it has any, else networkd's own.
func waitCommands(m *machine) [][]string {
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

// showOnFailure logs the files of a guest's folder if the test fails.
func showOnFailure(t *testing.T, m *machine, folder string) {
	t.Cleanup(func() {
		if t.Failed() {
			files, _ := m.try("", "sh", "-c", "tail -n +1 "+folder+"/*")
			t.Logf("the files of cloud-init's renderer:\n%s", files)
		}
	})
}
