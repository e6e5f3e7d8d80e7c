package plane

import (
	"context"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

const crossplaneNamespace = "crossplane-system"

// crossplanes are the generations of Crossplane that can be started, each with its tool, its module and its own arguments, one of
// which says that nobody needs to run packages.
var crossplanes = map[string]struct {
	tool, module string
	args         []string
}{
	"1.20": {"crossplane-core-1.20", "github.com/crossplane/crossplane", []string{"--package-runtime=External"}},
	"2.3": {"crossplane-core-2.3", "github.com/crossplane/crossplane/v2", []string{
		"--package-runtime=Provider=External;Function=External",
		// It counts each event of a composed resource once for each Object that its first composite has (the loop of
		// ControllerEngine.StartWatches starts as many watches), so that the default of 100 stops it from looking at a composite
		// within seconds of its creation, but for once in 30 seconds.
		"--circuit-breaker-burst=10000",
		"--enable-operations",
	}},
}

// startCrossplane installs Crossplane's CRDs and starts it, without its package manager's runtimes and webhooks.
func (p *Plane) startCrossplane(ctx context.Context) error {
	generation := crossplanes[p.Crossplane]
	crds, err := p.moduleFiles(ctx, toolsDir+generation.tool, generation.module, "cluster/crds/*.yaml")
	if err != nil {
		return err
	}
	if err := p.install(ctx, crds...); err != nil {
		return err
	}
	if err := p.namespace(ctx, crossplaneNamespace); err != nil {
		return err
	}

	kubeconfig, err := p.kubeconfig("crossplane", admins)
	if err != nil {
		return err
	}
	certs, err := p.pki.issue("crossplane", nil)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "crossplane",
		Path: p.tool(generation.tool),
		Args: append([]string{
			"core", "start",
			"--enable-webhooks=false",
			"--cache-dir=" + filepath.Join(p.Dir, "crossplane"),
			"--metrics-port=" + port(p.address("crossplane-metrics")),
			"--health-probe-port=" + port(p.address("crossplane")),
		}, generation.args...),
		Env: []string{
			"KUBECONFIG=" + kubeconfig,
			"POD_NAMESPACE=" + crossplaneNamespace,
			"TLS_CLIENT_CERTS_DIR=" + certs.dir,
		},
		Address: p.address("crossplane"),
		Ready:   healthy("http://" + p.address("crossplane") + "/readyz"),
	})
}

// register the function at Crossplane. Its package cannot be pulled from anywhere, so both objects that the package manager
// would write are written here, and paused so that it leaves them alone.
func (p *Plane) register(ctx context.Context, function, endpoint string) error {
	paused := map[string]any{"crossplane.io/paused": "true"}
	const image = "ghcr.io/novasphere/function-wukong:v0.1.0"

	if err := p.create(ctx, object("pkg.crossplane.io/v1", "Function", "", function, map[string]any{
		"metadata": map[string]any{"annotations": paused},
		"spec":     map[string]any{"package": image},
	})); err != nil {
		return err
	}
	revision := object("pkg.crossplane.io/v1", "FunctionRevision", "", function+"-1", map[string]any{
		"metadata": map[string]any{"annotations": paused, "labels": map[string]any{"pkg.crossplane.io/package": function}},
		"spec":     map[string]any{"desiredState": "Active", "image": image, "revision": int64(1), "packagePullPolicy": "Never"},
	})
	if err := p.create(ctx, revision); err != nil {
		return err
	}
	return p.setStatus(ctx, revision, map[string]any{
		"endpoint":     endpoint,
		"capabilities": []any{"composition", "operation"},
		"conditions":   []any{condition("Healthy", "HealthyPackageRevision")},
	})
}
