package plane

import (
	"context"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startFunction starts the function of the installed packages. It serves mTLS, as Crossplane wants.
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
		Path: p.state.Registry.Function,
		Args: []string{
			"serve",
			"--debug",
			"--address=" + p.address("function-wukong"),
			"--tls-certs-dir=" + server.dir,
			"--metrics-address=" + p.address("function-metrics"),
		},
		Address: p.address("function-wukong"),
		Ready:   tlsProbe(p.address("function-wukong"), client),
	}); err != nil {
		return err
	}
	p.runtime.setRunning("FunctionRevision", p.address("function-wukong"))
	return nil
}
