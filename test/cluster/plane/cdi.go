package plane

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

const cdiNamespace = "cdi"

// cdiAddress is where cdi-controller serves its metrics. It cannot be configured.
const cdiAddress = ":8443"

// installCDI installs the manifests and roles of CDI's operator.
func (p *Plane) installCDI(ctx context.Context) error {
	manifests, err := p.manifests(ctx, CDI)
	if err != nil {
		return err
	}
	if err := p.namespace(ctx, cdiNamespace); err != nil {
		return err
	}
	if err := p.install(ctx, manifests...); err != nil {
		return err
	}
	if err := p.installSnapshots(ctx); err != nil {
		return err
	}
	// The feature gates of a released CDI.
	config := map[string]any{"featureGates": []any{"HonorWaitForFirstConsumer", "WebhookPvcRendering"}}
	content := map[string]any{"spec": config}
	if p.MachinesOnly {
		// KubeVirt starts no virtual machine without it, and there is no controller of CDI to tell.
		content["status"] = map[string]any{"filesystemOverhead": map[string]any{"global": "0.06"}}
	}
	return p.apply(ctx,
		object("cdi.kubevirt.io/v1beta1", "CDI", "", "cdi", map[string]any{"spec": map[string]any{"config": config}}),
		object("cdi.kubevirt.io/v1beta1", "CDIConfig", "", "config", content),
	)
}

// startCDI starts CDI's controller, and its webhooks for claims and DataVolumes.
func (p *Plane) startCDI(ctx context.Context) error {
	if err := p.startCDIController(ctx); err != nil {
		return err
	}
	return p.startCDIWebhooks(ctx)
}

// startCDIWebhooks starts the webhooks of CDI's API server for claims and DataVolumes, in a process of their own. The API server itself
// cannot run beside the controller: both use the same port, which cannot be configured. One of the webhooks authorizes clones, and signs tokens with the key
// whose public part the controller has.
func (p *Plane) startCDIWebhooks(ctx context.Context) error {
	const name = "cdi-webhooks"
	kubeconfig, err := p.serviceAccount(cdiNamespace, "cdi-apiserver")
	if err != nil {
		return err
	}
	certs, err := p.pki.issue(name, nil)
	if err != nil {
		return err
	}
	if err := p.start(ctx, process.Spec{
		Name: name,
		Path: p.command(CDI, "webhooks"),
		Args: []string{
			"--kubeconfig=" + kubeconfig, "--listen=" + p.address(name), "--tls-cert-file=" + certs.cert, "--tls-key-file=" + certs.key,
			"--token-key-file=" + filepath.Join(p.cdiTokens(), tokenKey),
		},
		Address: p.address(name),
		Ready:   httpProbe("https://" + p.address(name) + "/healthz"),
	}); err != nil {
		return err
	}
	return p.apply(ctx,
		p.cdiWebhook("MutatingWebhookConfiguration", "pvc-mutate", map[string]any{
			"rules":          webhookRules("", "v1", "persistentvolumeclaims", "CREATE"),
			"objectSelector": map[string]any{"matchLabels": map[string]any{"cdi.kubevirt.io/applyStorageProfile": "true"}},
		}),
		p.cdiWebhook("ValidatingWebhookConfiguration", "datavolume-validate", map[string]any{
			"rules": webhookRules("cdi.kubevirt.io", "v1beta1", "datavolumes", "CREATE", "UPDATE"),
		}),
		p.cdiWebhook("MutatingWebhookConfiguration", "datavolume-mutate", map[string]any{
			"rules": webhookRules("cdi.kubevirt.io", "v1beta1", "datavolumes", "CREATE", "UPDATE"),
		}),
	)
}

