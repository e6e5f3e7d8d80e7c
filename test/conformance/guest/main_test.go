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

var chosen = flag.String("systems", "bookworm,trixie,noble", "systems to test with, to leave one out whose archive cannot be reached")

// packages of every system: cloud-init, what it configures, and what looks at the result.
var packages = []string{
	"cloud-init", "dbus", "dnsmasq-base", "ifupdown", "iproute2", "isc-dhcp-client", "net-tools", "netplan.io",
	"openssh-client", "openssh-server", "pamtester", "python3-jsonschema", "sudo", "systemd-resolved", "systemd-sysv", "udev",
}

// A system that guests run.
type system struct {
	spec rootfs.Spec

	// user that its images come with.
	user string

	// checksNetwork is whether its cloud-init schema knows network config, too.
	checksNetwork bool

	// root of its file system.
	root string
}

var known = []*system{
	{spec: rootfs.Bookworm(packages...), user: "debian"},
	{spec: rootfs.Trixie(packages...), user: "debian", checksNetwork: true},
	{spec: rootfs.Noble(slices.Concat(packages, []string{"locales", "lsb-release"})...), user: "ubuntu", checksNetwork: true},
}

// systems that were chosen.
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

func prepare(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errors.New("guests need root, for their namespaces")
	}
	for program, pkg := range map[string]string{"ip": "iproute2", "nsenter": "util-linux"} {
		if err := rootfs.Need(ctx, program, pkg); err != nil {
			return err
		}
	}
	for name := range strings.SplitSeq(*chosen, ",") {
		s, err := find(name)
		if err != nil {
			return err
		}
		if s.root, err = rootfs.Build(ctx, s.spec); err != nil {
			return fmt.Errorf("%w\nTo leave this system out, choose the others by -systems (make conformance-guest SYSTEMS=...)", err)
		}
		systems = append(systems, s)
	}
	return nil
}

func find(name string) (*system, error) {
	for _, s := range known {
		if s.spec.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("-systems: there is no system %q", name)
}

// onEach runs a test on each system, beside others.
func onEach(t *testing.T, test func(t *testing.T, s *system)) {
	for _, s := range systems {
		t.Run(s.spec.Name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}
