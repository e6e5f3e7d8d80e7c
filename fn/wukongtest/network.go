package wukongtest

import (
	"strings"

	"pgregory.net/rapid"
)

func networks() *rapid.Generator[[]any] {
	return rapid.Map(rapid.SliceOfNDistinct(network(), 0, 32, nameOf), func(ns []map[string]any) []any {
		seen := map[string]bool{}
		for _, n := range ns {
			mac, given := n["macAddress"].(string)
			if !given {
				continue
			}
			if mac = strings.ToLower(mac); mac != "" && seen[mac] {
				delete(n, "macAddress")
			}
			seen[mac] = true
		}
		return anys(ns)
	})
}

func network() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		n := map[string]any{
			"name": rapid.OneOf(label(), rapid.Just("default")).Draw(t, "name"),
			"type": oneOf("bridge", "macvlan", "sriov", "ovs").Draw(t, "type"),
		}
		maybe(t, n, "vlanId", rapid.Int64Range(1, 4094))
		maybe(t, n, "bridgeName", interfaceName(15))
		// MASTER.VLAN is an interface, too: of its 15 characters the VLAN may take five.
		maybe(t, n, "master", interfaceName(10))
		maybe(t, n, "nadName", orEmpty(nadName()))
		maybe(t, n, "resourceName", orEmpty(qualifiedName()))
		maybe(t, n, "macAddress", orEmpty(macAddress()))
		maybe(t, n, "mtu", rapid.Int64Range(576, 65535))
		maybe(t, n, "ipConfig", ipConfig())
		return n
	})
}

// nadName generates names of networks in the namespace of the Wukong, with and without that namespace.
func nadName() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return oneOf("", Namespace+"/").Draw(t, "namespace") + objectName().Draw(t, "name")
	})
}
