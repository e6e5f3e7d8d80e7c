package wukongtest

import (
	"slices"

	"net/netip"
	"strings"

	"pgregory.net/rapid"
)

// networks generates lists of networks with different addresses and MAC addresses, at most one of which is primary.
func networks() *rapid.Generator[[]any] {
	return rapid.Map(rapid.SliceOfNDistinct(network(), 0, 32, nameOf), func(ns []map[string]any) []any {
		seen, addresses := map[string]bool{}, map[netip.Addr]bool{}
		for _, n := range ns {
			if a, static := staticAddress(n); static && addresses[a] {
				delete(n, "ipConfig")
			} else if static {
				addresses[a] = true
			}
			mac, given := n["macAddress"].(string)
			if !given {
				continue
			}
			if mac = strings.ToLower(mac); mac != "" && seen[mac] {
				delete(n, "macAddress")
			}
			seen[mac] = true
		}
		keepFirstPrimary(ns)
		return anys(ns)
	})
}

// drawNetworks draws networks, and a podNetwork that is valid beside them.
func drawNetworks(t *rapid.T, spec map[string]any) {
	drawOptional(t, spec, "podNetwork", rapid.Bool())
	drawOptional(t, spec, "networks", networks())
	ns, _ := spec["networks"].([]any)
	for _, n := range ns {
		n, _ := n.(map[string]any)
		if n["primary"] == true || n["name"] == "default" {
			delete(spec, "podNetwork")
		}
	}
}

// keepFirstPrimary removes the field primary of all networks but the first that is primary.
func keepFirstPrimary(ns []map[string]any) {
	hasPrimary := false
	for _, n := range ns {
		if hasPrimary && n["primary"] == true {
			delete(n, "primary")
		}
		hasPrimary = hasPrimary || n["primary"] == true
	}
}

// podNetwork generates networks named default that are the pod network.
func podNetwork() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		n := map[string]any{"name": "default"}
		drawOptional(t, n, "type", oneOf("bridge", ""))
		drawOptional(t, n, "primary", rapid.Bool())
		drawOptional(t, n, "ipConfig", rapid.Just(map[string]any{"mode": "dhcp"}))
		for _, field := range []string{"nadName", "bridgeName", "master", "resourceName", "macAddress", "physicalInterface", "nodeIP"} {
			drawOptional(t, n, field, rapid.Just(""))
		}
		return n
	})
}

// network generates networks.
func network() *rapid.Generator[map[string]any] {
	ordinary := rapid.Custom(func(t *rapid.T) map[string]any {
		n := map[string]any{"name": rapid.OneOf(label().Filter(isOfNoNode), rapid.Just("default")).Draw(t, "name")}
		drawOptional(t, n, "type", enum("networks.type"))
		drawOptional(t, n, "primary", rapid.Bool())
		drawOptional(t, n, "physicalInterface", line(253))
		drawOptional(t, n, "nodeIP", orEmpty(rapid.Map(prefix(), netip.Prefix.String)))
		drawOptional(t, n, "vlanId", rapid.Int64Range(1, 4094))
		drawOptional(t, n, "bridgeName", interfaceName(15))
		// The interface MASTER.VLAN has at most 15 characters too, of which .VLAN has up to five.
		drawOptional(t, n, "master", interfaceName(10))
		drawOptional(t, n, "nadName", orEmpty(nadName()))
		drawOptional(t, n, "resourceName", orEmpty(qualifiedName()))
		drawOptional(t, n, "macAddress", orEmpty(macAddress()))
		drawOptional(t, n, "macSpoofCheck", rapid.Bool())
		drawOptional(t, n, "ipConfig", ipConfig())
		least := int64(576)
		if a, static := staticAddress(n); static && a.Is6() {
			least = 1280
		}
		drawOptional(t, n, "mtu", rapid.Int64Range(least, 65535))
		return n
	})
	return rapid.OneOf(ordinary, ordinary, ordinary, podNetwork())
}

// staticAddress returns the static address of a network, and whether it has one.
func staticAddress(network map[string]any) (netip.Addr, bool) {
	c, _ := network["ipConfig"].(map[string]any)
	text, _ := c["address"].(string)
	p, err := netip.ParsePrefix(text)
	return p.Addr(), c["mode"] == "static" && err == nil
}

// isOfNoNode reports whether the bridge of a network with a name is none of the node's own networks, which are refused.
func isOfNoNode(name string) bool { return !slices.Contains([]string{"ex", "int", "tun"}, name) }

// nadName generates names of networks in the namespace of the Wukong, with and without that namespace.
func nadName() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return oneOf("", Namespace+"/").Draw(t, "namespace") + objectName().Draw(t, "name")
	})
}
