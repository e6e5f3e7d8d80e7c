package network

import (
	"net/netip"
)

// metricStep is by how much the routes from DHCP come after those of the network before. It is also the metric that netplan
// gives to such routes by itself.
const metricStep = 100

// A Route of a guest.
type Route struct {
	// To is where it leads, and Via the next hop.
	To  netip.Prefix
	Via netip.Addr

	// Metric is how far behind other routes to the same place it comes; 0 for what leads there alone.
	Metric int
}

// defaultRoute returns the route to everywhere by a gateway.
func defaultRoute(gateway netip.Addr) Route {
	everywhere := netip.IPv6Unspecified()
	if gateway.Is4() {
		everywhere = netip.IPv4Unspecified()
	}
	return Route{To: netip.PrefixFrom(everywhere, 0), Via: gateway}
}

// setMetrics puts default routes into an order: the guest's is that of the first static gateway of a network, else that of the
// first interface with DHCP or on the pod network. Those of the others come after it, in their order.
func setMetrics(nics []NIC) {
	gateways := map[netip.Prefix]int{}
	for i := range nics {
		later := (i + 1) * metricStep
		if nics[i].DHCP {
			nics[i].DHCPMetric = later
		}
		for j := range nics[i].Routes {
			r := &nics[i].Routes[j]
			switch {
			case r.To.Bits() > 0:
			case nics[i].NAD == "":
				r.Metric = later
			default:
				// Without a metric the kernel would take one of its own, for IPv6 a worse one than that of the next gateway.
				gateways[r.To]++
				r.Metric = gateways[r.To]
			}
		}
	}
}
