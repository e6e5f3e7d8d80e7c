package plane

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/process"
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

// csiSidecars is the folder of test/tools with the controllers of kubernetes-csi. Every set has the same.
const csiSidecars = "csi-sidecars"

// csiControllers are the controllers between Kubernetes and a CSI driver: which provision, grow and delete volumes, and which take, keep and delete snapshots.
var csiControllers = []string{"csi-provisioner", "csi-resizer", "csi-snapshotter", "snapshot-controller"}

// StorageDir is the folder of the CSI driver, in that of a control plane.
const StorageDir = "storage"

// csiSocket returns the path of the socket of the CSI driver.
func (p *Plane) csiSocket() string { return filepath.Join(p.Dir, "csi.sock") }

// installSnapshots installs the kinds of volume snapshots, and a class of the driver.
func (p *Plane) installSnapshots(ctx context.Context) error {
	m, err := p.module(ctx, toolsDir+csiSidecars, "github.com/kubernetes-csi/external-snapshotter/client/v8")
	if err != nil {
		return err
	}
	crds, err := m.objects("config/crd/snapshot.*.yaml")
	if err != nil {
		return err
	}
	if err := p.install(ctx, crds...); err != nil {
		return err
	}
	return p.apply(ctx, object("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "", storage.SnapshotClass, map[string]any{
		"driver": storage.Name, "deletionPolicy": "Delete",
	}))
}

// startStorage creates the storage classes of the CSI driver, which the player serves, and starts the controllers that use it.
func (p *Plane) startStorage(ctx context.Context) error {
	if err := p.installStorage(ctx); err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	for _, name := range csiControllers {
		kubeconfig, err := p.kubeconfig(name, adminGroup)
		if err != nil {
			return err
		}
		args := []string{
			"--kubeconfig=" + kubeconfig, "--http-endpoint=" + p.address(name), "--kube-api-qps=500", "--kube-api-burst=1000", "--retry-interval-max=5s",
		}
		if name == "snapshot-controller" {
			// It waits that long for the kinds of snapshots of groups, which nothing here takes.
			args = append(args, "--retry-crd-interval-max=1s")
		} else {
			args = append(args, "--csi-address="+p.csiSocket())
		}
		all.Go(func() error {
			return p.start(ctx, process.Spec{
				Name:    name,
				Path:    p.Tools[csiSidecars+"/"+name],
				Args:    args,
				Address: p.address(name),
				Ready:   httpProbe("http://" + p.address(name) + "/metrics"),
			})
		})
	}
	return all.Wait()
}

// installStorage creates the storage classes of the driver and their StorageProfiles. CDI would know the profiles of a real driver, and its
// controller makes them.
// The classes standard, which is the default, and fast, which examples use, allow expansion. The class fixed does not.
// Volumes of the class shared can be attached to several nodes.
func (p *Plane) installStorage(ctx context.Context) error {
	if err := p.apply(ctx, object("storage.k8s.io/v1", "CSIDriver", "", storage.Name, map[string]any{
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
				"provisioner":          storage.Name,
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
