package plane

import (
	"context"
	"encoding/json"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/player"
	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startPlayer creates the storage classes and starts the player.
func (p *Plane) startPlayer(ctx context.Context) error {
	if err := p.installStorage(ctx); err != nil {
		return err
	}
	kubeconfig, err := p.kubeconfig("player", adminGroup)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name:    "player",
		Path:    p.PlayerCommand[0],
		Args:    append(p.PlayerCommand[1:], "--kubeconfig="+kubeconfig, "--address="+p.address("player")),
		Address: p.address("player"),
		Ready:   httpProbe("http://" + p.address("player") + "/readyz"),
	})
}

// installStorage creates the storage classes of the player's driver and their StorageProfiles. CDI would know the
// profiles of a real driver, and its controller makes them.
// The classes standard, which is the default, and fast, which examples use, allow expansion. The class fixed does not.
// Volumes of the class shared can be attached to several nodes.
func (p *Plane) installStorage(ctx context.Context) error {
	if err := p.apply(ctx, object("storage.k8s.io/v1", "CSIDriver", "", player.Driver, map[string]any{
		"spec": map[string]any{"attachRequired": false},
	})); err != nil {
		return err
	}
	for _, c := range []struct {
		name, accessMode, volumeMode string
		isDefault, expandable        bool
	}{
		{name: "standard", accessMode: "ReadWriteOnce", volumeMode: "Filesystem", isDefault: true, expandable: true},
		{name: "fast", accessMode: "ReadWriteOnce", volumeMode: "Filesystem", expandable: true},
		{name: "fixed", accessMode: "ReadWriteOnce", volumeMode: "Filesystem"},
		{name: "shared", accessMode: "ReadWriteMany", volumeMode: "Block", expandable: true},
	} {
		if err := p.apply(ctx,
			object("storage.k8s.io/v1", "StorageClass", "", c.name, map[string]any{
				"metadata": map[string]any{"annotations": map[string]any{
					"storageclass.kubernetes.io/is-default-class": strconv.FormatBool(c.isDefault),
				}},
				"provisioner":          player.Driver,
				"allowVolumeExpansion": c.expandable,
			}),
		); err != nil {
			return err
		}
		if p.MachinesOnly {
			continue
		}
		if err := p.setStorageProfile(ctx, c.name, map[string]any{"accessModes": []any{c.accessMode}, "volumeMode": c.volumeMode}); err != nil {
			return err
		}
	}
	return nil
}

// setStorageProfile sets claimPropertySets of the StorageProfile that CDI creates for a class, and waits until CDI has accepted it. CDI copies claims of the class
// by pods, though the driver takes snapshots: it is then that a claim in use is waited for.
func (p *Plane) setStorageProfile(ctx context.Context, class string, set map[string]any) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"claimPropertySets": []any{set}, "cloneStrategy": "copy"}})
	if err != nil {
		return err
	}
	return p.await(ctx, "CDI has accepted the StorageProfile "+class, func(ctx context.Context) (bool, error) {
		profile := object("cdi.kubevirt.io/v1beta1", "StorageProfile", "", class, nil)
		if err := p.client.Patch(ctx, profile, client.RawPatch(types.MergePatchType, patch)); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		sets, _, err := unstructured.NestedSlice(profile.Object, "status", "claimPropertySets")
		return len(sets) > 0, err
	})
}
