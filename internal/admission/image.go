package admission

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Endings of the names of files, by what CDI makes of them. It unpacks compressed ones, knows the formats of disks, and writes anything
// else to the disk as it is.
var (
	compressed = []string{".gz", ".xz", ".zst"}
	disks      = []string{".img", ".qcow2", ".raw", ".vmdk", ".vdi", ".vhd", ".vhdx"}
	archives   = []string{".zip", ".bz2", ".ova", ".tar", ".tgz", ".txz", ".7z", ".rar"}
)

const (
	library = "without a registry and a path it is an ordinary container of docker.io/library, which holds no disk to boot: " +
		"give a container disk, such as docker://quay.io/containerdisks/debian:12, or the URL of a disk image"
	packed = "CDI does not unpack it, and would write it to the disk as it is: give an image of the format raw, qcow2, vmdk, vdi, vhd or vhdx, " +
		"alone or compressed as gz, xz or zst"
	medium = "it is attached as a disk, and not as a CD-ROM, so that the guest would boot the installation medium whenever it starts: " +
		"give the image of an installed system"
	noScheme = "it looks like the address of a file, and is taken for a container of the registry that it begins with: let it begin with https://"
	fileName = "it looks like the name of a file, and is taken for a container: give the URL that the file can be had from"
)

// warnImages advises on images that show a password or hold no disk, each where it was written.
func warnImages(s *v1alpha1.WukongSpec, osDisk v1alpha1.Label, spec *field.Path, warn warner) {
	for i, d := range s.Disks {
		path := spec.Child("disks").Index(i).Child("image")
		if osDisk != "" && d.Name == osDisk {
			path = spec.Child("osImage")
		}
		if carriesPassword(d.Image) {
			warn(path, "whoever may read this Wukong or the DataVolume can read the password in the URL")
		}
		if advice := imageAdvice(d.Image); advice != "" {
			warn(path, "%s", advice)
		}
	}
}

// imageAdvice returns why no guest may boot from an image; empty where nothing shows that. Whether a container holds a disk does not.
func imageAdvice(image v1alpha1.Image) string {
	if image == "" {
		return ""
	}
	scheme, rest, found := strings.Cut(string(image), "://")
	if !found {
		return referenceAdvice(string(image))
	}
	if scheme == "docker" {
		return libraryAdvice(rest)
	}
	u, err := url.Parse(string(image))
	if err != nil {
		return ""
	}
	switch ending := ending(u.Path); {
	case ending == ".iso":
		return medium
	case slices.Contains(archives, ending):
		return packed
	}
	return ""
}

// referenceAdvice is about an image without a scheme, which is a reference to a container whatever it looks like.
func referenceAdvice(reference string) string {
	if e := ending(reference); e != ".iso" && !slices.Contains(disks, e) && !slices.Contains(archives, e) && !slices.Contains(compressed, path.Ext(reference)) {
		return libraryAdvice(reference)
	}
	if host, _, found := strings.Cut(reference, "/"); found && strings.Contains(host, ".") {
		return noScheme
	}
	return fileName
}

// libraryAdvice is about a container of Docker's library, which a reference means that is a name alone.
func libraryAdvice(reference string) string {
	if strings.Contains(reference, "/") {
		return ""
	}
	return library
}

// ending returns the ending of a file's name in small letters, before that of a compression that CDI unpacks.
func ending(name string) string {
	name = strings.ToLower(path.Base(name))
	if e := path.Ext(name); slices.Contains(compressed, e) {
		name = strings.TrimSuffix(name, e)
	}
	return path.Ext(name)
}

func carriesPassword(image v1alpha1.Image) bool {
	u, err := url.Parse(string(image))
	if err != nil || u.User == nil {
		return false
	}
	_, given := u.User.Password()
	return given
}
