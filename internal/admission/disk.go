package admission

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/names"
)

const (
	maxImage       = 2048
	maxAccessModes = 4

	// credentialVolume is how the volumes end that KubeVirt names after the Secrets of accessCredentials.
	credentialVolume = "-access-cred"
)

var (
	imagePattern = regexp.MustCompile(`^[A-Za-z0-9][!-~]*$`)

	// minSize and maxSize of a disk: CDI imports into none that is smaller, and can count no more than a few exbibytes.
	minSize, maxSize = resource.MustParse("1Mi"), resource.MustParse("1Ei")

	// volumesOfKubeVirt are the names that virt-controller gives to volumes of the virt-launcher pod, in which a disk is a
	// volume of the disk's own name.
	volumesOfKubeVirt = sets.New[v1alpha1.Label](
		"cloudinitdisk", "cloudinitdisk-udata", "cloudinitdisk-ndata",
		"private", "public", "sockets", "virt-bin-share-dir", "libvirt-runtime", "ephemeral-disks",
		"container-disks", "hotplug-disks", "private-libvirt", "private-libvirt-qemu", "hook-sidecar-sockets",
		"virtiofs-containers", "vm-state", "hugepages", "hugetblfs-dir",
	)
)

func validateDisks(w *v1alpha1.Wukong, osDisk v1alpha1.Label, path *field.Path) field.ErrorList {
	disks := w.Spec.Disks
	if len(disks) == 0 {
		return field.ErrorList{field.Required(path, "a virtual machine needs at least one disk")}
	}
	errs := tooMany(path, len(disks), maxDisks)

	ids, boot := make([]string, len(disks)), false
	for i, d := range disks {
		ids[i] = string(d.Name)
		if osDisk != "" && d.Name == osDisk {
			// What is wrong with its image is said of osImage.
			d.Image = ""
		}
		errs = append(errs, validateDisk(&d, path.Index(i))...)
		if d.Boot && boot {
			errs = append(errs, invalid(path.Index(i).Child("boot"), true, "only one disk can have boot: true"))
		}
		boot = boot || d.Boot
	}
	errs = append(errs, duplicates(ids, func(i int) *field.Path { return path.Index(i).Child("name") })...)
	if len(errs) > 0 {
		return errs
	}
	return validateClaimNames(w, path)
}

// validateClaimNames refuses to attach a claim twice, be it one that another disk names or one that another disk makes.
func validateClaimNames(w *v1alpha1.Wukong, path *field.Path) field.ErrorList {
	disks := w.Spec.Disks
	if !slices.ContainsFunc(disks, func(d v1alpha1.Disk) bool { return d.ClaimName != "" }) {
		return nil
	}
	claims := make([]string, len(disks))
	for i, d := range disks {
		claims[i] = string(d.ClaimName)
		if d.ClaimName == "" {
			claims[i] = names.Object(w, names.Disk, string(d.Name))
		}
	}
	return duplicates(claims, func(i int) *field.Path { return path.Index(i).Child("claimName") })
}

func validateDisk(d *v1alpha1.Disk, path *field.Path) field.ErrorList {
	errs := validateLabel(d.Name, path.Child("name"))
	if volumesOfKubeVirt.Has(d.Name) || strings.HasSuffix(string(d.Name), credentialVolume) {
		errs = append(errs, invalid(path.Child("name"), string(d.Name), "KubeVirt uses this name for a volume of its own: choose another"))
	}
	errs = append(errs, validateObjectName(string(d.StorageClassName), path.Child("storageClassName"))...)
	errs = append(errs, validateImage(d.Image, path.Child("image"))...)
	errs = append(errs, validateVolume(d, path)...)
	if d.Bus != "" {
		errs = append(errs, validateEnum(d.Bus, path.Child("bus"), string(kubevirtv1.DiskBusVirtio), string(kubevirtv1.DiskBusSATA), string(kubevirtv1.DiskBusSCSI), string(kubevirtv1.DiskBusUSB))...)
	}
	if d.ClaimName != "" {
		return append(errs, validateClaim(d, path)...)
	}
	switch {
	case d.Size == nil:
		errs = append(errs, field.Required(path.Child("size"), "give a size, such as 20Gi, or an existing claim in claimName"))
	case d.Size.Cmp(minSize) < 0, d.Size.Cmp(maxSize) > 0:
		errs = append(errs, invalid(path.Child("size"), d.Size.String(), fmt.Sprintf("must be from %s to %s: a number alone is bytes, so that 20 is to be 20Gi", &minSize, &maxSize)))
	}
	return append(errs, validateEnum(string(d.DeletionPolicy), path.Child("deletionPolicy"), string(v1alpha1.DeletionPolicyDelete), string(v1alpha1.DeletionPolicyRetain))...)
}

