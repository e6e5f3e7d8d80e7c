package plane

import (
	"context"
	"os"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

const crossplaneNamespace = "crossplane-system"

// crossplaneReleases maps the minor versions of Crossplane to their tool, their Go module and their arguments. In all of them Crossplane leaves
// running packages to an external runtime.
var crossplaneReleases = map[string]struct {
	tool, module string
	args         []string
}{
	"1.20": {"crossplane-core-1.20", "github.com/crossplane/crossplane", []string{"--package-runtime=External"}},
	"2.3": {"crossplane-core-2.3", "github.com/crossplane/crossplane/v2", []string{
		"--package-runtime=Provider=External;Function=External",
		// Crossplane counts each event of a composed resource once for each Object of its first composite: the loop of
		// ControllerEngine.StartWatches starts as many watches. At the default of 100, the circuit opens within seconds of the creation
		// of a composite, and Crossplane then reconciles it only once in 30 seconds.
		"--circuit-breaker-burst=10000",
		"--enable-operations",
	}},
}

// startCrossplane installs Crossplane's CRDs and starts it without webhooks.
func (p *Plane) startCrossplane(ctx context.Context) error {
	release := crossplaneReleases[p.Crossplane]
	crds, err := p.moduleFiles(ctx, toolsDir+release.tool, release.module, "cluster/crds/*.yaml")
	if err != nil {
		return err
	}
	if err := p.install(ctx, crds...); err != nil {
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
	return p.start(ctx, process.Spec{
		Name: "crossplane",
		Path: p.tool(release.tool),
		Args: append([]string{
			"core", "start",
			"--enable-webhooks=false",
			"--cache-dir=" + cache,
			"--ca-bundle-path=" + certs.ca,
			"--metrics-port=" + port(p.address("crossplane-metrics")),
			"--health-probe-port=" + port(p.address("crossplane")),
		}, release.args...),
		Env: []string{
			"KUBECONFIG=" + kubeconfig,
			"POD_NAMESPACE=" + crossplaneNamespace,
			"TLS_CLIENT_CERTS_DIR=" + certs.dir,
		},
		Address: p.address("crossplane"),
		Ready:   httpProbe("http://" + p.address("crossplane") + "/readyz"),
	})
}
