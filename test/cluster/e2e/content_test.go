//go:build e2e

package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/test/cluster/plane"
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

// contentFile is the file of a volume that holds what a guest has on the disk.
const contentFile = "disk.img"

// write writes what is on the disk of a claim, as a guest would.
func (n *Tenant) write(t *testing.T, claim, content string) {
	t.Helper()
	if err := os.WriteFile(n.contentOf(t, claim), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// write writes what is on a disk, as the guest would.
func (w *Wukong) write(t *testing.T, disk, content string) {
	t.Helper()
	w.Tenant.write(t, w.Observe(t).Volume(disk).PVCName, content)
}

// checkContent fails the test unless a disk has what somebody wrote.
func (w *Wukong) checkContent(t *testing.T, disk, want string) {
	t.Helper()
	got, err := os.ReadFile(w.contentOf(t, w.Observe(t).Volume(disk).PVCName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("want %q on disk %s, got %q", want, disk, got)
	}
}

// contentOf returns the path of the file with what is on the disk of a claim, once that is bound.
func (n *Tenant) contentOf(t *testing.T, claim string) string {
	t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	eventually(t, "claim "+claim+" is bound", func() error {
		if err := n.Get(t.Context(), types.NamespacedName{Namespace: n.Namespace, Name: claim}, pvc); err != nil {
			return err
		}
		if pvc.Status.Phase != corev1.ClaimBound {
			return errors.New("it is " + string(pvc.Status.Phase))
		}
		return nil
	})
	volume := &corev1.PersistentVolume{}
	if err := n.Get(t.Context(), types.NamespacedName{Name: pvc.Spec.VolumeName}, volume); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(storage.VolumeDir(filepath.Join(cluster.dir, plane.StorageDir), volume.Spec.CSI.VolumeHandle), contentFile)
}
