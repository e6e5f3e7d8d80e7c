package plane

import (
	"context"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// providerMetrics is where provider-kubernetes serves its metrics. It cannot be configured.
const providerMetrics = ":8080"

const (
	providerTool   = "provider-kubernetes"
	providerModule = "github.com/crossplane-contrib/provider-kubernetes"

	// providerVersion is the tag of the provider's package. It satisfies the dependency in the configurations.
	providerVersion = "v1.2.1"

	// packagingTool is Crossplane's command line, which builds and pushes the package.
	packagingTool = "crossplane-cli-2.5"
)

// startProvider waits until the package manager has installed the CRDs of provider-kubernetes, starts it, and gives it access to this
// cluster. The target native has no provider.
func (p *Plane) startProvider(ctx context.Context) error {
	if p.Target == targetNative {
		return nil
	}
	if err := checkFree(providerMetrics); err != nil {
		return fmt.Errorf("provider-kubernetes needs port 8080 for its metrics, which cannot be configured, and the port is in use: %w", err)
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
		Name: providerTool,
		Path: p.tool(providerTool),
		Args: []string{"--enable-watches", "--health-probe-bind-addr=" + p.address(providerTool)},
		Env: []string{
			"KUBECONFIG=" + kubeconfig,
			"POD_NAMESPACE=" + crossplaneNamespace,
			"TLS_SERVER_CERTS_DIR=" + certs.dir,
		},
		Address: p.address(providerTool),
		Ready:   httpProbe("http://" + p.address(providerTool) + "/readyz"),
	}); err != nil {
		return err
	}
	p.runtime.setRunning("ProviderRevision", "")
	return p.configureProvider(ctx, kubeconfig)
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
	return p.create(ctx,
		object("v1", "Secret", crossplaneNamespace, "provider-kubernetes", map[string]any{"stringData": map[string]any{"kubeconfig": string(b)}}),
		object("kubernetes.crossplane.io/v1alpha1", "ProviderConfig", "", "default", spec),
		object("kubernetes.m.crossplane.io/v1alpha1", "ClusterProviderConfig", "", "default", spec),
	)
}

// providerCRDs returns the CRDs of the provider without conversion webhooks.
func (p *Plane) providerCRDs(ctx context.Context) ([]*unstructured.Unstructured, error) {
	crds, err := p.moduleFiles(ctx, toolsDir+providerTool, providerModule, "package/crds/*.yaml")
	for _, crd := range crds {
		removeConversion(crd.Object)
	}
	return crds, err
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
