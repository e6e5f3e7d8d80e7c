package storage

import (
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// The claim of another Wukong's disk does not follow from names alone: a disk that was restored, or has moved, has another one. The virtual machine tells it.

// machinePrefix begins the key of the virtual machine of another Wukong that a disk is cloned from. No key of another resource begins so.
const machinePrefix = "machine-"

// isOfWukong reports whether a disk is cloned from that of another Wukong.
func isOfWukong(d *v1alpha1.Disk) bool {
	return d.ImageFrom != nil && d.ImageFrom.Kind == v1alpha1.ImageKindWukong
}

// otherMachine returns the virtual machine of the Wukong that a disk is cloned from, which is only observed.
func otherMachine(w *v1alpha1.Wukong, d *v1alpha1.Disk) plan.Resource {
	gvk := kubevirtv1.VirtualMachineGroupVersionKind
	return lookedAt(w, d, machinePrefix+holder(d), gvk.GroupVersion().String(), gvk.Kind, string(d.ImageFrom.Name))
}

// otherWukong returns what is known of the Wukong that a disk which does not exist is cloned from.
func otherWukong(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) lead {
	title, name, k := string(originOf(d, w.GetNamespace())), string(d.ImageFrom.Name), machinePrefix+holder(d)
	_, known := leading[kubevirtv1.VirtualMachine](w, d, k, name, rs)
	if !known {
		return unseen(d, title, k, name, rs)
	}
	if rs.Label(k, names.LabelWukong) != name {
		return lead{state: failed(msgNoLead.With(d.Name, title))}
	}
	for _, v := range volumesIn(rs[k].Object, inMachine...) {
		if claim := claimIn(v); claim != "" && fields.Text(v, "name") == string(d.Name) {
			return lead{source: &cdiv1.DataVolumeSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: imageNamespace(d, w), Name: claim}}}
		}
	}
	return lead{state: failed(msgNoDiskOfWukong.With(d.Name, title))}
}
