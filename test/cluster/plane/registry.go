package plane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// Version is the version of the packages that Start installs.
const Version = "v0.1.0"

// A Registry is a local OCI registry, with what is needed to push releases to it.
type Registry struct {
	// Address is host and port. It serves TLS.
	Address string `json:"address"`

	// CA is the path of the certificate of the authority that issued its certificate.
	CA string `json:"ca"`

	// Function is the path of the function's binary, which Release replaces.
	Function string `json:"function"`

	// Packager is the path of the program of package/build, which builds and pushes packages.
	Packager string `json:"packager"`
}

// startRegistry starts an OCI registry and pushes the packages of Source to it.
func (p *Plane) startRegistry(ctx context.Context) error {
	certs, err := p.pki.issue("registry", nil)
	if err != nil {
		return err
	}
	r := Registry{Address: p.address("registry"), CA: certs.ca, Function: filepath.Join(p.Dir, "bin", "function-wukong"), Packager: p.Packager}
	p.updateState(func(s *State) { s.Registry = r })
	if err := p.start(ctx, process.Spec{
		Name:    "registry",
		Path:    p.RegistryCommand[0],
		Args:    append(p.RegistryCommand[1:], "--address="+r.Address, "--cert="+certs.cert, "--key="+certs.key),
		Address: r.Address,
		Ready:   httpProbe("https://" + r.Address + "/v2/"),
	}); err != nil {
		return err
	}
	return r.Release(ctx, p.Source, Version)
}

// Release builds the function and its packages from a working tree, pushes the packages, and replaces the function's binary.
// A running function keeps the old binary until it is restarted.
func (r Registry) Release(ctx context.Context, repository, version string) error {
	out := filepath.Join(filepath.Dir(r.Function), version)
	platform := "linux/" + runtime.GOARCH
	if err := r.run(ctx, "packages", "--repository="+repository, "--version="+version, "--platforms="+platform, "--commands=", "--out="+out); err != nil {
		return err
	}
	if err := r.run(ctx, "push", "--from="+out, r.Address+"/novasphere"); err != nil {
		return err
	}
	return os.Rename(filepath.Join(out, "bin", "function-wukong-linux-"+runtime.GOARCH), r.Function)
}

// publish pushes a package of Crossplane that consists of a YAML stream alone. See contributing/specifications/xpkg.md of Crossplane.
func (r Registry) publish(ctx context.Context, repository string, stream []byte) error {
	ref, err := name.ParseReference(r.Address + "/" + repository)
	if err != nil {
		return err
	}
	image, err := crane.Image(map[string][]byte{"package.yaml": stream})
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(r.CA)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	return remote.Write(ref, image, remote.WithContext(ctx), remote.WithTransport(transport))
}

// run runs the packager, which trusts the registry.
func (r Registry) run(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, r.Packager, args...) //nolint:gosec // A program of this repository.
	c.Env = append(os.Environ(), "SSL_CERT_FILE="+r.CA)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(r.Packager), args[0], err, out)
	}
	return nil
}
