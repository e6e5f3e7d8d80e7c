package plane

import (
	"context"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// functionName is how our Composition calls the function.
const functionName = "novasphere-function-wukong"

// startFunction serves the function that was built from this repository, with mTLS, and tells Crossplane where.
func (p *Plane) startFunction(ctx context.Context) error {
	server, err := p.pki.issue("function-wukong", nil)
	if err != nil {
		return err
	}
	client, err := p.pki.issue("function-check", nil)
	if err != nil {
		return err
	}
	if err := p.start(ctx, process.Spec{
		Name: "function-wukong",
		Path: p.Function,
		Args: []string{
			"--debug",
			"--address=" + p.address("function-wukong"),
			"--tls-certs-dir=" + server.dir,
			"--metrics-address=" + p.address("function-metrics"),
		},
		Address: p.address("function-wukong"),
		Ready:   speaksTLS(p.address("function-wukong"), client),
	}); err != nil {
		return err
	}
	return p.register(ctx, functionName, p.address("function-wukong"))
}

// The targets that differ in more than their configuration.
const (
	targetClaim  = "claim"
	targetNative = "native"
)

// installConfiguration installs our API, the Composition and the definition of its Input.
func (p *Plane) installConfiguration(ctx context.Context) error {
	dir, kind := "configuration-"+p.Target, "wukongs.vm.novasphere.dev"
	if p.Target == targetClaim {
		dir, kind = "configuration", "xwukongs.vm.novasphere.dev"
	}
	for _, file := range []string{"function/input.yaml", dir + "/definition.yaml", dir + "/composition.yaml"} {
		objects, err := readObjects(filepath.Join(p.Package, file))
		if err != nil {
			return err
		}
		if err := p.install(ctx, objects...); err != nil {
			return err
		}
	}
	return p.offered(ctx, kind)
}
