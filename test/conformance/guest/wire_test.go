//go:build conformance

package guest

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
)

// A port is what a guest's network interface is plugged into.
type port struct {
	// address of the router there, with its prefix length.
	address string

	// lease that its DHCP server gives; empty where there is none.
	lease string

	// mtu of the network; 0 for the usual one.
	mtu int
}

// wire gives a guest its network interfaces, each by its MAC address in a port of a machine that plays the networks.
func wire(t *testing.T, guest *machine, root string, macs []string, ports []port) {
	t.Helper()
	if len(macs) != len(ports) {
		t.Fatalf("want %d network interfaces, got %d: %v", len(ports), len(macs), macs)
	}
	outside := boot(t, root)
	dhcp := []string{"dnsmasq", "--keep-in-foreground", "--user=root", "--conf-file=/dev/null", "--port=0", "--bind-dynamic", "--no-ping", "--leasefile-ro", "--log-facility=-"}
	for i, p := range ports {
		// Made where they belong, so that this machine never has them.
		name := fmt.Sprintf("port%d", i)
		out, err := exec.CommandContext(t.Context(), "ip", "link", "add", fmt.Sprintf("eth%d", i), "address", macs[i], "netns", guest.pid,
			"type", "veth", "peer", "name", name, "netns", outside.pid).CombinedOutput()
		if err != nil {
			t.Fatalf("cannot make a network interface: %v\n%s", err, out)
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
