package plane

import (
	"context"
	"maps"
	"os"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// tellInterval is how often revisions are looked at.
const revisionInterval = 500 * time.Millisecond

// A packageRuntime is what Crossplane calls an external package runtime: it runs what packages bring in Crossplane's place, and says of
// their revisions how that goes. Here all revisions of a kind are served by the same process.
type packageRuntime struct {
	mu        sync.Mutex
	endpoints map[string]string
	secrets   sets.Set[string]
}

// runs says that revisions of a kind are served now, and where.
func (r *packageRuntime) setRunning(kind, endpoint string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.endpoints == nil {
		r.endpoints = map[string]string{}
	}
	r.endpoints[kind] = endpoint
}

func (r *packageRuntime) endpoint(kind string) (endpoint string, running bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	endpoint, running = r.endpoints[kind]
	return endpoint, running
}

// certify puts the certificate into a Secret, once.
func (r *packageRuntime) ensureSecret(ctx context.Context, c client.Client, secret, cert string) error {
	if r.secrets.Has(secret) {
		return nil
	}
	err := c.Create(ctx, object("v1", "Secret", crossplaneNamespace, secret, map[string]any{"stringData": map[string]any{"tls.crt": cert}}))
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	if r.secrets == nil {
		r.secrets = sets.New[string]()
	}
	r.secrets.Insert(secret)
	return nil
}

// startPackageRuntime goes on telling Crossplane of the revisions of packages until the context ends.
func (p *Plane) startPackageRuntime(ctx context.Context) error {
	certs, err := p.pki.issue("package-runtime", nil)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(certs.cert)
	if err != nil {
		return err
	}
	go func() {
		for ctx.Err() == nil {
			for _, kind := range []string{"FunctionRevision", "ProviderRevision"} {
				p.updateRevisions(ctx, kind, string(cert))
			}
			time.Sleep(revisionInterval)
		}
	}()
	return nil
}

// tellRevisions of a kind. Where the API server is away, or somebody else has changed a revision, it is tried again.
func (p *Plane) updateRevisions(ctx context.Context, kind, cert string) {
	revisions := &unstructured.UnstructuredList{}
	revisions.SetAPIVersion("pkg.crossplane.io/v1")
	revisions.SetKind(kind + "List")
	if p.client.List(ctx, revisions) != nil {
		return
	}
	endpoint, running := p.runtime.endpoint(kind)
	for _, r := range revisions.Items {
		before, _, _ := unstructured.NestedMap(r.Object, "status")
		status := maps.Clone(before)
		if status == nil {
			status = map[string]any{}
		}
		// Crossplane 1 chooses the name of the Secret, and Crossplane 2 leaves it to whoever runs packages.
		secret, chosen, _ := unstructured.NestedString(r.Object, "spec", "tlsServerSecretName")
		if !chosen {
			secret = r.GetName()
			status["tlsServerSecretName"] = secret
		}
		if p.runtime.ensureSecret(ctx, p.client, secret, cert) != nil {
			continue
		}
		if running {
			conditions, _ := status["conditions"].([]any)
			status["conditions"] = withTrue(conditions, "RuntimeHealthy", "HealthyPackageRuntime")
		}
		if endpoint != "" {
			status["endpoint"] = endpoint
		}
		if equality.Semantic.DeepEqual(before, status) {
			continue
		}
		r.Object["status"] = status
		_ = p.client.Status().Update(ctx, &r)
	}
}

// withTrue are the conditions, with one that is True.
func withTrue(conditions []any, kind, reason string) []any {
	if isTrue(conditions, kind) {
		return conditions
	}
	out := []any{map[string]any{"type": kind, "status": "True", "reason": reason, "lastTransitionTime": metav1.Now().UTC().Format(time.RFC3339)}}
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok && c["type"] == kind {
			continue
		}
		out = append(out, c)
	}
	return out
}
