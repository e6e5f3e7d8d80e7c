// Package storage is a CSI driver whose volumes and snapshots are folders. What a guest would write lies in files there, so that a test can tell whose data a
// volume has. Nothing mounts the volumes: the driver has the services of a controller alone, for the controllers of kubernetes-csi.
package storage

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// Name is the name of the driver.
const Name = "csi.wukong.test"

// SnapshotClass is the name of the driver's VolumeSnapshotClass.
const SnapshotClass = "wukong"

const (
	// volumes and snapshots are the folders with a folder for each of them, called as its handle is.
	volumes   = "volumes"
	snapshots = "snapshots"

	// dataDir is the folder of a volume or a snapshot with its files.
	dataDir = "data"

	// recordFile is a file of a volume or a snapshot: what CSI knows of it, in JSON.
	recordFile = "record.json"
)

// VolumeDir returns the folder with the files of a volume. Dir is that of the driver, and handle is the volumeHandle of the PersistentVolume.
func VolumeDir(dir, handle string) string { return filepath.Join(dir, volumes, handle, dataDir) }

// A driver serves the identity and the controller of CSI. See https://github.com/container-storage-interface/spec/blob/v1.13.0/spec.md.
type driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer

	dir string

	// mu is held while a folder is made, changed or deleted.
	mu sync.Mutex
}

// Serve serves the driver on a socket until the context ends. Its volumes and snapshots are below dir, and outlive it.
func Serve(ctx context.Context, dir, socket string) error {
	for _, kind := range []string{volumes, snapshots} {
		if err := os.MkdirAll(filepath.Join(dir, kind), 0o700); err != nil {
			return err
		}
	}
	// That of a process that was killed.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lis, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return err
	}
	d, s := &driver{dir: dir}, grpc.NewServer()
	csi.RegisterIdentityServer(s, d)
	csi.RegisterControllerServer(s, d)
	defer context.AfterFunc(ctx, s.Stop)()
	return s.Serve(lis)
}

// GetPluginInfo returns the name of the driver.
func (d *driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: Name, VendorVersion: "1"}, nil
}

// GetPluginCapabilities returns that there is a controller, and that volumes grow while they are used.
func (d *driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{
		{Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}}},
		{Type: &csi.PluginCapability_VolumeExpansion_{
			VolumeExpansion: &csi.PluginCapability_VolumeExpansion{Type: csi.PluginCapability_VolumeExpansion_ONLINE},
		}},
	}}, nil
}

// Probe returns that the driver is ready.
func (d *driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

// ControllerGetCapabilities returns what the driver can do.
func (d *driver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	out := &csi.ControllerGetCapabilitiesResponse{}
	for _, can := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
	} {
		out.Capabilities = append(out.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: can}},
		})
	}
	return out, nil
}

// CreateVolume makes a volume: an empty one, or one with the files of a snapshot or of another volume.
func (d *driver) CreateVolume(_ context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	volume := &csi.Volume{VolumeId: r.Name, CapacityBytes: r.CapacityRange.GetRequiredBytes(), ContentSource: r.VolumeContentSource}
	source := ""
	switch from := r.VolumeContentSource.GetType().(type) {
	case *csi.VolumeContentSource_Snapshot:
		source = filepath.Join(snapshots, from.Snapshot.GetSnapshotId())
	case *csi.VolumeContentSource_Volume:
		source = filepath.Join(volumes, from.Volume.GetVolumeId())
	}
	if err := d.make(filepath.Join(volumes, r.Name), source, volume); err != nil {
		return nil, err
	}
	return &csi.CreateVolumeResponse{Volume: volume}, nil
}

// DeleteVolume deletes a volume with its files.
func (d *driver) DeleteVolume(_ context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	return &csi.DeleteVolumeResponse{}, d.remove(filepath.Join(volumes, r.VolumeId))
}

