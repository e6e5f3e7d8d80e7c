package plane

import "context"

// installMultus installs the CRD of NetworkAttachmentDefinitions. KubeVirt only reads them, and says in a pod's annotation what
// Multus is to attach; there is no node here that would do it.
func (p *Plane) installMultus(ctx context.Context) error {
	crds, err := p.moduleFiles(ctx, ".", "github.com/k8snetworkplumbingwg/network-attachment-definition-client", "artifacts/networks-crd.yaml")
	if err != nil {
		return err
	}
	return p.install(ctx, crds...)
}
