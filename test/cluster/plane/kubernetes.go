package plane

import (
	"context"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// aggregator is the user as which the API server forwards requests to aggregated API servers, such as virt-api.
const aggregator = "system:aggregator"

// startAPIServer starts the API server with its default admission plugins, RBAC, aggregation and an audit log.
func (p *Plane) startAPIServer(ctx context.Context) error {
	serving, err := p.pki.issue("kube-apiserver", nil, "kubernetes.default.svc", "10.96.0.1")
	if err != nil {
		return err
	}
	proxy, err := p.pki.issue(aggregator, nil)
	if err != nil {
		return err
	}
	private, public := filepath.Join(p.pki.dir, "tokens.key"), filepath.Join(p.pki.dir, "tokens.pub")
	if err := writeRSAKeys(private, public); err != nil {
		return err
	}
	audit, err := p.audit()
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "kube-apiserver",
		Path: p.command(Kubernetes, "kube-apiserver"),
		Args: append([]string{
			"--etcd-servers=http://" + p.address("etcd"),
			"--bind-address=127.0.0.1",
			// Without it the API server wants an address on a network, and there may be none. Nothing connects to this one.
			"--advertise-address=192.0.2.100",
			"--secure-port=" + port(p.address("kube-apiserver")),
			"--tls-cert-file=" + serving.cert,
			"--tls-private-key-file=" + serving.key,
			"--client-ca-file=" + serving.ca,
			"--authorization-mode=RBAC",
			"--service-cluster-ip-range=10.96.0.0/16",
			"--service-account-issuer=https://kubernetes.default.svc",
			"--service-account-signing-key-file=" + private,
			"--service-account-key-file=" + public,
			// The endpoint of the Service kubernetes must not be on loopback, and no client here uses it.
			"--endpoint-reconciler-type=none",
			// The API server publishes these in a ConfigMap, which aggregated API servers read.
			"--requestheader-client-ca-file=" + proxy.ca,
			"--requestheader-allowed-names=" + aggregator,
			"--requestheader-username-headers=X-Remote-User",
			"--requestheader-group-headers=X-Remote-Group",
			"--requestheader-extra-headers-prefix=X-Remote-Extra-",
			"--proxy-client-cert-file=" + proxy.cert,
			"--proxy-client-key-file=" + proxy.key,
			// All controllers share one computer, and none of them should be throttled.
			"--max-requests-inflight=2000",
			"--max-mutating-requests-inflight=1000",
			"--watch-cache=true",
		}, audit...),
		Address: p.address("kube-apiserver"),
		Ready:   httpProbe("https://" + p.address("kube-apiserver") + "/readyz"),
	})
}

// startControllerManager starts Kubernetes' controllers: garbage collection, namespaces, binding of volumes and others.
func (p *Plane) startControllerManager(ctx context.Context) error {
	kubeconfig, err := p.kubeconfig("system:kube-controller-manager", adminGroup)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "kube-controller-manager",
		Path: p.command(Kubernetes, "kube-controller-manager"),
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--bind-address=127.0.0.1",
			"--secure-port=" + port(p.address("kube-controller-manager")),
			"--leader-elect=false",
			"--service-account-private-key-file=" + filepath.Join(p.pki.dir, "tokens.key"),
			"--kube-api-qps=500",
			"--kube-api-burst=1000",
			"--concurrent-gc-syncs=50",
		},
		Address: p.address("kube-controller-manager"),
		Ready:   httpProbe("https://" + p.address("kube-controller-manager") + "/healthz"),
	})
}

// startScheduler starts the scheduler, so that reports of unschedulable pods are those of Kubernetes.
func (p *Plane) startScheduler(ctx context.Context) error {
	kubeconfig, err := p.kubeconfig("system:kube-scheduler", adminGroup)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "kube-scheduler",
		Path: p.command(Kubernetes, "kube-scheduler"),
		Args: []string{
			"--kubeconfig=" + kubeconfig,
			"--bind-address=127.0.0.1",
			"--secure-port=" + port(p.address("kube-scheduler")),
			"--leader-elect=false",
		},
		Address: p.address("kube-scheduler"),
		Ready:   httpProbe("https://" + p.address("kube-scheduler") + "/healthz"),
	})
}
