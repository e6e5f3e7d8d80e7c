package cloudinit

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
)

// A networkConfig is a network config of cloud-init, version 2
// (https://docs.cloud-init.io/en/latest/reference/network-config-format-v2.html).
type networkConfig struct {
	Version   int                 `yaml:"version"`
	Ethernets map[string]ethernet `yaml:"ethernets,omitempty"`
}

type ethernet struct {
	Match         match          `yaml:"match"`
	SetName       string         `yaml:"set-name"`
	MTU           *int32         `yaml:"mtu,omitempty"`
	DHCP4         bool           `yaml:"dhcp4,omitempty"`
	DHCP4Override *dhcpOverrides `yaml:"dhcp4-overrides,omitempty"`
	Optional      bool           `yaml:"optional,omitempty"`
	Addresses     []string       `yaml:"addresses,omitempty"`
	Routes        []route        `yaml:"routes,omitempty"`
	Nameservers   *nameservers   `yaml:"nameservers,omitempty"`
}

type match struct {
	MACAddress string `yaml:"macaddress"`
}

type dhcpOverrides struct {
	RouteMetric int `yaml:"route-metric"`
}

type route struct {
	To     string `yaml:"to"`
	Via    string `yaml:"via"`
	Metric int    `yaml:"metric,omitempty"`
}

type nameservers struct {
	Addresses []string `yaml:"addresses"`
}

// networkData returns the network config of all interfaces, also of the one on the pod network: cloud-init configures no interface that is
// missing in it. It matches interfaces by their MAC addresses.
func networkData(nics []network.NIC) ([]byte, error) {
	c := networkConfig{Version: 2, Ethernets: make(map[string]ethernet, len(nics))}
	for i, nic := range nics {
		e := ethernet{Match: match{MACAddress: nic.MAC}, SetName: nic.Interface, MTU: nic.MTU, Routes: routes(nic.Routes)}
		if nic.DHCP {
			e.DHCP4 = true
			e.DHCP4Override = &dhcpOverrides{RouteMetric: nic.DHCPMetric}
			// Only the first interface delays the guest's boot, because another network may have no DHCP server.
			e.Optional = i > 0
		}
		for _, a := range nic.Addresses {
			e.Addresses = append(e.Addresses, a.String())
		}
		if len(nic.DNSServers) > 0 {
			e.Nameservers = &nameservers{Addresses: texts(nic.DNSServers)}
		}
		c.Ethernets[nic.Interface] = e
	}
	return encode("", c)
}

// routes returns routes in the format of cloud-init. A default route has a prefix, because not every renderer accepts "default".
func routes(rs []network.Route) []route {
	var out []route
	for _, r := range rs {
		out = append(out, route{To: r.To.String(), Via: r.Via.String(), Metric: r.Metric})
	}
	return out
}

// texts returns addresses as text.
func texts(addrs []v1alpha1.Addr) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return out
}
