package storage

import (
	"slices"

	"k8s.io/utils/ptr"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A VirtualMachineSnapshot names its content, which lists a VolumeSnapshot for each volume of the virtual machine, in the same namespace
// (https://kubevirt.io/user-guide/storage/snapshot_restore_api/). A disk is cloned from that of the volume with its name.

const (
	// vmSnapshotPrefix begins the key of the VirtualMachineSnapshot that a disk is cloned from, and vmSnapshotContentPrefix that of its content. No key of
	// another resource begins so.
	vmSnapshotPrefix        = "vmsnapshot-"
	vmSnapshotContentPrefix = "vmsnapshotcontent-"

	kindVMSnapshotContent = "VirtualMachineSnapshotContent"
)

// isOfVMSnapshot reports whether a disk is cloned from a VirtualMachineSnapshot.
func isOfVMSnapshot(d *v1alpha1.Disk) bool {
	return d.ImageFrom != nil && d.ImageFrom.Kind == v1alpha1.ImageKindVMSnapshot
}

// lookedFor returns what the objects are known by that lead to the source of a disk. All disks that are restored from a snapshot look at the same.
func lookedFor(d *v1alpha1.Disk) string {
	if d.Successor == "" {
		return holder(d)
	}
	return suffixSeparator + d.Successor
}

// vmSnapshot returns the VirtualMachineSnapshot of a disk and, once that names it, the content.
func vmSnapshot(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) []plan.Resource {
	apiVersion, name := snapshotv1.SchemeGroupVersion.String(), string(d.ImageFrom.Name)
	k := vmSnapshotPrefix + lookedFor(d)
	out := []plan.Resource{lookedAt(w, d, k, apiVersion, string(v1alpha1.ImageKindVMSnapshot), name)}
	if s, known := leading[snapshotv1.VirtualMachineSnapshot](w, d, k, name, rs); known && contentName(s) != "" {
		out = append(out, lookedAt(w, d, vmSnapshotContentPrefix+lookedFor(d), apiVersion, kindVMSnapshotContent, contentName(s)))
	}
	return out
}

// vmSnapshotOf returns what is known of the VirtualMachineSnapshot of a disk that does not exist.
func vmSnapshotOf(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) lead {
	title, name := string(originOf(d, w.GetNamespace())), string(d.ImageFrom.Name)
	k := vmSnapshotPrefix + lookedFor(d)
	s, known := leading[snapshotv1.VirtualMachineSnapshot](w, d, k, name, rs)
	if !known {
		return unseen(d, title, k, name, rs)
	}
	if !isRestorable(s) {
		return lead{state: pending(msgLeadUnready.With(d.Name, title, unreadiness(s)))}
	}
	k = vmSnapshotContentPrefix + lookedFor(d)
	content, known := leading[snapshotv1.VirtualMachineSnapshotContent](w, d, k, contentName(s), rs)
	if !known {
		return unseen(d, title, k, contentName(s), rs)
	}
	i := slices.IndexFunc(content.Spec.VolumeBackups, func(b snapshotv1.VolumeBackup) bool { return b.VolumeName == string(d.Name) })
	if i < 0 || content.Spec.VolumeBackups[i].VolumeSnapshotName == nil {
		return lead{state: failed(msgNoVolumeInSnapshot.With(d.Name, title))}
	}
	return lead{source: &cdiv1.DataVolumeSource{
		Snapshot: &cdiv1.DataVolumeSourceSnapshot{Namespace: imageNamespace(d, w), Name: *content.Spec.VolumeBackups[i].VolumeSnapshotName},
	}}
}

// isRestorable reports whether a VirtualMachineSnapshot is ready and names its content.
func isRestorable(s *snapshotv1.VirtualMachineSnapshot) bool {
	return s.Status != nil && ptr.Deref(s.Status.ReadyToUse, false) && contentName(s) != ""
}

// unreadiness returns why a VirtualMachineSnapshot is not ready.
func unreadiness(s *snapshotv1.VirtualMachineSnapshot) string {
	if s.Status == nil || s.Status.Error == nil {
		return valueNotReady
	}
	return ptr.Deref(s.Status.Error.Message, valueNotReady)
}

// contentName returns the name of the content of a VirtualMachineSnapshot; empty where it has none yet.
func contentName(s *snapshotv1.VirtualMachineSnapshot) string {
	if s.Status == nil {
		return ""
	}
	return ptr.Deref(s.Status.VirtualMachineSnapshotContentName, "")
}
