package storage

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Some objects that disks are cloned from lead to what CDI clones: a DataSource to a claim or a snapshot, a VirtualMachineSnapshot to the snapshot of each
// volume, and the virtual machine of another Wukong to its claims. They are looked at first, in datasource.go, vmsnapshot.go and otherwukong.go, and the DataVolume asks for what they lead to.

// A lead is what is known of the object that a disk is cloned from.
type lead struct {
	// source that the object leads to. Nil where the disk cannot be cloned.
	source *cdiv1.DataVolumeSource

	// state is why the disk cannot be cloned.
	state state
}

// isLed reports whether a disk is cloned from what another object leads to.
func isLed(d *v1alpha1.Disk) bool { return IsGolden(d) || isOfVMSnapshot(d) || isOfWukong(d) }

// leadOf returns what is known of the object of a disk that does not exist and is cloned from what that leads to.
func leadOf(w *v1alpha1.Wukong, d *v1alpha1.Disk, set Settings, rs observed.Resources) lead {
	switch {
	case isOfVMSnapshot(d):
		return vmSnapshotOf(w, d, rs)
	case isOfWukong(d):
		return otherWukong(w, d, rs)
	}
	return goldenOf(w, d, set, rs)
}

// Sources returns the objects that disks are cloned from and that are looked at first, while a disk does not exist yet. They are only observed. The DataSources of
// all disks that are called by name in addition are returned whether they exist or not.
func Sources(w *v1alpha1.Wukong, rs observed.Resources, needed ...v1alpha1.Label) []plan.Resource {
	var out []plan.Resource
	if b := backupOf(w, rs); b.suffix != "" && !b.isDone(w, rs) {
		out = vmSnapshot(w, b.disk, rs)
	}
	out = append(out, looks(w, rs)...)
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		exists := Exists(d, rs)
		switch {
		case IsGolden(d) && (!exists || slices.Contains(needed, d.Name)):
			out = append(out, goldenImage(w, d))
		case isOfVMSnapshot(d) && d.Successor == "" && !exists:
			out = append(out, vmSnapshot(w, d, rs)...)
		case isOfWukong(d) && !exists:
			out = append(out, otherMachine(w, d))
		}
	}
	return out
}

// IsSource reports whether a key is that of an object which disks are cloned from, and which is looked at first.
func IsSource(key string) bool {
	prefixes := []string{dataSourcePrefix, vmSnapshotPrefix, vmSnapshotContentPrefix, machinePrefix, lookPrefix}
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// lookedAt returns an object that is only observed, in the namespace of what a disk is cloned from.
func lookedAt(w *v1alpha1.Wukong, d *v1alpha1.Disk, key, apiVersion, kind, name string) plan.Resource {
	namespace := imageNamespace(d, w)
	return plan.Resource{
		Key: key,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: apiVersion, Kind: kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		},
		Management: plan.Observe,
		Shared:     namespace != w.GetNamespace(),
	}
}

// leading returns an object that is looked at, and false where it is not known, or is that of an earlier request.
func leading[T any](w *v1alpha1.Wukong, d *v1alpha1.Disk, key, name string, rs observed.Resources) (*T, bool) {
	if rs.Name(key) != name || rs.Namespace(key) != imageNamespace(d, w) {
		return nil, false
	}
	return observed.Get[T](rs, key)
}

// unseen says of an object that is looked at why it is not known. Title is what people call it.
func unseen(d *v1alpha1.Disk, title, key, name string, rs observed.Resources) lead {
	switch {
	case rs.IsMissing(key, name):
		return lead{state: failed(msgNoLead.With(d.Name, title))}
	case rs[key].Refused != "":
		return lead{state: failed(msgLeadUnread.With(d.Name, title, rs[key].Refused))}
	}
	return lead{state: pending(msgLeadAwaited.With(d.Name, title))}
}

// imageNamespace returns the namespace of what a disk is cloned from.
func imageNamespace(d *v1alpha1.Disk, w *v1alpha1.Wukong) string {
	if d.ImageFrom.Namespace != "" {
		return string(d.ImageFrom.Namespace)
	}
	return w.GetNamespace()
}
