package plane

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// Velero is the name of Velero's process, and of the tool.
const Velero = "velero"

// VeleroNamespace is where Velero runs, and where its objects are.
const VeleroNamespace = "velero"

// The tools of Velero, by their names as arguments of test/tools/build: the server, and our plugin that keeps backups as files.
const (
	veleroServer = "velero/velero"
	fileStore    = "velero/file-store"
)

// BackupsDir is the folder of the backups, in that of a control plane.
const BackupsDir = "backups"

// backupLocation is the name of the only BackupStorageLocation.
const backupLocation = "default"

// VeleroTools returns the tools that StartVelero needs.
func VeleroTools() []string { return []string{veleroServer, fileStore} }

// StartVelero installs Velero as its command line does, and starts its server. Backups are files in the folder of the control plane. There is no agent
// on the nodes: a backup has the data of volumes only as snapshots of their driver.
func (p *Plane) StartVelero(ctx context.Context, tools map[string]string) error {
	maps.Copy(p.Tools, tools)
	for _, step := range []func(context.Context) error{p.installVelero, p.startVeleroServer, p.awaitBackupLocation} {
		if err := step(ctx); err != nil {
			return p.recordError(fmt.Errorf("cannot start Velero: %w", err))
		}
	}
	return nil
}

// installVelero installs Velero's kinds, its namespace with the rights of its command line, and where backups are kept.
func (p *Plane) installVelero(ctx context.Context) error {
	m, err := p.module(ctx, toolsDir+Velero, "github.com/vmware-tanzu/velero")
	if err != nil {
		return err
	}
	for _, pattern := range []string{"config/crd/v1/bases/*.yaml", "config/crd/v2alpha1/bases/*.yaml"} {
		crds, err := m.objects(pattern)
		if err != nil {
			return err
		}
		if err := p.install(ctx, crds...); err != nil {
			return err
		}
	}
	if err := p.namespace(ctx, VeleroNamespace); err != nil {
		return err
	}
	backups := filepath.Join(p.Dir, BackupsDir)
	if err := os.MkdirAll(backups, 0o700); err != nil {
		return err
	}
	labels := map[string]any{"component": Velero}
	return p.apply(ctx,
		// The server looks here for its image, which the pods of its agents have, too. It runs as a process beside it.
		object("apps/v1", "Deployment", VeleroNamespace, Velero, map[string]any{"spec": map[string]any{
			"replicas": int64(0),
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{
					"serviceAccountName": Velero,
					"containers":         []any{map[string]any{"name": Velero, "image": Velero}},
				},
			},
		}}),
		object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", Velero, map[string]any{
			"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
			"subjects": []any{map[string]any{"kind": "ServiceAccount", "namespace": VeleroNamespace, "name": Velero}},
		}),
		object("velero.io/v1", "BackupStorageLocation", VeleroNamespace, backupLocation, map[string]any{"spec": map[string]any{
			"provider":      "novasphere.dev/file-store",
			"default":       true,
			"objectStorage": map[string]any{"bucket": "backups"},
			"config":        map[string]any{"dir": backups},
		}}),
	)
}

// startVeleroServer starts Velero's server with our plugin.
func (p *Plane) startVeleroServer(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	kubeconfig, err := p.serviceAccount(VeleroNamespace, Velero)
	if err != nil {
		return err
	}
	// The server runs every program in this folder.
	plugins := filepath.Join(p.Dir, "velero-plugins")
	if err := os.MkdirAll(plugins, 0o700); err != nil {
		return err
	}
	if err := os.Symlink(p.Tools[fileStore], filepath.Join(plugins, filepath.Base(fileStore))); err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: Velero,
		Path: p.Tools[veleroServer],
		Args: []string{
			"server",
			"--kubeconfig=" + kubeconfig,
			"--namespace=" + VeleroNamespace,
			"--plugin-dir=" + plugins,
			"--features=EnableCSI",
			"--metrics-address=" + address,
			"--profiler-address=",
			// By default Velero looks every ten seconds whether snapshots are ready.
			"--item-operation-sync-frequency=1s",
		},
		Address: address,
		Ready:   httpProbe("http://" + address + "/metrics"),
	})
}

// awaitBackupLocation waits until Velero can write to the folder of the backups.
func (p *Plane) awaitBackupLocation(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return p.await(ctx, "Velero can write to the folder of the backups", func(ctx context.Context) (bool, error) {
		location := object("velero.io/v1", "BackupStorageLocation", VeleroNamespace, backupLocation, nil)
		if err := p.client.Get(ctx, client.ObjectKeyFromObject(location), location); err != nil {
			return false, err
		}
		phase, _, err := unstructured.NestedString(location.Object, "status", "phase")
		return phase == "Available", err
	})
}
