package cni

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// Addresses of guests and of a host outside the node. All are in one subnet, so that routing cannot isolate them.
const (
	first   = "192.0.2.1"
	second  = "192.0.2.2"
	third   = "192.0.2.3"
	outside = "192.0.2.100"
	prefix  = "/24"
)

// A network is an element of a Wukong's spec.networks.
type network = map[string]any

// office returns a network on a VLAN of a bridge.
func office(bridge string, vlan int) network {
	return network{"name": "office", "type": "bridge", "bridgeName": bridge, "vlanId": vlan, "ipConfig": network{"mode": "dhcp"}}
}

// TestBridge shows that guests on a bridge reach each other and a host outside, with the MTU of the network.
func TestBridge(t *testing.T) {
	office := network{"name": "office", "type": "bridge", "mtu": 1400, "ipConfig": network{"mode": "dhcp"}}
	a := newMachine(t, "a", office).start(t, "office", first+prefix)
	b := newMachine(t, "b", office).start(t, "office", second+prefix)
	host := newHost(t, "office")
	namespace("").ip(t, "link", "set", host.uplink, "master", "br-office")

	a.canReach(t, b.namespace, second)
	a.canReach(t, host.namespace, outside)
	host.knowsMAC(t, first, a.mac)
	if got := namespace("a-pod").ip(t, "link", "show", "16477688c0e-nic"); !strings.Contains(got, " mtu 1400 ") {
		t.Errorf("want an MTU of 1400, got %s", got)
	}
}

