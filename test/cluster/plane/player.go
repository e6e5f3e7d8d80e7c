package plane

import (
	"context"
	"strconv"

	"github.com/novasphere/function-wukong/test/cluster/player"
	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startPlayer starts what plays the nodes and the storage, after it has installed the storage classes.
func (p *Plane) startPlayer(ctx context.Context) error {
	if err := p.installStorage(ctx); err != nil {
		return err
	}
	kubeconfig, err := p.kubeconfig("player", admins)
	if err != nil {
		return err
	}
	handler, err := p.serviceAccount(kubevirtNamespace, "kubevirt-handler")
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name:    "player",
		Path:    p.Player[0],
		Args:    append(p.Player[1:], "--kubeconfig="+kubeconfig, "--handler-kubeconfig="+handler, "--address="+p.address("player")),
		Address: p.address("player"),
		Ready:   healthy("http://" + p.address("player") + "/readyz"),
	})
}

// installStorage installs storage classes of a driver that the player plays: the default one and the one that examples name, whose
// volumes grow, and one whose volumes do not. The profiles say what CDI knows by itself of drivers in use.
func (p *Plane) installStorage(ctx context.Context) error {
	if err := p.create(ctx, object("storage.k8s.io/v1", "CSIDriver", "", player.Driver, map[string]any{
		"spec": map[string]any{"attachRequired": false},
	})); err != nil {
		return err
	}
	const standard = "standard"
	for name, grows := range map[string]bool{standard: true, "fast": true, "fixed": false} {
		if err := p.create(ctx,
			object("storage.k8s.io/v1", "StorageClass", "", name, map[string]any{
				"metadata": map[string]any{"annotations": map[string]any{
					"storageclass.kubernetes.io/is-default-class": strconv.FormatBool(name == standard),
				}},
				"provisioner":          player.Driver,
				"allowVolumeExpansion": grows,
			}),
			object("cdi.kubevirt.io/v1beta1", "StorageProfile", "", name, map[string]any{
				"spec": map[string]any{"claimPropertySets": []any{
					map[string]any{"accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem"},
				}},
			}),
		); err != nil {
			return err
		}
	}
	return nil
}
