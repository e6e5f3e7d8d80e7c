package check

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/storage"
)

const (
	// annotationDefaultVirtClass and annotationDefaultClass mark the StorageClass of claims that name none. CDI prefers the first one for disks of
	// virtual machines (getFallbackStorageClass in pkg/controller/common/util.go of CDI).
	annotationDefaultVirtClass = "storageclass.kubevirt.io/is-default-virt-class"
	annotationDefaultClass     = "storageclass.kubernetes.io/is-default-class"

	// annotationMinimumSize is the smallest claim of a class, on its StorageProfile.
	annotationMinimumSize = "cdi.kubevirt.io/minimumSupportedPvcSize"

	// fileSystemOverhead is CDI's default for what a file system takes of a volume (DefaultGlobalOverhead in pkg/common/common.go of CDI).
	fileSystemOverhead = 0.06

	// blockSize is what CDI aligns the size of a disk to, in bytes (DefaultAlignBlockSize in pkg/util/util.go of CDI).
	blockSize = 1 << 20
)

// A volume is the claim of a guest's disk, with what the given objects of the cluster say of it.
type volume struct {
	storage.Claim

	// class is the StorageClass; empty for the cluster's default, where that is not known.
	class string

	// size is what the claim requests.
	size resource.Quantity

	// profile is the StorageProfile of the class that completes the claim; nil where it is not given, or not asked.
	profile *cdiv1.StorageProfile
}

// volumes returns the claims of a guest's disks, in the order of the disks.
func (r *repository) volumes(g *guest) []volume {
	if g.volumes == nil {
		settings := storage.Settings{Class: g.Input.Defaults.StorageClassName, NoProfiles: !*g.Input.Cluster.StorageProfiles}
		for _, c := range storage.Claims(g.Wukong, settings, g.Observed) {
			g.volumes = append(g.volumes, r.newVolume(g, c))
		}
	}
	return g.volumes
}

// newVolume returns the volume of a claim. A claim that exists has the properties that it has. CDI completes another one, as it says in
// renderPvcSpecVolumeModeAndAccessModesAndStorageClass of pkg/controller/datavolume/util.go.
func (r *repository) newVolume(g *guest, c storage.Claim) volume {
	v := volume{Claim: c, size: c.Size}
	if pvc := r.cluster.claims[named{namespace: g.namespace(), name: c.Name}]; pvc != nil && !c.Observed {
		v.Observed, v.AccessModes, v.VolumeMode, v.Class = true, pvc.Spec.AccessModes, pvc.Spec.VolumeMode, pvc.Spec.StorageClassName
		v.size = pvc.Spec.Resources.Requests[corev1.ResourceStorage]
	}
	v.class = r.cluster.class(v.Class, c.Completed)
	if v.Observed || !c.Completed {
		return v
	}
	if from := c.ClonedFrom; v.size.IsZero() && from != nil {
		if pvc := r.cluster.claims[named{namespace: from.Namespace, name: from.Name}]; pvc != nil {
			v.size = pvc.Spec.Resources.Requests[corev1.ResourceStorage]
			return v
		}
	}
	v.profile = r.cluster.profiles[v.class]
	r.complete(&v)
	v.size = inflated(v)
	return v
}

// class returns the name of a StorageClass, or of the default one; empty where that is not known.
func (c clusterIndex) class(name *string, virtual bool) string {
	if name != nil {
		return *name
	}
	annotations := []string{annotationDefaultClass}
	if virtual {
		annotations = []string{annotationDefaultVirtClass, annotationDefaultClass}
	}
	for _, a := range annotations {
		if defaults := c.defaultClasses(a); len(defaults) > 0 {
			return defaults[0].Name
		}
	}
	return ""
}

// defaultClasses returns the StorageClasses with an annotation, the newest first.
func (c clusterIndex) defaultClasses(annotation string) []storagev1.StorageClass {
	var out []storagev1.StorageClass
	for _, s := range c.StorageClasses {
		if s.Annotations[annotation] == "true" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b storagev1.StorageClass) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// complete gives a claim the modes that the StorageProfile has for it. What the profile does not say stays unknown.
func (r *repository) complete(v *volume) {
	if v.profile == nil {
		return
	}
	sets := v.profile.Status.ClaimPropertySets
	hasModes, hasVolumeMode := len(v.AccessModes) > 0, v.VolumeMode != nil
	switch {
	case hasModes && hasVolumeMode:
	case hasModes:
		for _, s := range sets {
			if slices.ContainsFunc(s.AccessModes, func(m corev1.PersistentVolumeAccessMode) bool { return slices.Contains(v.AccessModes, m) }) {
				v.VolumeMode = s.VolumeMode
				return
			}
		}
	case hasVolumeMode:
		for _, s := range sets {
			if s.VolumeMode != nil && *s.VolumeMode == *v.VolumeMode && len(s.AccessModes) > 0 {
				v.AccessModes = s.AccessModes
				return
			}
		}
	case len(sets) > 0:
		v.AccessModes, v.VolumeMode = sets[0].AccessModes, sets[0].VolumeMode
	}
}

// inflated returns the size of a claim that CDI makes for a disk: larger by what the file system takes, and as large as the class needs at least
// (renderPvcSpecVolumeSize in pkg/controller/datavolume/util.go of CDI). Where the volume mode is not known, it is that of a file system.
func inflated(v volume) resource.Quantity {
	out := v.size
	if v.VolumeMode == nil || *v.VolumeMode != corev1.PersistentVolumeBlock {
		aligned := (v.size.Value() + blockSize - 1) / blockSize * blockSize
		out = *resource.NewQuantity(int64(math.Ceil(float64(aligned)*(1+fileSystemOverhead))), resource.BinarySI)
	}
	if v.profile == nil {
		return out
	}
	if least, err := resource.ParseQuantity(v.profile.Annotations[annotationMinimumSize]); err == nil && out.Cmp(least) < 0 {
		return least
	}
	return out
}

// volumeObstacles returns the disks that keep KubeVirt from migrating a guest (checkVolumesForMigration in pkg/virt-handler/vm.go).
func (r *repository) volumeObstacles(g *guest) []kubevirt.Reason {
	var out []kubevirt.Reason
	for _, v := range r.volumes(g) {
		d := g.Wukong.Spec.Disks[v.Disk]
		field := fmt.Sprintf("spec.disks[%d].accessModes", v.Disk)
		if !v.Composed {
			field = claimField(v.Disk)
		}
		switch {
		case storage.IsShared(v.AccessModes):
		case len(v.AccessModes) > 0:
			out = append(out, kubevirt.NewReason(field, msgDrainDisk, d.Name, v.AccessModes[0]))
		default:
			reason := r.unknownModes(field, v)
			reason.Unknown = true
			out = append(out, reason)
		}
	}
	return out
}

// unknownModes returns why the access modes of a claim are not known, with how to find out.
func (r *repository) unknownModes(field string, v volume) kubevirt.Reason {
	switch {
	case !v.Composed:
		return kubevirt.NewReason(field, msgDrainClaimUnknown, v.Name)
	case v.class == "":
		return kubevirt.NewReason(field, msgDrainClassUnknown)
	default:
		return kubevirt.NewReason(field, msgDrainProfileUnknown, v.class)
	}
}