// cdiWebhook returns the configuration of a webhook as CDI's operator creates it, with a loopback address instead of a Service.
func (p *Plane) cdiWebhook(kind, name string, webhook map[string]any) *unstructured.Unstructured {
	maps.Copy(webhook, map[string]any{
		"name":                    name + ".cdi.kubevirt.io",
		"clientConfig":            map[string]any{"url": "https://" + p.address("cdi-webhooks") + "/" + name, "caBundle": p.pki.base64()},
		"failurePolicy":           "Fail",
		"matchPolicy":             "Exact",
		"sideEffects":             "None",
		"admissionReviewVersions": []any{"v1"},
	})
	return object("admissionregistration.k8s.io/v1", kind, "", "cdi-api-"+name, map[string]any{"webhooks": []any{webhook}})
}

// webhookRules returns rules that match operations on a resource.
func webhookRules(group, version, resource string, operations ...any) []any {
	return []any{map[string]any{
		"apiGroups": []any{group}, "apiVersions": []any{version}, "resources": []any{resource}, "operations": operations, "scope": "*",
	}}
}

// tokenKey is the file of the private key of CDI's tokens, whose name is fixed. That of the public one ends with .pub.
const tokenKey = "id_rsa"

// cdiTokens returns the folder with the keys of CDI's tokens.
func (p *Plane) cdiTokens() string { return filepath.Join(p.pki.dir, "cdi-token") }

// startCDIController starts cdi-controller in a mount namespace with an empty /run, as it reads the keys of its tokens from a fixed path
// there.
func (p *Plane) startCDIController(ctx context.Context) error {
	kubeconfig, err := p.serviceAccount(cdiNamespace, "cdi-sa")
	if err != nil {
		return err
	}
	signer, bundle, err := p.pki.issueSigner("cdi-signer")
	if err != nil {
		return err
	}
	// The certificates that the pods of uploads and clones trust each other by.
	for _, name := range []string{"cdi-uploadserver-signer-bundle", "cdi-uploadserver-client-signer-bundle"} {
		trusted := object("v1", "ConfigMap", cdiNamespace, name, map[string]any{"data": map[string]any{"ca-bundle.crt": string(bundle)}})
		if err := p.apply(ctx, trusted); err != nil {
			return err
		}
	}
	keys := p.cdiTokens()
	if err := writeRSAKeys(filepath.Join(keys, tokenKey), filepath.Join(keys, tokenKey+".pub")); err != nil {
		return err
	}
	if strings.HasPrefix(p.Dir, "/run/") || strings.HasPrefix(p.Dir, "/var/run/") {
		return errors.New("the state folder must not be below /run, which is hidden from cdi-controller")
	}

	script := `mount -t tmpfs tmpfs /run && mkdir -p /run/cdi/token && ln -s "$1" /run/cdi/token/keys && exec "$2" "--kubeconfig=$3"`
	return p.start(ctx, process.Spec{
		Name: "cdi-controller",
		Path: "/usr/bin/unshare",
		Args: append(unshareArgs(), "/bin/sh", "-c", script, "cdi-controller", keys, p.command(CDI, "cdi-controller"), kubeconfig),
		Env: []string{
			"KUBECONFIG=" + kubeconfig,
			"IMPORTER_IMAGE=cdi-importer", "CLONER_IMAGE=cdi-cloner", "UPLOADSERVER_IMAGE=cdi-uploadserver",
			"OVIRT_POPULATOR_IMAGE=ovirt-populator", "UPLOADPROXY_SERVICE=cdi-uploadproxy",
			"UPLOAD_SERVER_KEY_FILE=" + signer.key, "UPLOAD_SERVER_CERT_FILE=" + signer.cert,
			"UPLOAD_CLIENT_KEY_FILE=" + signer.key, "UPLOAD_CLIENT_CERT_FILE=" + signer.cert,
			// The controller reads the metrics of importer pods. The player serves them as a proxy.
			"HTTPS_PROXY=http://" + p.address("player"),
		},
		Address: "127.0.0.1" + cdiAddress,
		Ready:   tlsProbe("127.0.0.1"+cdiAddress, signer),
	})
}

// unshareArgs returns the arguments of unshare for a new mount namespace. Users other than root need a new user namespace as well.
func unshareArgs() []string {
	if os.Geteuid() == 0 {
		return []string{"--mount"}
	}
	return []string{"--mount", "--map-root-user"}
}
