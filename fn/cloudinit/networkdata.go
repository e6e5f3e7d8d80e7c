package cloudinit

import (
	"net/netip"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/network"
)

// metricStep is by how much a default route comes after the one of the network before it. It is also the metric that netplan
// gives to routes from DHCP.
const metricStep = 100

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
	Metric int    `yaml:"metric"`
}

type nameservers struct {
	Addresses []string `yaml:"addresses"`
}

// networkData configures every network interface, found by its MAC address and named as its network is: an interface that is
// not in it, the one on the pod network too, would stay without an address.
//
// The guest's default route is the one of the first static gateway, else the one of the first interface with DHCP. Those of
// the others come after it, in their order.
func networkData(nics []network.NIC) ([]byte, error) {
	c := networkConfig{Version: 2, Ethernets: make(map[string]ethernet, len(nics))}

	gateways := map[string]int{}
	for i, nic := range nics {
		e := ethernet{Match: match{MACAddress: nic.MAC}, SetName: nic.Interface, MTU: nic.MTU}
		ip := nic.IPConfig
		if len(ip.DNSServers) > 0 {
			e.Nameservers = &nameservers{Addresses: texts(ip.DNSServers)}
		}
		switch ip.Mode {
		case v1alpha1.IPModeDHCP:
			e.DHCP4 = true
			e.DHCP4Override = &dhcpOverrides{RouteMetric: (i + 1) * metricStep}
			// The guest's boot waits for the first interface alone: another network may have no DHCP server.
			e.Optional = i > 0
		case v1alpha1.IPModeStatic:
			e.Addresses = []string{ip.Address.String()}
			if ip.Gateway.IsValid() {
				to := everywhere(ip.Gateway.Addr)
				// Without a metric the kernel would take one of its own, for IPv6 a worse one than that of the next gateway.
				gateways[to]++
				e.Routes = []route{{To: to, Via: ip.Gateway.String(), Metric: gateways[to]}}
			}
		}
		c.Ethernets[nic.Interface] = e
	}
	return encode("", c)
}

// everywhere is the destination of the default route to a gateway. Not every renderer of cloud-init understands "default".
func everywhere(gateway netip.Addr) string {
	if gateway.Is4() {
		return "0.0.0.0/0"
	}
	return "::/0"
}

func texts(addrs []v1alpha1.Addr) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return out
}
