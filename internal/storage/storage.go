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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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

	// Succeeds reports whether the volume is not the first one of its disk, so that an instance gets it when it starts.
	Succeeds bool

	// CDROM reports whether the disk is a CD-ROM drive.
	CDROM bool

	// ClaimName is the name of the disk's PersistentVolumeClaim. A DataVolume has the same name as its claim. Empty for a drive whose medium is a
	// container, and for an empty one.
	ClaimName string

	// Imported reports whether a DataVolume of the same name fills the claim.
	Imported bool

	// Container is the reference of the container that is the medium of a drive. Empty for another medium, and for none. PullSecret is the Secret with
	// the credentials for its registry; empty for none.
	Container, PullSecret string

	// Bus that the guest sees the disk on. An empty bus leaves the choice to the preference.
	Bus string

	// LUN reports whether the disk is a SCSI device that is passed through, and Reservation whether the guest may reserve it.
	LUN, Reservation bool

	// Cache and IO are how its volume is read and written. Empty for KubeVirt's choice.
	Cache v1alpha1.DiskCache
	IO    v1alpha1.DiskIO

	// Shareable reports whether other virtual machines attach the volume, too.
	Shareable bool

	// BlockSize is the size of blocks that the guest sees. Nil for KubeVirt's choice.
	BlockSize *v1alpha1.BlockSize

	// DedicatedIOThread reports whether the disk has a thread for itself.
	DedicatedIOThread bool

	// BootOrder is the place of the disk among those that the firmware looks for a system on: 1 for the first. Zero for none.
	BootOrder uint
}

// IsEmpty reports whether the disk is a CD-ROM drive without a medium.
func (v Volume) IsEmpty() bool { return v.ClaimName == "" && v.Container == "" }

// Disks is the result of Plan.
type Disks struct {
	// Resources are the desired claims and DataVolumes.
	Resources []plan.Resource

	// Unverified are the names of the disks whose image may not be the one that was asked for. No guest may see them.
	Unverified []string

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

	// OSDisk is the name of the disk that takes its image from osImage or osImageFrom; empty for none.
	OSDisk v1alpha1.Label

	// SharedNamespaces are those whose images the platform team shares with every Wukong.
	SharedNamespaces []v1alpha1.Label
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
	if err := append(validateClaimNames(w, rs), validateSources(w, set, rs)...).ToAggregate(); err != nil {
		return Disks{}, err
	}
	var out Disks
	out.DataLoss, out.Advice = removedDisks(w, rs)
	out.Advice = append(out.Advice, restoreAdvice(w, rs)...)
	order := bootOrder(w.Spec.Disks, set.OSDisk)
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		v := Volume{
			Name: string(d.Name), CDROM: d.IsCDROM(), Container: Container(d), Bus: d.Bus, BootOrder: order[i],
			LUN: d.IsLUN(), Reservation: d.Reservation, Cache: d.Cache, IO: d.IO, Shareable: d.Shareable, BlockSize: d.BlockSize,
			DedicatedIOThread: d.DedicatedIOThread,
		}
		if v.Container != "" {
			v.PullSecret = string(d.ImageSecret)
		}
		if HasClaim(d) {
			v.ClaimName = ClaimName(w, d)
		}
		out.Advice = append(out.Advice, driveAdvice(d, i)...)
		out.Advice = append(out.Advice, sharingAdvice(d, i, set, rs)...)
		if IsComposed(d) {
			p := newDiskPlanner(w, i, set, rs)
			resources, err := p.plan()
			if err != nil {
				return Disks{}, err
			}
			v.Imported = p.imported
			if p.changes.isFile {
				// Nothing starts with a file as a SCSI device that is passed through.
				v.LUN, v.Reservation = false, false
			}
			if p.unverified {
				out.Unverified = append(out.Unverified, v.Name)
			}
			out.Resources = append(out.Resources, resources...)
			out.Rejected = append(out.Rejected, p.changes.rejected...)
			out.Advice = append(out.Advice, p.changes.advice...)
			v.Succeeds = d.Successor != ""
			if err := out.keepEarlier(p); err != nil {
				return Disks{}, err
			}
		}
		out.Volumes = append(out.Volumes, v)
	}
	return out, nil
}

// A diskPlanner plans one disk that the Wukong composes.
type diskPlanner struct {
	wukong   *v1alpha1.Wukong
	disk     *v1alpha1.Disk
	index    int
	settings Settings
	observed observed.Resources

	// imported reports whether a DataVolume holds the disk.
	imported bool

	// unverified reports whether the image may be another than the one that was asked for.
	unverified bool

	// changes compares the disk with the existing one.
	changes changes
}

// newDiskPlanner returns the planner of the disk with an index in the spec.
func newDiskPlanner(w *v1alpha1.Wukong, index int, set Settings, rs observed.Resources) *diskPlanner {
	return plannerOf(w, &w.Spec.Disks[index], index, set, rs)
}

// plannerOf returns the planner of a volume of the disk with an index in the spec.
func plannerOf(w *v1alpha1.Wukong, d *v1alpha1.Disk, index int, set Settings, rs observed.Resources) *diskPlanner {
	return &diskPlanner{
		wukong:   w,
		disk:     d,
		index:    index,
		settings: set,
		observed: rs,
		imported: holderKind(d, rs) == kindDataVolume,
		changes: changes{
			path:      field.NewPath("spec", "disks").Index(index),
			disk:      d,
			namespace: w.GetNamespace(),
			osImage:   set.OSDisk != "" && d.Name == set.OSDisk,
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

// requestOf returns the resources of a new claim for a disk. Without a size it is as large as what is cloned. A successor is, and grows then: what it is cloned
// from may have room for a file system, too, and CDI clones to nothing that is smaller.
func requestOf(d *v1alpha1.Disk) corev1.VolumeResourceRequirements {
	if d.Size == nil || d.Successor != "" {
		return corev1.VolumeResourceRequirements{}
	}
	return storageRequest(d.Size.Quantity)
}

// storageRequest returns the resources of a claim with a size.
func storageRequest(size resource.Quantity) corev1.VolumeResourceRequirements {
	return corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size}}
}

// claimOfOther returns the name of the claim of another Wukong's disk that a disk of the same name is cloned from, where that was neither restored nor moved.
func claimOfOther(w *v1alpha1.Wukong, d *v1alpha1.Disk) string {
	other := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: imageNamespace(d, w), Name: string(d.ImageFrom.Name)}}
	return names.Object(other, names.Disk, string(d.Name))
}

// ClaimName returns the name of the PersistentVolumeClaim of a disk that has one.
func ClaimName(w *v1alpha1.Wukong, d *v1alpha1.Disk) string {
	if d.ClaimName != "" {
		return string(d.ClaimName)
	}
	return names.Object(w, names.Disk, holder(d))
}
