package plane

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

const kubevirtNamespace = "kubevirt"

// startKubeVirt installs the manifests and roles of KubeVirt's operator, and starts virt-api and virt-controller.
// CDI's CRDs must exist: both exit when they are created later.
func (p *Plane) startKubeVirt(ctx context.Context) error {
	manifests, err := p.manifests(ctx, KubeVirt)
	if err != nil {
		return err
	}
	webhooks, others := splitByKind(manifests, func(kind string) bool { return strings.HasSuffix(kind, "WebhookConfiguration") })
	if err := p.namespace(ctx, kubevirtNamespace); err != nil {
		return err
	}
	if err := p.install(ctx, others...); err != nil {
		return err
	}
	if err := p.reportDeployed(ctx); err != nil {
		return err
	}
	if err := p.startVirtAPI(ctx); err != nil {
		return err
	}
	for _, w := range webhooks {
		if err := p.setWebhookURLs(w.Object, p.address("virt-api")); err != nil {
			return err
		}
	}
	if err := p.apply(ctx, webhooks...); err != nil {
		return err
	}
	if err := p.aggregate(ctx); err != nil {
		return err
	}
	return p.startVirtController(ctx)
}

// reportDeployed creates the KubeVirt object with the status that the operator sets after the deployment.
func (p *Plane) reportDeployed(ctx context.Context) error {
	kv := object("kubevirt.io/v1", "KubeVirt", kubevirtNamespace, "kubevirt", map[string]any{"spec": map[string]any{
		// virt-api refuses snapshots without it.
		"configuration": map[string]any{"developerConfiguration": map[string]any{"featureGates": []any{"CPUManager", "Snapshot"}}},
	}})
	if err := p.apply(ctx, kv,
		object("v1", "ConfigMap", kubevirtNamespace, "kubevirt-ca", map[string]any{"data": map[string]any{"ca-bundle": string(p.pki.pem)}}),
	); err != nil {
		return err
	}
	return p.setStatus(ctx, kv, map[string]any{
		"phase": "Deployed", "defaultArchitecture": "amd64", "observedKubeVirtVersion": "v" + p.Set[KubeVirt] + ".0",
	})
}

// startVirtAPI starts virt-api.
func (p *Plane) startVirtAPI(ctx context.Context) error {
	kubeconfig, err := p.serviceAccount(kubevirtNamespace, "kubevirt-apiserver")
	if err != nil {
		return err
	}
	certs, err := p.pki.issue("virt-api", nil, virtAPIService+".kubevirt.svc")
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "virt-api",
		Path: p.command(KubeVirt, "virt-api"),
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--listen=127.0.0.1",
			"--port=" + port(p.address("virt-api")),
			"--tls-cert-file=" + certs.cert, "--tls-key-file=" + certs.key,
			"--handler-cert-file=" + certs.cert, "--handler-key-file=" + certs.key,
		},
		Address: p.address("virt-api"),
		Ready:   httpProbe("https://" + p.address("virt-api") + "/openapi/v2"),
	})
}

// startVirtController starts virt-controller.
func (p *Plane) startVirtController(ctx context.Context) error {
	kubeconfig, err := p.serviceAccount(kubevirtNamespace, "kubevirt-controller")
	if err != nil {
		return err
	}
	certs, err := p.pki.issue("virt-controller", nil)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "virt-controller",
		Path: p.command(KubeVirt, "virt-controller"),
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--listen=127.0.0.1",
			"--port=" + port(p.address("virt-controller")),
			"--prom-cert-file=" + certs.cert, "--prom-key-file=" + certs.key,
			"--launcher-image=virt-launcher",
			// A killed virt-controller does not release its lease, and the next one waits until it expires.
			"--leader-elect-lease-duration=6s", "--leader-elect-renew-deadline=4s", "--leader-elect-retry-period=1s",
		},
		Address: p.address("virt-controller"),
		Ready:   httpProbe("https://" + p.address("virt-controller") + "/leader"),
	})
}

const virtAPIService = "virt-api"

// aggregate lets the API server forward requests for KubeVirt's subresources, such as start and stop, to virt-api.
func (p *Plane) aggregate(ctx context.Context) error {
	number, err := strconv.ParseInt(port(p.address("virt-api")), 10, 64)
	if err != nil {
		return err
	}
	if err := p.apply(ctx, object("v1", "Service", kubevirtNamespace, virtAPIService, map[string]any{
		"spec": map[string]any{"type": "ExternalName", "externalName": "localhost"},
	})); err != nil {
		return err
	}
	return p.apply(ctx, object("apiregistration.k8s.io/v1", "APIService", "", "v1.subresources.kubevirt.io", map[string]any{
		"spec": map[string]any{
			"group": "subresources.kubevirt.io", "version": "v1", "groupPriorityMinimum": int64(1000), "versionPriority": int64(15),
			"service":  map[string]any{"namespace": kubevirtNamespace, "name": virtAPIService, "port": number},
			"caBundle": p.pki.base64(),
		},
	}))
}

// setWebhookURLs replaces the Service in the webhooks of a configuration by a loopback address.
func (p *Plane) setWebhookURLs(configuration map[string]any, address string) error {
	webhooks, _ := configuration["webhooks"].([]any)
	for _, w := range webhooks {
		webhook, _ := w.(map[string]any)
		client, _ := webhook["clientConfig"].(map[string]any)
		service, ok := client["service"].(map[string]any)
		if !ok {
			return fmt.Errorf("webhook %v has no service", webhook["name"])
		}
		path, _ := service["path"].(string)
		webhook["clientConfig"] = map[string]any{"url": "https://" + address + path, "caBundle": p.pki.base64()}
	}
	return nil
}
