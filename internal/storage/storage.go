// Package storage plans and reports the disks of a Wukong.
//
// Plan returns the PersistentVolumeClaims and DataVolumes that hold the disks, and the volumes that the virtual machine attaches. Report
// returns the status of the disks and the condition VolumesBound. The sources of a disk's content are in source.go.
//
// Most fields of a claim, and all fields of a DataVolume, are immutable. The API server refuses an object as a whole, so a change that it
// would refuse must not be part of the desired object: Plan then keeps the observed value and returns the change as rejected.
package storage

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Volume is a disk that the virtual machine attaches.
type Volume struct {
	// Name of the disk.
	Name string

	// ClaimName is the name of the disk's PersistentVolumeClaim. A DataVolume has the same name as its claim.
	ClaimName string

	// Imported reports whether a DataVolume of the same name fills the claim.
	Imported bool

	// Bus that the guest sees the disk on. An empty bus leaves the choice to the preference.
	Bus string

	// Boot reports whether the guest boots from the disk.
	Boot bool
}

// Disks is the result of Plan.
type Disks struct {
	// Resources are the desired claims and DataVolumes.
	Resources []plan.Resource

	// Volumes to attach, in the order in which the guest sees them.
	Volumes []Volume

	// DataLoss lists the disks whose data is deleted, because the Wukong no longer lists them. Each sentence begins with a field's path.
	DataLoss []string

	// Rejected lists the changes that an existing disk does not allow. Each sentence begins with a field's path and ends with a way out.
	Rejected []string

	// Advice lists changes that take effect later, or that have a surprising effect. Each sentence begins with a field's path.
	Advice []string
}

// Settings are the facts about storage that no disk states itself.
type Settings struct {
	// Class is the platform team's storage class for new disks that name none. An empty class means the cluster's default.
	Class v1alpha1.ObjectName

	// NoProfiles reports whether CDI leaves claims as they are, instead of completing them by StorageProfiles.
	NoProfiles bool

	// OSDisk is the name of the disk that takes its image from osImage; empty for none.
	OSDisk v1alpha1.Label
}

// ErrUnreadable matches the error that Plan returns for a disk that exists but cannot be decoded. Without it no change can be judged.
var ErrUnreadable = errors.New("what was observed of it cannot be read, so that nothing is changed")

// An unreadableError names the disk that cannot be decoded.
type unreadableError struct{ disk string }

func (e unreadableError) Error() string { return msgUnreadable.With(e.disk) }

// Is reports whether the target is ErrUnreadable.
func (unreadableError) Is(target error) bool { return target == ErrUnreadable }

// Plan returns the desired disks of a Wukong with its defaults. It returns ErrUnreadable for a disk that cannot be decoded, and field errors
// for a spec that must not be applied.
func Plan(w *v1alpha1.Wukong, set Settings, rs observed.Resources) (Disks, error) {
	if err := validateClaimNames(w, rs).ToAggregate(); err != nil {
		return Disks{}, err
	}
	var out Disks
	out.DataLoss, out.Advice = removedDisks(w, rs)
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		v := Volume{Name: string(d.Name), ClaimName: claimName(w, d), Bus: d.Bus, Boot: d.Boot}
		if d.ClaimName == "" {
			p := newDiskPlanner(w, i, set, rs)
			resources, err := p.plan()
			if err != nil {
				return Disks{}, err
			}
			v.Imported = p.imported
			out.Resources = append(out.Resources, resources...)
			out.Rejected = append(out.Rejected, p.changes.rejected...)
			out.Advice = append(out.Advice, p.changes.advice...)
		}
		out.Volumes = append(out.Volumes, v)
	}
	return out, nil
}

// A diskPlanner plans one disk that the Wukong composes.
type diskPlanner struct {
	wukong   *v1alpha1.Wukong
	disk     *v1alpha1.Disk
	settings Settings
	observed observed.Resources

	// imported reports whether a DataVolume holds the disk.
	imported bool

	// changes compares the disk with the existing one.
	changes changes
}

// newDiskPlanner returns the planner of the disk with an index in the spec.
func newDiskPlanner(w *v1alpha1.Wukong, index int, set Settings, rs observed.Resources) *diskPlanner {
	d := &w.Spec.Disks[index]
	return &diskPlanner{
		wukong:   w,
		disk:     d,
		settings: set,
		observed: rs,
		imported: holderKind(d, rs) == kindDataVolume,
		changes: changes{
			path:    field.NewPath("spec", "disks").Index(index),
			disk:    d,
			osImage: set.OSDisk != "" && d.Name == set.OSDisk,
		},
	}
}

// plan returns the resources that hold the disk.
func (p *diskPlanner) plan() ([]plan.Resource, error) {
	if p.imported {
		return p.planImported()
	}
	return p.planEmpty()
}

// unreadableIfExists returns the error about a disk that could not be decoded, and nil for one that does not exist.
func (p *diskPlanner) unreadableIfExists() error {
	if !p.observed.Exists(key(p.disk)) {
		return nil
	}
	return unreadableError{disk: string(p.disk.Name)}
}

// management returns Retain for a disk that outlives the Wukong, and Manage for one that is deleted with it.
func (p *diskPlanner) management() plan.Management {
	if p.disk.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
		return plan.Retain
	}
	return plan.Manage
}

// storageClass returns the class of a new disk. It is nil for the cluster's default, as an empty name means no class.
func (p *diskPlanner) storageClass() *string {
	class := p.settings.Class
	if p.disk.StorageClassName != "" {
		class = p.disk.StorageClassName
	}
	if class == "" {
		return nil
	}
	return ptr.To(string(class))
}

// storageRequest returns the resources of a claim with a size.
func storageRequest(size resource.Quantity) corev1.VolumeResourceRequirements {
	return corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size}}
}

// claimName returns the name of a disk's PersistentVolumeClaim.
func claimName(w *v1alpha1.Wukong, d *v1alpha1.Disk) string {
	if d.ClaimName != "" {
		return string(d.ClaimName)
	}
	return names.Object(w, names.Disk, string(d.Name))
}
