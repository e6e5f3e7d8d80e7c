package plane

import (
	"context"
	"maps"
	"os"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// revisionInterval is how often the status of revisions is brought up to date.
const revisionInterval = 500 * time.Millisecond

// A packageRuntime is an external package runtime of Crossplane: it runs functions and providers, and reports their health in the status of
// revisions. All revisions of a kind share one process.
type packageRuntime struct {
	mu        sync.Mutex
	endpoints map[string]string
	secrets   sets.Set[string]
}

// setRunning records that the process of a kind of revision runs, and the endpoint it serves, if any.
func (r *packageRuntime) setRunning(kind, endpoint string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.endpoints == nil {
		r.endpoints = map[string]string{}
	}
	r.endpoints[kind] = endpoint
}

// endpoint returns the recorded endpoint of a kind of revision, and whether its process runs.
func (r *packageRuntime) endpoint(kind string) (endpoint string, running bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	endpoint, running = r.endpoints[kind]
	return endpoint, running
}

// ensureSecret creates the Secret with the certificate, unless it has done so before.
func (r *packageRuntime) ensureSecret(ctx context.Context, c client.Client, secret, cert string) error {
	if r.secrets.Has(secret) {
		return nil
	}
	o := object("v1", "Secret", crossplaneNamespace, secret, map[string]any{"stringData": map[string]any{"tls.crt": cert}})
	if err := c.Create(ctx, o); client.IgnoreAlreadyExists(err) != nil {
		return err
	}
	if r.secrets == nil {
		r.secrets = sets.New[string]()
	}
	r.secrets.Insert(secret)
	return nil
}

// startPackageRuntime updates the status of package revisions in the background until the context ends.
func (p *Plane) startPackageRuntime(ctx context.Context) error {
	certs, err := p.pki.issue("package-runtime", nil)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(certs.cert)
	if err != nil {
		return err
	}
	go wait.UntilWithContext(ctx, func(ctx context.Context) {
		for _, kind := range []string{"FunctionRevision", "ProviderRevision"} {
			p.updateRevisions(ctx, kind, string(cert))
		}
	}, revisionInterval)
	return nil
}

// updateRevisions updates the status of all revisions of a kind. It ignores errors, such as conflicts: the next run tries again.
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
		// Crossplane 1 chooses the name of the Secret. Crossplane 2 leaves it to the package runtime.
		secret, chosen, _ := unstructured.NestedString(r.Object, "spec", "tlsServerSecretName")
		if !chosen {
			secret = r.GetName()
			status["tlsServerSecretName"] = secret
		}
		if p.runtime.ensureSecret(ctx, p.client, secret, cert) != nil {
			continue
		}
		if running && setRuntimeHealthy(&r, status) != nil {
			continue
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

// runtimeHealthy is the condition of a revision that a package runtime sets.
const runtimeHealthy = "RuntimeHealthy"

// setRuntimeHealthy sets the condition RuntimeHealthy in the new status of a revision to True. Other conditions stay as they are.
func setRuntimeHealthy(revision *unstructured.Unstructured, status map[string]any) error {
	conditions, err := Conditions(revision)
	if err != nil {
		return err
	}
	if meta.IsStatusConditionTrue(conditions, runtimeHealthy) {
		return nil
	}
	meta.SetStatusCondition(&conditions, metav1.Condition{Type: runtimeHealthy, Status: metav1.ConditionTrue, Reason: "HealthyPackageRuntime"})
	var converted []any
	for i := range conditions {
		c, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&conditions[i])
		if err != nil {
			return err
		}
		converted = append(converted, c)
	}
	status["conditions"] = converted
	return nil
}
