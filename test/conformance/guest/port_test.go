//go:build conformance

package guest

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
)

// A port is the network that a guest's network interface is connected to.
type port struct {
	// address of the router, with a prefix length.
	address string

	// lease is the address that the DHCP server gives; empty if there is no server.
	lease string

	// mtu of the network; 0 for the default.
	mtu int
}

// connectPorts creates the network interfaces of a guest with their MAC addresses. Their other ends are in a machine that simulates the networks.
func connectPorts(t *testing.T, guest *machine, root string, macs []string, ports []port) {
	t.Helper()
	if len(macs) != len(ports) {
		t.Fatalf("want %d network interfaces, got %d: %v", len(ports), len(macs), macs)
	}
	outside := boot(t, root)
	dhcp := []string{
		"dnsmasq", "--keep-in-foreground", "--user=root", "--conf-file=/dev/null", "--port=0", "--bind-dynamic", "--no-ping", "--leasefile-ro",
		"--log-facility=-",
	}
	for i, p := range ports {
		// Both ends are created in their namespaces, so that this machine never has them.
		name := fmt.Sprintf("port%d", i)
		out, err := exec.CommandContext(t.Context(), "ip", "link", "add", fmt.Sprintf("eth%d", i), "address", macs[i], "netns", guest.pid,
			"type", "veth", "peer", "name", name, "netns", outside.pid).CombinedOutput()
		if err != nil {
			t.Fatalf("cannot create a network interface: %v\n%s", err, out)
		}
		if p.mtu > 0 {
			outside.run("ip", "link", "set", name, "mtu", strconv.Itoa(p.mtu))
		}
		outside.run("ip", "link", "set", name, "up")
		outside.run("ip", "address", "add", p.address, "dev", name)
		if p.lease != "" {
			dhcp = append(dhcp, fmt.Sprintf("--dhcp-range=set:%s,%s,%s,1h", name, p.lease, p.lease))
		}
	}
	outside.start(dhcp...)
}