// TestBridgeVLAN shows that guests on a bridge reach only others in their VLAN.
func TestBridgeVLAN(t *testing.T) {
	a := newMachine(t, "a", office("br-trunk", 100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", office("br-trunk", 100)).start(t, "office", second+prefix)
	c := newMachine(t, "c", office("br-trunk", 200)).start(t, "office", third+prefix)
	host := newHost(t, "trunk", 100)
	node := namespace("")
	node.ip(t, "link", "set", host.uplink, "master", "br-trunk")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")

	a.canReach(t, b.namespace, second)
	a.canReach(t, host.namespace, outside)
	a.cannotReach(t, third)
	c.cannotReach(t, outside)
	host.untag(t)
	a.cannotReach(t, outside)
	a.ip(t, "neighbor", "flush", "all")
	host.cannotReach(t, first)
	a.gotNoRequestFrom(t, outside)
}

// TestBridgeOfNode attaches guests to a bridge that the node created without VLAN filtering. The plugin does not enable it, so that guests are not
// isolated until the node's administrator enables it as documented, also for running guests.
func TestBridgeOfNode(t *testing.T) {
	node := namespace("")
	node.ip(t, "link", "add", "br-node", "type", "bridge")
	node.ip(t, "link", "set", "br-node", "up")
	t.Cleanup(func() { node.ip(t, "link", "delete", "br-node") })
	a := newMachine(t, "a", office("br-node", 100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", office("br-node", 100)).start(t, "office", second+prefix)
	c := newMachine(t, "c", office("br-node", 200)).start(t, "office", third+prefix)
	host := newHost(t, "node", 100)
	node.ip(t, "link", "set", host.uplink, "master", "br-node")
	host.untag(t)
	a.canReach(t, c.namespace, third)
	a.canReach(t, host.namespace, outside)

	node.ip(t, "link", "set", "br-node", "type", "bridge", "vlan_filtering", "1")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")
	a.canReach(t, b.namespace, second)
	a.cannotReach(t, third)
	a.cannotReach(t, outside)
	host.tag(t, 100)
	a.canReach(t, host.namespace, outside)
	c.cannotReach(t, outside)
}

// TestBridgeOfNodeWithVLANFiltering attaches guests to a bridge that the node created as documented.
func TestBridgeOfNodeWithVLANFiltering(t *testing.T) {
	node := namespace("")
	node.ip(t, "link", "add", "br-node", "type", "bridge", "vlan_filtering", "1")
	node.ip(t, "link", "set", "br-node", "up")
	t.Cleanup(func() { node.ip(t, "link", "delete", "br-node") })
	a := newMachine(t, "a", office("br-node", 100)).start(t, "office", first+prefix)
	b := newMachine(t, "b", office("br-node", 100)).start(t, "office", second+prefix)
	newMachine(t, "c", office("br-node", 200)).start(t, "office", third+prefix)
	host := newHost(t, "node", 100)
	node.ip(t, "link", "set", host.uplink, "master", "br-node")
	run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", "100")
	a.canReach(t, b.namespace, second)
	a.canReach(t, host.namespace, outside)
	a.cannotReach(t, third)
}

// TestForgedMAC shows that nothing leaves that a guest sends from another MAC address than its own, neither to a guest nor to a host outside, unless the
// network allows it.
func TestForgedMAC(t *testing.T) {
	const forged = "02:00:5e:10:00:66"
	for name, n := range map[string]network{"Untagged": {}, "VLAN": {"vlanId": 100}} {
		t.Run(name, func(t *testing.T) {
			on := func(more network) network {
				out := network{"name": "office", "type": "bridge", "bridgeName": "br-forged", "ipConfig": network{"mode": "dhcp"}}
				maps.Copy(out, n)
				maps.Copy(out, more)
				return out
			}
			a := newMachine(t, "a", on(network{})).start(t, "office", first+prefix)
			b := newMachine(t, "b", on(network{})).start(t, "office", second+prefix)
			free := newMachine(t, "free", on(network{"macSpoofCheck": false})).start(t, "office", third+prefix)
			host := newHost(t, "forged")
			namespace("").ip(t, "link", "set", host.uplink, "master", "br-forged")
			if vlan, tagged := n["vlanId"]; tagged {
				run(t, "bridge", "vlan", "add", "dev", host.uplink, "vid", fmt.Sprint(vlan), "pvid", "untagged")
			}

			a.setMAC(t, forged)
			a.cannotReach(t, outside)
			a.cannotReach(t, second)
			host.gotNoRequestFrom(t, first)
			b.gotNoRequestFrom(t, first)
			a.setMAC(t, a.mac)
			a.canReach(t, host.namespace, outside)
			a.canReach(t, b.namespace, second)
			host.knowsMAC(t, first, a.mac)

			free.canReach(t, host.namespace, outside)
			host.knowsMAC(t, third, free.mac)
			host.ip(t, "neighbor", "flush", "all")
			free.setMAC(t, forged)
			free.canReach(t, host.namespace, outside)
			host.knowsMAC(t, third, forged)
		})
	}
}

// TestMacvlan shows that a guest is on the network of the node's uplink with its own MAC address.
func TestMacvlan(t *testing.T) {
	host := newHost(t, "uplink")
	storage := network{"name": "storage", "type": "macvlan", "master": host.uplink, "ipConfig": network{"mode": "dhcp"}}
	a := newMachine(t, "a", storage).start(t, "storage", first+prefix)
	a.canReach(t, host.namespace, outside)
	host.knowsMAC(t, first, a.mac)
}

// TestMacvlanVLAN shows the same in a VLAN of the uplink, which the platform team creates as documented.
func TestMacvlanVLAN(t *testing.T) {
	host := newHost(t, "uplink", 100)
	namespace("").ip(t, "link", "add", "link", host.uplink, "name", host.uplink+".100", "type", "vlan", "id", "100")
	namespace("").ip(t, "link", "set", host.uplink+".100", "up")
	storage := network{"name": "storage", "type": "macvlan", "master": host.uplink, "vlanId": 100, "ipConfig": network{"mode": "dhcp"}}
	a := newMachine(t, "a", storage).start(t, "storage", first+prefix)
	a.canReach(t, host.namespace, outside)
	host.untag(t)
	a.cannotReach(t, outside)
}

// TestOVS shows that guests on an Open vSwitch bridge reach only others in their VLAN.
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

	a.canReach(t, b.namespace, second)
	a.canReach(t, host.namespace, outside)
	host.knowsMAC(t, first, a.mac)
	a.cannotReach(t, third)
	c.cannotReach(t, outside)
}

// canReach checks that a host in the namespace gets replies from an address of another namespace.
func (n namespace) canReach(t *testing.T, other namespace, address string) {
	t.Helper()
	if !n.reaches(address, 10) {
		t.Errorf("%s does not reach %s at %s:\n%s\n%s", n, other, address, n.ip(t, "address"), other.ip(t, "address"))
	}
}

// cannotReach checks that a host in the namespace gets no reply from an address.
func (n namespace) cannotReach(t *testing.T, address string) {
	t.Helper()
	if n.reaches(address, 3) {
		t.Errorf("%s reaches %s", n, address)
	}
}

// gotNoRequestFrom checks that no request from an address has reached the namespace, whether or not a reply got through.
func (n namespace) gotNoRequestFrom(t *testing.T, address string) {
	t.Helper()
	if got := n.ip(t, "neighbor", "show", address); strings.Contains(got, "lladdr") {
		t.Errorf("%s has received a packet from %s: %s", n, address, got)
	}
}
