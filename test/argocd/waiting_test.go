package argocd

import (
	"io"
	"maps"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/resource"
	dynamicfake "k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/rest"
	"k8s.io/kubectl/pkg/cmd/wait"
)

// A verdict is what a tool that waits for a Wukong concludes from its status.
type verdict string

const (
	ready      verdict = "ready"
	inProgress verdict = "in progress"
	failed     verdict = "failed"

	// notReady is the verdict of kubectl wait in all other cases.
	notReady verdict = "not ready"
)

// verdicts are the verdicts of the tools about one Wukong.
type verdicts struct{ argocd, kstatus, kubectl, flux verdict }

// agree reports whether the tools give the same verdict, as far as each distinguishes them.
func (v verdicts) agree() bool {
	for _, other := range []verdict{v.kstatus, v.flux} {
		if other != v.argocd {
			return false
		}
	}
	return (v.kubectl == ready) == (v.argocd == ready)
}

// Reasons why the tools cannot agree in a state.
const (
	noStatus       = "kstatus calls current whatever has no condition Ready, and Crossplane passes no default of a status on to the API server"
	noGeneration   = "kstatus reads the generation in the status alone, and that of a composite is not its claim's"
	statusFirst    = "Crossplane writes the status, and a moment later the conditions"
	statusDropped  = "Crossplane drops the status of a fatal result, and kstatus waits for its generation before it reads Stalled"
	readyStays     = "Crossplane leaves Ready as it was upon a fatal result, and on a claim does not say of which edit"
	crossplaneOnly = "Crossplane leaves Ready as it was while it cannot reconcile; neither kstatus nor kubectl wait reads Synced"
)

// An exception is a state in which the tools cannot agree.
type exception struct {
	verdicts

	reason string
}

