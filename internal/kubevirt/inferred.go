package kubevirt

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypeapi "kubevirt.io/api/instancetype"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// KubeVirt infers the instance type and the preference of a virtual machine by itself (inferFromVolume,
// https://kubevirt.io/user-guide/user_workloads/instancetypes/#inferfromvolume), from the DataVolume of its disk: one that does not exist yet, as objects
// are made side by side, is refused, or leaves it without. So the labels of the DataSource are read here, before the virtual machine is made.
//
// The DataVolume of the disk gets the labels of its DataSource, and the virtual machine annotations with what it was made with. So what was inferred once
// stays, whatever becomes of the DataSource, and of the spec, until the spec gives another value; and a virtual machine that is made anew is as it was.

// Annotations of a virtual machine with what was inferred, as KIND/NAME. An empty kind is that of the cluster.
const (
	annotationInstancetype = v1alpha1.Group + "/inferred-instancetype"
	annotationPreference   = v1alpha1.Group + "/inferred-preference"
)

// Inferred is what a Wukong leaves to the image of the disk that it boots from.
type Inferred struct {
	// instancetype and preference were inferred; nil for what was not.
	instancetype *v1alpha1.InstancetypeReference
	preference   *v1alpha1.PreferenceReference

	// Awaits is the name of the disk whose DataSource must be known before the virtual machine can be made; empty for none.
	Awaits v1alpha1.Label
}

// Infer gives a Wukong with its disks the instance type and the preference that it leaves to the image of the disk to boot from. An error says what nothing
// names.
func Infer(w *v1alpha1.Wukong, rs observed.Resources) (Inferred, field.ErrorList) {
	s := &w.Spec
	infersType, infersPreference := s.MayInferInstancetype(), s.Preference == nil
	if !infersType && !infersPreference {
		return Inferred{}, nil
	}
	d := bootDisk(s)
	labels, known := inferredLabels(w, d, rs)
	var out Inferred
	if infersPreference {
		if kind, name := labels.of(annotationPreference); name != "" {
			out.preference = &v1alpha1.PreferenceReference{Kind: kind, Name: v1alpha1.ObjectName(name)}
		}
		s.Preference = out.preference
	}
	if infersType {
		if kind, name := labels.of(annotationInstancetype); name != "" {
			out.instancetype = &v1alpha1.InstancetypeReference{Kind: kind, Name: v1alpha1.ObjectName(name)}
		}
		s.Instancetype = out.instancetype
	}
	switch {
	case !known:
		out.Awaits = d.Name
	case infersType && out.instancetype == nil:
		return out, noInstancetype(d, rs)
	}
	return out, nil
}

// noInstancetype returns the error about a virtual machine whose size nothing says; nil where that is not known, as where a preview assumes that it was made.
func noInstancetype(boot *v1alpha1.Disk, rs observed.Resources) field.ErrorList {
	m := msgNoInstancetype
	vm, readable := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	switch {
	case rs.Exists(plan.KeyVM) && (!readable || !hasTopology(domainOf(vm).CPU)):
		return nil
	case rs.Exists(plan.KeyVM):
		m = msgSizeTakenAway
	case boot == nil || !storage.IsGolden(boot):
		m = msgBootsFromOther
	}
	return field.ErrorList{field.Required(field.NewPath("spec", "cpu"), m.String())}
}

// inferences are what was inferred, as KIND/NAME, by the annotations of a virtual machine.
type inferences map[string]string

// of returns the kind and the name of what was inferred; empty for nothing.
func (i inferences) of(annotation string) (kind, name string) {
	kind, name, _ = strings.Cut(i[annotation], "/")
	return kind, name
}

