package cloudinit

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
)

// A networkConfig is cloud-init's network config, version 2
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

// networkData configures every network interface, found by its MAC address and named as its network is: an interface that is
// not in it, the one on the pod network too, would stay without an address.
func networkData(nics []network.NIC) ([]byte, error) {
	c := networkConfig{Version: 2, Ethernets: make(map[string]ethernet, len(nics))}
	for i, nic := range nics {
		e := ethernet{Match: match{MACAddress: nic.MAC}, SetName: nic.Interface, MTU: nic.MTU, Routes: routes(nic.Routes)}
		if nic.DHCP {
			e.DHCP4 = true
			e.DHCP4Override = &dhcpOverrides{RouteMetric: nic.DHCPMetric}
			// The guest's boot waits for the first interface alone: another network may have no DHCP server.
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

// routes returns routes as cloud-init takes them. Not every renderer of cloud-init understands "default".
func routes(rs []network.Route) []route {
	var out []route
	for _, r := range rs {
		out = append(out, route{To: r.To.String(), Via: r.Via.String(), Metric: r.Metric})
	}
	return out
}

func texts(addrs []v1alpha1.Addr) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return out
}
