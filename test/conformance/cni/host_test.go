package cni

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// A host is a host outside the node, at the other end of an uplink.
type host struct {
	namespace

	uplink, device string
}

// newHost creates a host with the address outside, in a VLAN if one is given, and an uplink of the node to it.
func newHost(t *testing.T, name string, vlan ...int) *host {
	t.Helper()
	h := &host{namespace: newNamespace(t, name), uplink: "to-" + name, device: "eth0"}
	node := namespace("")
	node.ip(t, "link", "add", h.uplink, "type", "veth", "peer", "name", "eth0", "netns", name)
	// The kernel deletes it with the namespace, but later, when the next test may need its name.
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

// untag moves the address of the host to its untagged device.
func (h *host) untag(t *testing.T) {
	t.Helper()
	h.ip(t, "address", "delete", outside+prefix, "dev", h.device)
	h.device = "eth0"
	h.ip(t, "address", "add", outside+prefix, "dev", h.device)
}

// tag moves the address of the host to the device of a VLAN, which must exist.
func (h *host) tag(t *testing.T, vlan int) {
	t.Helper()
	h.ip(t, "address", "delete", outside+prefix, "dev", h.device)
	h.device = fmt.Sprintf("eth0.%d", vlan)
	h.ip(t, "address", "add", outside+prefix, "dev", h.device)
}

// knowsMAC checks that the host has resolved an address to a MAC address.
func (h *host) knowsMAC(t *testing.T, address, mac string) {
	t.Helper()
	if got := h.ip(t, "neighbor", "show", address); !strings.Contains(got, mac) {
		t.Errorf("want %s at %s, got %q", address, mac, got)
	}
}
