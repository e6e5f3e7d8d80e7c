//go:build conformance

package guest

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSysconfig shows what cloud-init writes for systems with the network configuration of Red Hat's. No system of these tests applies it.
func TestSysconfig(t *testing.T) {
	const spec = `
networks:
- {name: storage, type: bridge, mtu: 9000, macAddress: "02:00:00:00:00:01"}
- {name: office, type: bridge, macAddress: "02:00:00:00:00:02", ipConfig: {mode: static, address: 192.168.120.10/24, gateway: 192.168.120.1, dnsServers: [9.9.9.9]}}
- {name: six, type: bridge, macAddress: "02:00:00:00:00:03", ipConfig: {mode: static, address: "2001:db8:6::10/64"}}
`
	want := map[string]map[string]string{
		"pod":         {"BOOTPROTO": "dhcp", "ONBOOT": "yes"},
		"nic-storage": {"BOOTPROTO": "dhcp", "ONBOOT": "yes", "HWADDR": "02:00:00:00:00:01", "MTU": "9000"},
		"nic-office": {
			"BOOTPROTO": "none", "ONBOOT": "yes", "HWADDR": "02:00:00:00:00:02", "IPADDR": "192.168.120.10", "NETMASK": "255.255.255.0",
			"GATEWAY": "192.168.120.1", "DEFROUTE": "yes", "DNS1": "9.9.9.9",
		},
		"nic-six": {"BOOTPROTO": "none", "ONBOOT": "yes", "HWADDR": "02:00:00:00:00:03", "IPV6ADDR": "2001:db8:6::10/64", "IPV6INIT": "yes"},
	}
	onEach(t, func(t *testing.T, s *system) {
		m := boot(t, s.root)
		sd := render(t, spec, nil)
		want := maps.Clone(want)
		want["pod"] = withEntry(want["pod"], "HWADDR", sd.macs[0])
		m.write("/run/network-config", sd.networkData)
		m.run("cloud-init", "devel", "net-convert", "--network-data=/run/network-config", "--kind=yaml", "--output-kind=sysconfig",
			"--distro=centos", "--directory=/run/out")
		got := map[string]map[string]string{}
		for name, keys := range want {
			all := assignments(m.read("/run/out/etc/sysconfig/network-scripts/ifcfg-" + name))
			got[name] = map[string]string{}
			for k := range keys {
				got[name][k] = all[k]
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	})
}

// assignments returns the variables of a shell file.
func assignments(file string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(file) {
		if k, v, found := strings.Cut(strings.TrimSpace(line), "="); found {
			out[k] = v
		}
	}
	return out
}

// withEntry returns a copy of a map with one more key.
func withEntry(m map[string]string, k, v string) map[string]string {
	m = maps.Clone(m)
	m[k] = v
	return m
}