// exceptions are the states in which the tools cannot agree, by name. docs/flux.md describes them.
var exceptions = map[string]exception{
	"not seen by Crossplane, claim":      {verdicts{argocd: inProgress, kstatus: ready, kubectl: notReady, flux: inProgress}, noStatus},
	"not seen by Crossplane, namespaced": {verdicts{argocd: inProgress, kstatus: ready, kubectl: notReady, flux: inProgress}, noStatus},

	"edited just now, claim on Crossplane 2": {
		verdicts{argocd: inProgress, kstatus: ready, kubectl: notReady, flux: inProgress}, noGeneration,
	},
	"corrected just now after it was refused when it was new, namespaced": {
		verdicts{argocd: inProgress, kstatus: failed, kubectl: notReady, flux: inProgress}, noStatus,
	},

	"edited, and its conditions not written yet, namespaced": {verdicts{argocd: inProgress, kstatus: ready, kubectl: notReady, flux: inProgress}, statusFirst},
	"its conditions are not written yet, claim":              {verdicts{argocd: inProgress, kstatus: ready, kubectl: ready, flux: ready}, statusFirst},
	"its conditions are not written yet, namespaced":         {verdicts{argocd: inProgress, kstatus: ready, kubectl: ready, flux: ready}, statusFirst},

	"refused when it was edited, namespaced":           {verdicts{argocd: failed, kstatus: inProgress, kubectl: notReady, flux: inProgress}, statusDropped},
	"refused when it was edited, native":               {verdicts{argocd: failed, kstatus: inProgress, kubectl: notReady, flux: inProgress}, statusDropped},
	"refused when it was edited, claim":                {verdicts{argocd: failed, kstatus: failed, kubectl: ready, flux: failed}, readyStays},
	"refused when it was edited, composite of a claim": {verdicts{argocd: failed, kstatus: failed, kubectl: ready, flux: failed}, readyStays},
	"a disk cannot be read, namespaced":                {verdicts{argocd: failed, kstatus: inProgress, kubectl: notReady, flux: inProgress}, statusDropped},
	"a disk cannot be read, claim":                     {verdicts{argocd: failed, kstatus: failed, kubectl: ready, flux: failed}, readyStays},
	"a disk cannot be read, composite of a claim":      {verdicts{argocd: failed, kstatus: failed, kubectl: ready, flux: failed}, readyStays},

	"not reconciled, claim":                        {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
	"not reconciled, namespaced":                   {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
	"not reconciled, without a reason, claim":      {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
	"not reconciled, without a reason, namespaced": {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
	"the function does not answer, claim":          {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
	"the function does not answer, namespaced":     {verdicts{argocd: failed, kstatus: ready, kubectl: ready, flux: failed}, crossplaneOnly},
}

// TestWaiting shows that all tools with which users wait for a Wukong give the same verdict: kubectl wait, kstatus, Flux and Argo CD.
func TestWaiting(t *testing.T) {
	overrides := readSettings(t).Overrides
	byKubectl, flux := kubectlWait(t), fluxEvaluator(t)
	unused := maps.Clone(exceptions)
	for _, s := range states(t) {
		delete(unused, s.name)
		got := verdicts{
			argocd: byArgoCD(t, s.object, overrides), kstatus: byKstatus(t, s.object), kubectl: byKubectl(s.object), flux: byFlux(t, s.object, flux),
		}
		want, excepted := exceptions[s.name]
		switch {
		case excepted && got != want.verdicts:
			t.Errorf("%s: want %+v, because %s; got %+v", s.name, want.verdicts, want.reason, got)
		case !excepted && !got.agree():
			t.Errorf("%s: want one verdict, got %+v", s.name, got)
		}
	}
	for name := range unused {
		t.Errorf("there is no state called %q", name)
	}
}

// byArgoCD returns the verdict of the rule in examples/argocd, run by Argo CD's own engine. Suspended is in progress: a sync wave waits.
func byArgoCD(t *testing.T, o *unstructured.Unstructured, overrides map[string]v1alpha1.ResourceOverride) verdict {
	t.Helper()
	h, err := health.GetResourceHealth(o, lua.ResourceHealthOverrides(overrides))
	if err != nil {
		t.Fatal(err)
	}
	return map[health.HealthStatusCode]verdict{
		health.HealthStatusHealthy: ready, health.HealthStatusDegraded: failed, health.HealthStatusProgressing: inProgress, health.HealthStatusSuspended: inProgress,
	}[h.Status]
}

// byKstatus returns the verdict of kstatus, as Flux builds it in.
func byKstatus(t *testing.T, o *unstructured.Unstructured) verdict {
	t.Helper()
	r, err := status.Compute(o)
	if err != nil {
		t.Fatal(err)
	}
	return map[status.Status]verdict{
		status.CurrentStatus: ready, status.FailedStatus: failed, status.InProgressStatus: inProgress, status.TerminatingStatus: inProgress,
	}[r.Status]
}

// fluxEvaluator returns the health checks of examples/flux, as Flux reads them.
func fluxEvaluator(t *testing.T) *cel.StatusEvaluator {
	t.Helper()
	checks, _, err := unstructured.NestedSlice(documents(t, "examples/flux/kustomization.yaml")[0].Object, "spec", "healthCheckExprs")
	if err != nil || len(checks) != 1 {
		t.Fatalf("want one health check, got %v, %v", checks, err)
	}
	var check kustomize.CustomHealthCheck
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(checks[0].(map[string]any), &check, true); err != nil {
		t.Fatal(err)
	}
	out, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// byFlux returns the verdict of examples/flux. An expression that fails, as without a status, makes the state unknown, and Flux waits.
func byFlux(t *testing.T, o *unstructured.Unstructured, e *cel.StatusEvaluator) verdict {
	t.Helper()
	r, err := e.Evaluate(t.Context(), o)
	if err != nil {
		return inProgress
	}
	return map[status.Status]verdict{status.CurrentStatus: ready, status.FailedStatus: failed, status.InProgressStatus: inProgress}[r.Status]
}

// kubectlWait returns a function that gives the verdict of kubectl wait --for=condition=Ready, by kubectl's own code and a client with one object.
func kubectlWait(t *testing.T) func(o *unstructured.Unstructured) verdict {
	t.Helper()
	flags := wait.NewWaitFlags(anyServer{genericclioptions.NewConfigFlags(false)}, genericiooptions.IOStreams{Out: io.Discard, ErrOut: io.Discard})
	flags.ForCondition = []string{"condition=Ready"}
	options, err := flags.ToOptions([]string{"wukong/any"})
	if err != nil {
		t.Fatal(err)
	}
	return func(o *unstructured.Unstructured) verdict {
		mapping := &meta.RESTMapping{}
		mapping.Resource, _ = meta.UnsafeGuessKindToResource(o.GroupVersionKind())
		client := dynamicfake.NewSimpleDynamicClient(runtime.NewScheme(), o)
		info := &resource.Info{Mapping: mapping, Namespace: o.GetNamespace(), Name: o.GetName()}
		if _, met, _ := options.ConditionFn[0](t.Context(), info, &wait.WaitOptions{DynamicClient: client}); met {
			return ready
		}
		return notReady
	}
}

// anyServer is a configuration of kubectl with a server that is never called.
type anyServer struct{ *genericclioptions.ConfigFlags }

// ToRESTConfig returns the configuration.
func (anyServer) ToRESTConfig() (*rest.Config, error) {
	return &rest.Config{Host: "http://127.0.0.1"}, nil
}
