package plane

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// Version of the release that is installed at the start.
const Version = "v0.1.0"

// A Registry is where releases are pushed to, and what does that.
type Registry struct {
	// Address that it serves on, with TLS.
	Address string `json:"address"`

	// CA is the file with the authority that vouches for it.
	CA string `json:"ca"`

	// Function is the path of the function's binary. It may be replaced while the function runs.
	Function string `json:"function"`

	// Packager is the program that builds packages and pushes them.
	Packager string `json:"packager"`
}

// startRegistry serves an OCI registry, and pushes the packages of our release to it.
func (p *Plane) startRegistry(ctx context.Context) error {
	certs, err := p.pki.issue("registry", nil)
	if err != nil {
		return err
	}
	r := Registry{Address: p.address("registry"), CA: certs.ca, Function: filepath.Join(p.Dir, "bin", "function-wukong"), Packager: p.Packager}
	p.updateState(func(s *State) { s.Registry = r })
	if err := p.start(ctx, process.Spec{
		Name:    "registry",
		Path:    p.Registry[0],
		Args:    append(p.Registry[1:], "--address="+r.Address, "--cert="+certs.cert, "--key="+certs.key),
		Address: r.Address,
		Ready:   httpProbe("https://" + r.Address + "/v2/"),
	}); err != nil {
		return err
	}
	return r.Release(ctx, p.Source, Version)
}

// Release builds a version of the function and its packages from a repository, pushes the packages, and puts the function's binary
// where it is run from. A function that runs goes on until it is started anew.
func (r Registry) Release(ctx context.Context, repository, version string) error {
	out := filepath.Join(filepath.Dir(r.Function), version)
	platform := "linux/" + runtime.GOARCH
	if err := r.run(ctx, "packages", "--repository="+repository, "--version="+version, "--platforms="+platform, "--out="+out); err != nil {
		return err
	}
	if err := r.run(ctx, "push", "--from="+out, r.Address+"/novasphere"); err != nil {
		return err
	}
	return os.Rename(filepath.Join(out, "bin", "function-wukong-linux-"+runtime.GOARCH), r.Function)
}

func (r Registry) run(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, r.Packager, args...) //nolint:gosec // A program of this repository.
	c.Env = append(os.Environ(), "SSL_CERT_FILE="+r.CA)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(r.Packager), args[0], err, out)
	}
	return nil
}