// ControllerExpandVolume makes a volume larger. No node takes part in it.
func (d *driver) ControllerExpandVolume(_ context.Context, r *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	folder, volume := filepath.Join(d.dir, volumes, r.VolumeId), &csi.Volume{}
	if err := read(folder, volume); err != nil {
		return nil, err
	}
	volume.CapacityBytes = max(volume.CapacityBytes, r.CapacityRange.GetRequiredBytes())
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: volume.CapacityBytes}, write(folder, volume)
}

// ValidateVolumeCapabilities confirms all of them: nothing mounts a volume.
func (d *driver) ValidateVolumeCapabilities(
	_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest,
) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	return &csi.ValidateVolumeCapabilitiesResponse{
		Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: r.VolumeCapabilities},
	}, nil
}

// CreateSnapshot takes a snapshot of a volume, which is ready at once.
func (d *driver) CreateSnapshot(_ context.Context, r *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	volume := &csi.Volume{}
	if err := read(filepath.Join(d.dir, volumes, r.SourceVolumeId), volume); err != nil {
		return nil, err
	}
	snapshot := &csi.Snapshot{
		SnapshotId: r.Name, SourceVolumeId: r.SourceVolumeId, SizeBytes: volume.CapacityBytes, CreationTime: timestamppb.Now(), ReadyToUse: true,
	}
	if err := d.make(filepath.Join(snapshots, r.Name), filepath.Join(volumes, r.SourceVolumeId), snapshot); err != nil {
		return nil, err
	}
	return &csi.CreateSnapshotResponse{Snapshot: snapshot}, nil
}

// DeleteSnapshot deletes a snapshot with its files.
func (d *driver) DeleteSnapshot(_ context.Context, r *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	return &csi.DeleteSnapshotResponse{}, d.remove(filepath.Join(snapshots, r.SnapshotId))
}

// ListSnapshots returns one snapshot by its handle, or none if there is no such.
func (d *driver) ListSnapshots(_ context.Context, r *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	snapshot := &csi.Snapshot{}
	if r.SnapshotId == "" {
		return nil, status.Error(codes.Unimplemented, "snapshots are listed by their handle alone")
	}
	if err := read(filepath.Join(d.dir, snapshots, r.SnapshotId), snapshot); err != nil {
		return &csi.ListSnapshotsResponse{}, nil //nolint:nilerr // As the specification says.
	}
	return &csi.ListSnapshotsResponse{Entries: []*csi.ListSnapshotsResponse_Entry{{Snapshot: snapshot}}}, nil
}

// make makes a folder with a copy of the files of another one, or none if source is empty, and with a record. If the folder is there already, then record
// becomes its record.
func (d *driver) make(folder, source string, record proto.Message) error {
	final := filepath.Join(d.dir, folder)
	switch err := read(final, record); {
	case err == nil:
		return nil
	case status.Code(err) != codes.NotFound:
		return err
	}
	// Made beside its place and moved, so that there is never half of it.
	made, err := os.MkdirTemp(d.dir, "made-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	if source == "" {
		err = os.Mkdir(filepath.Join(made, dataDir), 0o700)
	} else if err = os.CopyFS(filepath.Join(made, dataDir), os.DirFS(filepath.Join(d.dir, source, dataDir))); errors.Is(err, fs.ErrNotExist) {
		err = status.Error(codes.NotFound, "there is no "+source)
	}
	if err != nil {
		return err
	}
	if err := write(made, record); err != nil {
		return err
	}
	return os.Rename(made, final)
}

// remove removes a folder, if it is there.
func (d *driver) remove(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return os.RemoveAll(filepath.Join(d.dir, folder))
}

// read reads the record of a folder. Its error has the code NotFound where there is no such folder.
func read(folder string, record proto.Message) error {
	b, err := os.ReadFile(filepath.Join(folder, recordFile)) //nolint:gosec // Of the driver.
	if errors.Is(err, fs.ErrNotExist) {
		return status.Error(codes.NotFound, "there is no "+folder)
	}
	if err != nil {
		return err
	}
	proto.Reset(record)
	return protojson.Unmarshal(b, record)
}

// write writes the record of a folder.
func write(folder string, record proto.Message) error {
	b, err := protojson.Marshal(record)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, recordFile), b, 0o600)
}
