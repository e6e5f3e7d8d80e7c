package plane

import "context"

// installMultus installs the CRD of NetworkAttachmentDefinitions. KubeVirt reads them and requests networks by an annotation of the pod.
// The player reports the networks as attached.
func (p *Plane) installMultus(ctx context.Context) error {
	m, err := p.module(ctx, ".", "github.com/k8snetworkplumbingwg/network-attachment-definition-client")
	if err != nil {
		return err
	}
	crds, err := m.objects("artifacts/networks-crd.yaml")
	if err != nil {
		return err
	}
	return p.install(ctx, crds...)
}
