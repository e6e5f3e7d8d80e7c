package plane

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startFunction serves the function of the installed release, with mTLS, and goes on telling Crossplane where.
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
	go p.runFunctions(ctx)
	return nil
}

// runFunctions is the external runtime of functions, which is what Crossplane calls whoever runs them in its place: it says of every
// revision of the function where it is served. All are served by the same process.
func (p *Plane) runFunctions(ctx context.Context) {
	revisions := &unstructured.UnstructuredList{}
	revisions.SetAPIVersion("pkg.crossplane.io/v1")
	revisions.SetKind("FunctionRevisionList")
	for {
		// While the API server is away, there is nothing to be said; it is tried again.
		if err := p.client.List(ctx, revisions); err == nil {
			for _, r := range revisions.Items {
				_ = p.endpoint(ctx, &r)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(waitInterval):
		}
	}
}

// endpoint of a revision of the function.
func (p *Plane) endpoint(ctx context.Context, revision *unstructured.Unstructured) error {
	if told, _, _ := unstructured.NestedString(revision.Object, "status", "endpoint"); told == p.address("function-wukong") {
		return nil
	}
	return p.setStatus(ctx, revision, map[string]any{"endpoint": p.address("function-wukong")})
}
