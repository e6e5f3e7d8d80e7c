package plane

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// providerName is the name that the package manager gives the provider.
const providerName = "crossplane-contrib-provider-kubernetes"

// providerMetrics is where provider-kubernetes 1.2 serves its metrics, which cannot be configured.
const providerMetrics = ":8080"

// startProvider waits until the package manager has installed the CRDs of provider-kubernetes, starts it, and gives it access to this
// cluster. The target native has no provider.
func (p *Plane) startProvider(ctx context.Context) error {
	if p.Target == targetNative {
		return nil
	}
	crds, err := p.providerCRDs(ctx)
	if err != nil {
		return err
	}
	for _, crd := range crds {
		if err := p.awaitCRD(ctx, crd.GetName()); err != nil {
			return err
		}
	}

	if err := p.grantProvider(ctx, crds); err != nil {
		return err
	}
	kubeconfig, err := p.serviceAccount(crossplaneNamespace, providerAccount)
	if err != nil {
		return err
	}
	certs, err := p.pki.issue("provider-kubernetes", nil)
	if err != nil {
		return err
	}
	if err := p.start(ctx, process.Spec{
		Name: Provider,
		Path: p.tool(Provider),
		Args: []string{"--enable-watches", "--health-probe-bind-addr=" + p.address(Provider)},
		Env: []string{
			"KUBECONFIG=" + kubeconfig,
			"POD_NAMESPACE=" + crossplaneNamespace,
			"TLS_SERVER_CERTS_DIR=" + certs.dir,
			"METRICS_BIND_ADDRESS=" + p.address("provider-metrics"),
			"WEBHOOK_PORT=" + port(p.address("provider-webhook")),
		},
		Address: p.address(Provider),
		Ready:   httpProbe("http://" + p.address(Provider) + "/readyz"),
	}); err != nil {
		return err
	}
	p.runtime.setRunning("ProviderRevision", "")
	return p.configureProvider(ctx, kubeconfig)
}

// upgradeProvider lets the package manager install the package of another version, and starts that version.
func (p *Plane) upgradeProvider(ctx context.Context) error {
	if p.Target == targetNative {
		return nil
	}
	if err := p.publishProvider(ctx); err != nil {
		return err
	}
	m, err := p.providerModule(ctx)
	if err != nil {
		return err
	}
	pkg, image := object("pkg.crossplane.io/v1", "Provider", "", providerName, nil), providerPackage(m.Version)
	patch := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"spec": {"package": %q}}`, image))
	if err := p.client.Patch(ctx, pkg, patch); err != nil {
		return err
	}
	if err := p.awaitPackage(ctx, "Provider", providerName, image); err != nil {
		return err
	}
	return p.startProvider(ctx)
}

// configureProvider creates ProviderConfigs with a kubeconfig: outside of a pod the provider has no injected identity.
func (p *Plane) configureProvider(ctx context.Context, kubeconfig string) error {
	b, err := os.ReadFile(kubeconfig) //nolint:gosec // Written here.
	if err != nil {
		return err
	}
	spec := map[string]any{"spec": map[string]any{"credentials": map[string]any{
		"source":    "Secret",
		"secretRef": map[string]any{"namespace": crossplaneNamespace, "name": "provider-kubernetes", "key": "kubeconfig"},
	}}}
	return p.apply(ctx,
		object("v1", "Secret", crossplaneNamespace, "provider-kubernetes", map[string]any{"stringData": map[string]any{"kubeconfig": string(b)}}),
		object("kubernetes.crossplane.io/v1alpha1", "ProviderConfig", "", "default", spec),
		object("kubernetes.m.crossplane.io/v1alpha1", "ClusterProviderConfig", "", "default", spec),
	)
}

// providerCRDs returns the CRDs of the provider without conversion webhooks.
func (p *Plane) providerCRDs(ctx context.Context) ([]*unstructured.Unstructured, error) {
	m, err := p.providerModule(ctx)
	if err != nil {
		return nil, err
	}
	crds, err := m.objects("package/crds/*.yaml")
	for _, crd := range crds {
		removeConversion(crd.Object)
	}
	return crds, err
}

// providerModule downloads the Go module of the provider.
func (p *Plane) providerModule(ctx context.Context) (module, error) {
	return p.moduleOf(ctx, Provider, "github.com/crossplane-contrib/provider-kubernetes")
}

// providerPackage returns where the published package of the provider has a version.
func providerPackage(version string) string {
	return "xpkg.crossplane.io/crossplane-contrib/provider-kubernetes:" + version
}

// removeConversion removes the conversion webhook of a CRD, which needs a Service. Versions other than the stored one are not served then.
func removeConversion(crd map[string]any) {
	spec, _ := crd["spec"].(map[string]any)
	if _, ok := spec["conversion"]; !ok {
		return
	}
	delete(spec, "conversion")
	versions, _ := spec["versions"].([]any)
	for _, v := range versions {
		version, _ := v.(map[string]any)
		if version["storage"] != true {
			version["served"] = false
		}
	}
}
