package plane

import (
	"context"
	"os"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

const crossplaneNamespace = "crossplane-system"

// crossplaneModule downloads the Go module of Crossplane.
func (p *Plane) crossplaneModule(ctx context.Context) (module, error) {
	if p.Set.HasClaimsAlone() {
		return p.moduleOf(ctx, Crossplane, "github.com/crossplane/crossplane")
	}
	return p.moduleOf(ctx, Crossplane, "github.com/crossplane/crossplane/v2")
}

// crossplaneArgs returns the arguments that differ between generations. In each of them Crossplane leaves running packages to an external runtime.
func (p *Plane) crossplaneArgs() []string {
	if p.Set.HasClaimsAlone() {
		return []string{"--package-runtime=External"}
	}
	return []string{
		"--package-runtime=Provider=External;Function=External",
		// Crossplane counts each event of a composed resource once for each Object of its first composite: the loop of
		// ControllerEngine.StartWatches starts as many watches. At the default of 100, the circuit opens within seconds of the creation
		// of a composite, and Crossplane then reconciles it only once in 30 seconds.
		"--circuit-breaker-burst=10000",
		"--enable-operations",
	}
}

// startCrossplane installs Crossplane's CRDs and starts it without webhooks.
func (p *Plane) startCrossplane(ctx context.Context) error {
	m, err := p.crossplaneModule(ctx)
	if err != nil {
		return err
	}
	crds, err := m.objects("cluster/crds/*.yaml")
	if err != nil {
		return err
	}
	if err := p.install(ctx, crds...); err != nil {
		return err
	}
	if err := p.activateManagedResources(ctx); err != nil {
		return err
	}
	if err := p.namespace(ctx, crossplaneNamespace); err != nil {
		return err
	}

	cache := filepath.Join(p.Dir, "crossplane")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return err
	}
	if err := p.grantCrossplane(ctx); err != nil {
		return err
	}
	kubeconfig, err := p.serviceAccount(crossplaneNamespace, crossplaneAccount)
	if err != nil {
		return err
	}
	certs, err := p.pki.issue("crossplane", nil)
	if err != nil {
		return err
	}
	args, env := p.crossplaneArgs(), []string{
		"KUBECONFIG=" + kubeconfig,
		"POD_NAMESPACE=" + crossplaneNamespace,
		"TLS_CLIENT_CERTS_DIR=" + certs.dir,
	}
	if p.TrustRoot != "" {
		// Where Crossplane looks for it.
		if err := os.CopyFS(filepath.Join(cache, ".sigstore", "root"), os.DirFS(p.TrustRoot)); err != nil {
			return err
		}
		args = append(args, "--enable-signature-verification")
		// Crossplane fetches packages with --ca-bundle-path, but signatures with what the system trusts.
		env = append(env, "SSL_CERT_FILE="+certs.ca)
	}
	return p.start(ctx, process.Spec{
		Name: "crossplane",
		Path: p.tool(Crossplane),
		Args: append([]string{
			"core", "start",
			"--enable-webhooks=false",
			"--cache-dir=" + cache,
			"--ca-bundle-path=" + certs.ca,
			"--metrics-port=" + port(p.address("crossplane-metrics")),
			"--health-probe-port=" + port(p.address("crossplane")),
		}, args...),
		Env:     env,
		Address: p.address("crossplane"),
		Ready:   httpProbe("http://" + p.address("crossplane") + "/readyz"),
	})
}
