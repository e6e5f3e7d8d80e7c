package cni

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// A host is one elsewhere on the network, at the other end of an uplink of the node.
type host struct {
	namespace

	uplink, device string
}

// newHost makes a host with the address outside, in a VLAN if one is given, that a new uplink of the node leads to.
func newHost(t *testing.T, name string, vlan ...int) *host {
	t.Helper()
	h := &host{namespace: newNamespace(t, name), uplink: "to-" + name, device: "eth0"}
	node := namespace("")
	node.ip(t, "link", "add", h.uplink, "type", "veth", "peer", "name", "eth0", "netns", name)
	// It would go with the namespace, but later, and the next one may have its name.
	t.Cleanup(func() { node.ip(t, "link", "del", h.uplink) })
	node.ip(t, "link", "set", h.uplink, "up")
	h.ip(t, "link", "set", "eth0", "up")
	for _, id := range vlan {
		h.device = fmt.Sprintf("eth0.%d", id)
		h.ip(t, "link", "add", "link", "eth0", "name", h.device, "type", "vlan", "id", strconv.Itoa(id))
		h.ip(t, "link", "set", h.device, "up")
	}
	h.ip(t, "address", "add", outside+prefix, "dev", h.device)
	return h
}

// untag takes the host out of its VLAN, with its address.
func (h *host) untag(t *testing.T) {
	t.Helper()
	h.ip(t, "address", "delete", outside+prefix, "dev", h.device)
	h.device = "eth0"
	h.ip(t, "address", "add", outside+prefix, "dev", h.device)
}

// tag takes the host into a VLAN whose device it has, with its address.
func (h *host) tag(t *testing.T, vlan int) {
	t.Helper()
	h.ip(t, "address", "delete", outside+prefix, "dev", h.device)
	h.device = fmt.Sprintf("eth0.%d", vlan)
	h.ip(t, "address", "add", outside+prefix, "dev", h.device)
}

// sees asserts that the host knows an address by a MAC address, now that they have talked.
func (h *host) sees(t *testing.T, address, mac string) {
	t.Helper()
	if got := h.ip(t, "neighbor", "show", address); !strings.Contains(got, mac) {
		t.Errorf("want %s at %s, got %q", address, mac, got)
	}
}
