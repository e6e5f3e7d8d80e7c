package cni

import (
	"strings"
	"testing"
)

// Addresses of guests and of a host outside, all in one subnet: what keeps them apart is not the routing.
const (
	first   = "192.0.2.1"
	second  = "192.0.2.2"
	third   = "192.0.2.3"
	outside = "192.0.2.100"
	prefix  = "/24"
)

// A network that a Wukong asks for.
type network = map[string]any

func TestBridge(t *testing.T) {
	office := network{"name": "office", "type": "bridge", "mtu": 1400, "ipConfig": network{"mode": "dhcp"}}
	a := newMachine(t, "a", office).start(t, "office", first+prefix)
	b := newMachine(t, "b", office).start(t, "office", second+prefix)
	host := newHost(t, "office")
	namespace("").ip(t, "link", "set", host.uplink, "master", "br-office")

	a.talksTo(t, b.namespace, second)
	a.talksTo(t, host.namespace, outside)
	host.sees(t, first, a.mac)
	if got := namespace("a-pod").ip(t, "link", "show", "16477688c0e-nic"); !strings.Contains(got, " mtu 1400 ") {
		t.Errorf("want an MTU of 1400, got %s", got)
	}
}

func TestBridgeVLAN(t *testing.T) {
	on := func(vlan int) network {
		return network{"name": "office", "type": "bridge", "bridgeName": "br-trunk", "vlanId": vlan, "ipConfig": network{"mode": "dhcp"}}
	}
	a := newMachine(t, "a", on(100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", on(100)).start(t, "office", second+prefix)
	c := newMachine(t, "c", on(200)).start(t, "office", third+prefix)
	host := newHost(t, "trunk", 100)
	node := namespace("")
	node.ip(t, "link", "set", host.uplink, "master", "br-trunk")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")

	a.talksTo(t, b.namespace, second)
	a.talksTo(t, host.namespace, outside)
	a.neverTalksTo(t, third)
	c.neverTalksTo(t, outside)
	host.untag(t)
	a.neverTalksTo(t, outside)
	a.ip(t, "neighbor", "flush", "all")
	host.neverTalksTo(t, first)
	a.hasNotHeardOf(t, outside)
}

// TestBridgeOfTheNode has the node make the bridge: one that filters no VLANs the plugin leaves so, which keeps no guests apart, until the
// node's administrator does what the documentation says. Guests that run are kept apart from then on.
func TestBridgeOfTheNode(t *testing.T) {
	node := namespace("")
	node.ip(t, "link", "add", "br-node", "type", "bridge")
	node.ip(t, "link", "set", "br-node", "up")
	t.Cleanup(func() { node.ip(t, "link", "delete", "br-node") })
	on := func(vlan int) network {
		return network{"name": "office", "type": "bridge", "bridgeName": "br-node", "vlanId": vlan, "ipConfig": network{"mode": "dhcp"}}
	}
	a := newMachine(t, "a", on(100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", on(100)).start(t, "office", second+prefix)
	c := newMachine(t, "c", on(200)).start(t, "office", third+prefix)
	host := newHost(t, "node", 100)
	node.ip(t, "link", "set", host.uplink, "master", "br-node")
	host.untag(t)
	a.talksTo(t, c.namespace, third)
	a.talksTo(t, host.namespace, outside)

	node.ip(t, "link", "set", "br-node", "type", "bridge", "vlan_filtering", "1")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")
	a.talksTo(t, b.namespace, second)
	a.neverTalksTo(t, third)
	a.neverTalksTo(t, outside)
	host.tag(t, 100)
	a.talksTo(t, host.namespace, outside)
	c.neverTalksTo(t, outside)
}

// TestBridgeOfTheNodeThatFilters has the node make the bridge as the documentation says.
func TestBridgeOfTheNodeThatFilters(t *testing.T) {
	node := namespace("")
	node.ip(t, "link", "add", "br-node", "type", "bridge", "vlan_filtering", "1")
	node.ip(t, "link", "set", "br-node", "up")
	t.Cleanup(func() { node.ip(t, "link", "delete", "br-node") })
	on := func(vlan int) network {
		return network{"name": "office", "type": "bridge", "bridgeName": "br-node", "vlanId": vlan, "ipConfig": network{"mode": "dhcp"}}
	}
	a := newMachine(t, "a", on(100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", on(100)).start(t, "office", second+prefix)
	newMachine(t, "c", on(200)).start(t, "office", third+prefix)
	host := newHost(t, "node", 100)
	node.ip(t, "link", "set", host.uplink, "master", "br-node")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")
	a.talksTo(t, b.namespace, second)
	a.talksTo(t, host.namespace, outside)
	a.neverTalksTo(t, third)
}

// TestMacvlan shows that a guest has an uplink of the node for itself.
func TestMacvlan(t *testing.T) {
	host := newHost(t, "uplink")
	a := newMachine(t, "a", network{"name": "storage", "type": "macvlan", "master": host.uplink, "ipConfig": network{"mode": "dhcp"}}).start(t, "storage", first+prefix)
	a.talksTo(t, host.namespace, outside)
	host.sees(t, first, a.mac)
}

// TestMacvlanVLAN has the platform team prepare the uplink's VLAN, as the documentation says.
func TestMacvlanVLAN(t *testing.T) {
	host := newHost(t, "uplink", 100)
	namespace("").ip(t, "link", "add", "link", host.uplink, "name", host.uplink+".100", "type", "vlan", "id", "100")
	namespace("").ip(t, "link", "set", host.uplink+".100", "up")
	a := newMachine(t, "a", network{"name": "storage", "type": "macvlan", "master": host.uplink, "vlanId": 100, "ipConfig": network{"mode": "dhcp"}}).start(t, "storage", first+prefix)
	a.talksTo(t, host.namespace, outside)
	host.untag(t)
	a.neverTalksTo(t, outside)
}

func TestOVS(t *testing.T) {
	startOpenVSwitch(t)
	run(t, "ovs-vsctl", "add-br", "br-fast")
	t.Cleanup(func() { run(t, "ovs-vsctl", "del-br", "br-fast") })
	on := func(vlan int) network {
		n := network{"name": "fast", "type": "ovs", "ipConfig": network{"mode": "dhcp"}}
		if vlan != 0 {
			n["vlanId"] = vlan
		}
		return n
	}
	a := newMachine(t, "a", on(100)).start(t, "fast", first+prefix)
	b := newMachine(t, "b", on(100)).start(t, "fast", second+prefix)
	c := newMachine(t, "c", on(200)).start(t, "fast", third+prefix)
	host := newHost(t, "fast", 100)
	run(t, "ovs-vsctl", "add-port", "br-fast", host.uplink)

	a.talksTo(t, b.namespace, second)
	a.talksTo(t, host.namespace, outside)
	host.sees(t, first, a.mac)
	a.neverTalksTo(t, third)
	c.neverTalksTo(t, outside)
}

// talksTo asserts that what is in the namespace gets answers from an address that something in another has.
func (n namespace) talksTo(t *testing.T, other namespace, address string) {
	t.Helper()
	if !n.reaches(address, 10) {
		t.Errorf("%s does not reach %s at %s:\n%s\n%s", n, other, address, n.ip(t, "address"), other.ip(t, "address"))
	}
}

// neverTalksTo asserts that it gets none. That it can talk at all another assertion has shown.
func (n namespace) neverTalksTo(t *testing.T, address string) {
	t.Helper()
	if n.reaches(address, 3) {
		t.Errorf("%s reaches %s", n, address)
	}
}

// hasNotHeardOf asserts that what is in the namespace got no question from an address, whether or not its answer got through.
func (n namespace) hasNotHeardOf(t *testing.T, address string) {
	t.Helper()
	if got := n.ip(t, "neighbor", "show", address); strings.Contains(got, "lladdr") {
		t.Errorf("%s has heard of %s: %s", n, address, got)
	}
}