// validateRetained refuses to retain a disk that is composed without a provider: Crossplane makes the Wukong its owner, with which Kubernetes
// deletes it.
func validateRetained(disks []v1alpha1.Disk, target v1beta1.Target, path *field.Path) field.ErrorList {
	if target != v1beta1.TargetNative {
		return nil
	}
	var errs field.ErrorList
	for i, d := range disks {
		if d.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
			errs = append(errs, field.Forbidden(path.Index(i).Child("deletionPolicy"), "without a provider nothing can be retained: create a PersistentVolumeClaim of your own and name it in claimName, which stays as it is"))
		}
	}
	return errs
}

func validateVolume(d *v1alpha1.Disk, path *field.Path) field.ErrorList {
	errs := tooMany(path.Child("accessModes"), len(d.AccessModes), maxAccessModes)
	for i, m := range d.AccessModes {
		errs = append(errs, validateEnum(string(m), path.Child("accessModes").Index(i), string(corev1.ReadWriteOnce), string(corev1.ReadOnlyMany), string(corev1.ReadWriteMany), string(corev1.ReadWriteOncePod))...)
	}
	if d.VolumeMode != nil {
		errs = append(errs, validateEnum(string(*d.VolumeMode), path.Child("volumeMode"), string(corev1.PersistentVolumeFilesystem), string(corev1.PersistentVolumeBlock))...)
	}
	return errs
}

// validateClaim checks a disk that is an existing claim: nothing may be wished of a claim that stays as it is.
func validateClaim(d *v1alpha1.Disk, path *field.Path) field.ErrorList {
	errs := validateObjectName(string(d.ClaimName), path.Child("claimName"))
	if d.Image != "" {
		errs = append(errs, field.Forbidden(path.Child("image"), "an image cannot be imported into the existing claim of claimName: remove one of them"))
	}
	for _, wish := range []struct {
		name  string
		given bool
	}{
		{"size", d.Size != nil},
		{"storageClassName", d.StorageClassName != ""},
		{"accessModes", len(d.AccessModes) > 0},
		{"volumeMode", d.VolumeMode != nil},
		{"deletionPolicy", d.DeletionPolicy != ""},
	} {
		if wish.given {
			errs = append(errs, field.Forbidden(path.Child(wish.name), "the claim of claimName stays as it is: remove "+wish.name))
		}
	}
	return errs
}

// validateImage checks that the image can be imported: CDI takes HTTP sources and container registries.
func validateImage(v v1alpha1.Image, path *field.Path) field.ErrorList {
	image := string(v)
	if image == "" {
		return nil
	}
	shown := image
	if strings.ContainsAny(image, "@?#") {
		// What stands before the first may be a password, and what stands behind the others a signature.
		shown = hidden
	}
	if len(image) > maxImage {
		return field.ErrorList{tooLong(path, maxImage)}
	}
	if !imagePattern.MatchString(image) {
		return field.ErrorList{invalid(path, shown, "must be docker://REFERENCE, http(s)://HOST/FILE, or a registry reference")}
	}
	scheme, rest, found := strings.Cut(image, "://")
	if !found {
		scheme, rest = "docker", image
	}
	switch scheme {
	case "http", "https":
		if u, err := url.Parse(image); err != nil || u.Host == "" {
			return field.ErrorList{invalid(path, shown, "must be a URL with a host, such as https://example.org/image.qcow2")}
		}
	case "docker":
		if _, err := reference.ParseNormalizedNamed(rest); err != nil {
			if shown == hidden {
				// The error may repeat it.
				err = reference.ErrReferenceInvalidFormat
			}
			return field.ErrorList{invalid(path, shown, "must be a registry reference, such as docker://quay.io/containerdisks/debian:12: "+err.Error())}
		}
	default:
		return field.ErrorList{invalid(path, shown, "must start with docker://, http:// or https://, or be a registry reference")}
	}
	return nil
}
