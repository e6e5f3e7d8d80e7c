//go:build conformance

package guest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/test/conformance/rootfs"
)

var selected = flag.String("systems", "bookworm,trixie,noble", "systems to test with; leave out one whose archive is unreachable")

// packages of every system: cloud-init, the software that it configures, and the programs that the tests run.
var packages = []string{
	"cloud-init", "dbus", "dnsmasq-base", "ifupdown", "iproute2", "isc-dhcp-client", "net-tools", "netplan.io",
	"openssh-client", "openssh-server", "pamtester", "python3-jsonschema", "sudo", "systemd-resolved", "systemd-sysv", "udev",
}

// A system is an operating system of guests.
type system struct {
	spec rootfs.Spec

	// user that its images create by default.
	user string

	// hasNetworkSchema reports whether its cloud-init has a schema for network config.
	hasNetworkSchema bool

	// root is the folder of its root file system.
	root string
}

var allSystems = []*system{
	{spec: rootfs.Bookworm(packages...), user: "debian"},
	{spec: rootfs.Trixie(packages...), user: "debian", hasNetworkSchema: true},
	{spec: rootfs.Noble(slices.Concat(packages, []string{"locales", "lsb-release"})...), user: "ubuntu", hasNetworkSchema: true},
}

// systems are those that the flag selects.
var systems []*system

// TestMain builds the systems.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// prepare installs the programs that the tests run, and builds the selected systems.
func prepare(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errors.New("guests need root, for their namespaces")
	}
	for program, pkg := range map[string]string{"ip": "iproute2", "nsenter": "util-linux"} {
		if err := rootfs.Need(ctx, program, pkg); err != nil {
			return err
		}
	}
	for name := range strings.SplitSeq(*selected, ",") {
		s, err := find(name)
		if err != nil {
			return err
		}
		if s.root, err = rootfs.Build(ctx, s.spec); err != nil {
			return fmt.Errorf("%w\nTo leave out this system, select the others with -systems (make conformance-guest SYSTEMS=...)", err)
		}
		systems = append(systems, s)
	}
	return nil
}

// find returns the system of a name.
func find(name string) (*system, error) {
	for _, s := range allSystems {
		if s.spec.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("-systems: there is no system %q", name)
}

// onEach runs a test on each system, in parallel.
func onEach(t *testing.T, test func(t *testing.T, s *system)) {
	for _, s := range systems {
		t.Run(s.spec.Name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}