// inferredLabels returns what the virtual machine was made with, else what the DataVolume of its disk, or the DataSource of that, says. It returns false where
// that is not known yet. A virtual machine that the cluster refused was not made, and the DataSource may have been corrected since.
func inferredLabels(w *v1alpha1.Wukong, boot *v1alpha1.Disk, rs observed.Resources) (inferences, bool) {
	if rs.Exists(plan.KeyVM) {
		out := inferences{}
		for _, name := range []string{annotationInstancetype, annotationPreference} {
			out[name] = rs.Annotation(plan.KeyVM, name)
		}
		return out, true
	}
	if boot == nil {
		return nil, true
	}
	fromLabels := func(label func(string) string) inferences {
		out := inferences{}
		if name := label(instancetypeapi.DefaultInstancetypeLabel); name != "" {
			out[annotationInstancetype] = label(instancetypeapi.DefaultInstancetypeKindLabel) + "/" + name
		}
		if name := label(instancetypeapi.DefaultPreferenceLabel); name != "" {
			out[annotationPreference] = label(instancetypeapi.DefaultPreferenceKindLabel) + "/" + name
		}
		return out
	}
	current, hasCurrent := storage.DataSourceLabels(w, boot, rs)
	made, hasMade := storage.ImageLabels(boot, rs)
	switch {
	case hasCurrent && (!hasMade || rs[plan.KeyVM].Refused != ""):
		return fromLabels(current), true
	case hasMade:
		return fromLabels(made), true
	}
	return nil, !storage.IsGolden(boot)
}

// Annotate notes on the planned virtual machine what was inferred.
func (i Inferred) Annotate(vm plan.Resource) {
	annotations := vm.Object.GetAnnotations()
	note := func(name, kind, value string) {
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[name] = kind + "/" + value
	}
	if t := i.instancetype; t != nil {
		note(annotationInstancetype, t.Kind, string(t.Name))
	}
	if p := i.preference; p != nil {
		note(annotationPreference, p.Kind, string(p.Name))
	}
	vm.Object.SetAnnotations(annotations)
}

// Booted returns the names of the disks whose DataSource must be read although they may exist, because the virtual machine does not.
func Booted(w *v1alpha1.Wukong, rs observed.Resources) []v1alpha1.Label {
	if d := bootDisk(&w.Spec); d != nil && !rs.Exists(plan.KeyVM) {
		return []v1alpha1.Label{d.Name}
	}
	return nil
}

// Attached returns the volumes that the virtual machine attaches: of those among the named ones, whose content nobody compared, only what it has already. A
// CD-ROM drive keeps the medium that it has, or stays empty. Held reports whether the virtual machine cannot be made before these are verified.
func Attached(volumes []storage.Volume, unverified []string, rs observed.Resources) (attached []storage.Volume, held bool) {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if len(unverified) == 0 || !exists {
		return volumes, len(unverified) > 0
	}
	for _, v := range volumes {
		has := volume(vm, v.Name)
		switch {
		case !slices.Contains(unverified, v.Name) || claimOf(has) == v.ClaimName:
		case !v.CDROM:
			continue
		default:
			v.ClaimName, v.Imported, v.Container, v.PullSecret = claimOf(has), has != nil && has.DataVolume != nil, "", ""
			if has != nil && has.ContainerDisk != nil {
				v.Container, v.PullSecret = has.ContainerDisk.Image, has.ContainerDisk.ImagePullSecret
			}
		}
		attached = append(attached, v)
	}
	return attached, false
}

// Held returns why a virtual machine may not be made yet: what it is to be is not known, or, where that holds it, what its disks hold. Empty for no reason.
func Held(i Inferred, unverified []string, holds bool) string {
	switch {
	case i.Awaits != "":
		return msgAwaitsImage.With(i.Awaits)
	case holds:
		return msgAwaitsChecksum.With(unverified[0])
	}
	return ""
}

// claimOf returns the claim that a volume attaches; empty for none.
func claimOf(v *kubevirtv1.Volume) string {
	switch {
	case v == nil:
		return ""
	case v.DataVolume != nil:
		return v.DataVolume.Name
	case v.PersistentVolumeClaim != nil:
		return v.PersistentVolumeClaim.ClaimName
	}
	return ""
}

// bootDisk returns the disk that a guest boots from, of a spec with its disks; nil for none.
func bootDisk(s *v1alpha1.WukongSpec) *v1alpha1.Disk {
	if i := slices.IndexFunc(s.Disks, func(d v1alpha1.Disk) bool { return d.Boot }); i >= 0 {
		return &s.Disks[i]
	}
	return nil
}
