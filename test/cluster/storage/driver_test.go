package storage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// serve serves the driver in a folder, and returns a client.
func serve(t *testing.T, dir string) csi.ControllerClient {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	go func() {
		if err := Serve(t.Context(), dir, socket); err != nil {
			t.Error(err)
		}
	}()
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return csi.NewControllerClient(conn)
}

// writeFile writes the file of a volume, and readFile reads it.
func writeFile(t *testing.T, dir, volume, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(VolumeDir(dir, volume), "disk.img"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, dir, volume string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(VolumeDir(dir, volume), "disk.img"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestSnapshot restores a volume from a snapshot: it has what was there when that was taken, of the size that the volume had. A request that is repeated,
// also after the driver was killed, changes nothing.
func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	driver := serve(t, dir)
	gibibytes := func(n int64) *csi.CapacityRange { return &csi.CapacityRange{RequiredBytes: n << 30} }
	create := &csi.CreateVolumeRequest{Name: "pvc-1", CapacityRange: gibibytes(1)}
	if _, err := driver.CreateVolume(t.Context(), create); err != nil {
		t.Fatal(err)
	}
	if _, err := driver.ControllerExpandVolume(t.Context(), &csi.ControllerExpandVolumeRequest{VolumeId: "pvc-1", CapacityRange: gibibytes(2)}); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "pvc-1", "before")
	take := &csi.CreateSnapshotRequest{Name: "snapshot-1", SourceVolumeId: "pvc-1"}
	first, err := driver.CreateSnapshot(t.Context(), take)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "pvc-1", "after")

	driver = serve(t, dir)
	again, err := driver.CreateSnapshot(t.Context(), take)
	if err != nil || again.Snapshot.SizeBytes != 2<<30 || !again.Snapshot.CreationTime.AsTime().Equal(first.Snapshot.CreationTime.AsTime()) {
		t.Errorf("want the snapshot of before, of 2Gi, got %v and the error %v", again, err)
	}
	restore := &csi.CreateVolumeRequest{Name: "pvc-2", CapacityRange: gibibytes(2), VolumeContentSource: &csi.VolumeContentSource{
		Type: &csi.VolumeContentSource_Snapshot{Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: "snapshot-1"}},
	}}
	if _, err := driver.CreateVolume(t.Context(), restore); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, dir, "pvc-2"); got != "before" {
		t.Errorf("want what the snapshot has, got %q", got)
	}
	if repeated, err := driver.CreateVolume(t.Context(), create); err != nil || repeated.Volume.CapacityBytes != 2<<30 || readFile(t, dir, "pvc-1") != "after" {
		t.Errorf("want the volume as it is, got %v and the error %v", repeated, err)
	}
	if _, err := driver.DeleteSnapshot(t.Context(), &csi.DeleteSnapshotRequest{SnapshotId: "snapshot-1"}); err != nil {
		t.Fatal(err)
	}
	restore.Name = "pvc-3"
	if _, err := driver.CreateVolume(t.Context(), restore); status.Code(err) != codes.NotFound {
		t.Errorf("want no volume without the snapshot, got the error %v", err)
	}
}
