package wukongtest

import (
	"net/netip"
	"strings"

	"pgregory.net/rapid"
)

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
		leaveOnePrimary(ns)
		return anys(ns)
	})
}

// drawNetworks draws networks, and a podNetwork that does not contradict them.
func drawNetworks(t *rapid.T, spec map[string]any) {
	maybe(t, spec, "podNetwork", rapid.Bool())
	maybe(t, spec, "networks", networks())
	ns, _ := spec["networks"].([]any)
	for _, n := range ns {
		n, _ := n.(map[string]any)
		if n["primary"] == true || n["name"] == "default" {
			delete(spec, "podNetwork")
		}
	}
}

// leaveOnePrimary takes away what would make a second network the primary one.
func leaveOnePrimary(ns []map[string]any) {
	found := false
	for _, n := range ns {
		if found && n["primary"] == true {
			delete(n, "primary")
		}
		found = found || n["primary"] == true
	}
}

// bareDefault generates what means the pod network.
func bareDefault() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		n := map[string]any{"name": "default"}
		maybe(t, n, "type", oneOf("bridge", ""))
		maybe(t, n, "primary", rapid.Bool())
		maybe(t, n, "ipConfig", rapid.Just(map[string]any{"mode": "dhcp"}))
		for _, field := range []string{"nadName", "bridgeName", "master", "resourceName", "macAddress", "physicalInterface", "nodeIP"} {
			maybe(t, n, field, rapid.Just(""))
		}
		return n
	})
}

func network() *rapid.Generator[map[string]any] {
	ordinary := rapid.Custom(func(t *rapid.T) map[string]any {
		n := map[string]any{"name": rapid.OneOf(label(), rapid.Just("default")).Draw(t, "name")}
		maybe(t, n, "type", enum("networks.type"))
		maybe(t, n, "primary", rapid.Bool())
		maybe(t, n, "physicalInterface", line(253))
		maybe(t, n, "nodeIP", orEmpty(rapid.Map(prefix(), netip.Prefix.String)))
		maybe(t, n, "vlanId", rapid.Int64Range(1, 4094))
		maybe(t, n, "bridgeName", interfaceName(15))
		// MASTER.VLAN is an interface, too: of its 15 characters the VLAN may take five.
		maybe(t, n, "master", interfaceName(10))
		maybe(t, n, "nadName", orEmpty(nadName()))
		maybe(t, n, "resourceName", orEmpty(qualifiedName()))
		maybe(t, n, "macAddress", orEmpty(macAddress()))
		maybe(t, n, "ipConfig", ipConfig())
		least := int64(576)
		if a, static := staticAddress(n); static && a.Is6() {
			least = 1280
		}
		maybe(t, n, "mtu", rapid.Int64Range(least, 65535))
		return n
	})
	return rapid.OneOf(ordinary, ordinary, ordinary, bareDefault())
}

// staticAddress returns the static address of a network, and whether it has one.
func staticAddress(network map[string]any) (netip.Addr, bool) {
	c, _ := network["ipConfig"].(map[string]any)
	text, _ := c["address"].(string)
	p, err := netip.ParsePrefix(text)
	return p.Addr(), c["mode"] == "static" && err == nil
}

// nadName generates names of networks in the namespace of the Wukong, with and without that namespace.
func nadName() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return oneOf("", Namespace+"/").Draw(t, "namespace") + objectName().Draw(t, "name")
	})
}
