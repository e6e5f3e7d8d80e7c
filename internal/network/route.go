package network

import "net/netip"

// metricStep is the difference between the metrics of two interfaces' routes. It is also netplan's default metric of routes from DHCP.
const metricStep = 100

// A Route of a guest.
type Route struct {
	// To is the destination.
	To netip.Prefix

	// Via is the next hop.
	Via netip.Addr

	// Metric orders routes to the same destination: a lower metric has precedence. It is 0 for the only route to a destination.
	Metric int
}

// defaultRoute returns the default route through a gateway.
func defaultRoute(gateway netip.Addr) Route {
	everywhere := netip.IPv6Unspecified()
	if gateway.Is4() {
		everywhere = netip.IPv4Unspecified()
	}
	return Route{To: netip.PrefixFrom(everywhere, 0), Via: gateway}
}

// setMetrics orders the default routes: first those through static gateways, in the order of their networks, then those of the pod network and
// those from DHCP, in the order of their interfaces.
func setMetrics(nics []NIC) {
	gateways := map[netip.Prefix]int{}
	for i := range nics {
		metric := (i + 1) * metricStep
		if nics[i].DHCP {
			nics[i].DHCPMetric = metric
		}
		for j := range nics[i].Routes {
			r := &nics[i].Routes[j]
			switch {
			case r.To.Bits() > 0:
			case nics[i].NAD == "":
				r.Metric = metric
			default:
				// The kernel's own metric for a route without one is higher than that of the next gateway for IPv6.
				gateways[r.To]++
				r.Metric = gateways[r.To]
			}
		}
	}
}
