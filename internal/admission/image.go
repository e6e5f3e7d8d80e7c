package admission

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
)

// Endings of the names of files, by what CDI makes of them. It unpacks compressed ones, knows the formats of disks, and writes anything
// else to the disk as it is.
var (
	compressed = []string{".gz", ".xz", ".zst"}
	disks      = []string{".img", ".qcow2", ".raw", ".vmdk", ".vdi", ".vhd", ".vhdx"}
	archives   = []string{".zip", ".bz2", ".ova", ".tar", ".tgz", ".txz", ".7z", ".rar"}
)

// Advice about images.
var (
	msgLibrary = message.New(message.Advice, "image-of-library",
		"without a registry and a path it is an ordinary container of docker.io/library, which holds no disk to boot: "+
			"give a container disk, such as docker://quay.io/containerdisks/debian:12, or the URL of a disk image")
	msgPacked = message.New(message.Advice, "image-packed",
		"CDI does not unpack it, and would write it to the disk unchanged: give an image of the format raw, qcow2, vmdk, vdi, vhd or vhdx, "+
			"alone or compressed as gz, xz or zst")
	msgMedium = message.New(message.Advice, "image-is-medium",
		"it is attached as a disk, and not as a CD-ROM, so that the guest would boot the installation medium whenever it starts: "+
			"give a disk of type cdrom this image beside an empty disk to install on, or the image of an installed system")
	msgDiskInDrive = message.New(message.Advice, "image-is-disk",
		"it is the image of a disk, and the guest gets it as a CD-ROM, which it cannot write to: give an ISO image, or remove type")
	msgNoScheme = message.New(message.Advice, "image-without-scheme",
		"it looks like the address of a file, and is taken for a container of the registry that it begins with: start it with https://")
	msgFileName = message.New(message.Advice, "image-is-file-name",
		"it looks like the name of a file, and is taken for a container: give the URL of the file")
	msgURLPassword = message.New(message.Advice, "image-password", "whoever may read this Wukong or the DataVolume can read the password in the URL")
)

// images advises on images that show a password or hold no disk, each where it was written.
func (a *adviser) images(s *v1alpha1.WukongSpec, osDisk v1alpha1.Label) {
	for i, d := range s.Disks {
		path := a.spec.Child("disks").Index(i).Child("image")
		if osDisk != "" && d.Name == osDisk {
			path = a.spec.Child("osImage")
		}
		if hasPasswordInURL(d.Image) {
			a.add(path, msgURLPassword)
		}
		m, bad := imageAdvice(d.Image)
		if d.IsCDROM() {
			m, bad = mediumAdvice(d.Image)
		}
		if bad {
			a.add(path, m)
		}
	}
}

// mediumAdvice returns why no guest may read an image as a CD-ROM, and whether its name shows that. A container may hold an ISO image, as well.
func mediumAdvice(i v1alpha1.Image) (message.Message, bool) {
	m, bad := imageAdvice(i)
	if bad && m.ID == msgMedium.ID {
		return message.Message{}, false
	}
	if !image.IsFile(string(i)) || bad {
		return m, bad
	}
	u, err := url.Parse(string(i))
	return msgDiskInDrive, err == nil && slices.Contains(disks, ending(u.Path)) && ending(u.Path) != ".img"
}

// imageAdvice returns why no guest may boot from an image, and whether its name shows that. Whether a container holds a disk, no name does.
func imageAdvice(i v1alpha1.Image) (message.Message, bool) {
	switch {
	case i == "":
		return message.Message{}, false
	case !strings.Contains(string(i), image.SchemeSeparator):
		return referenceAdvice(string(i))
	case !image.IsFile(string(i)):
		return libraryAdvice(image.Reference(string(i)))
	}
	u, err := url.Parse(string(i))
	if err != nil {
		return message.Message{}, false
	}
	switch ending := ending(u.Path); {
	case ending == ".iso":
		return msgMedium, true
	case slices.Contains(archives, ending):
		return msgPacked, true
	}
	return message.Message{}, false
}

// referenceAdvice is about an image without a scheme, which is a reference to a container whatever it looks like.
func referenceAdvice(reference string) (message.Message, bool) {
	if e := ending(reference); e != ".iso" && !slices.Contains(disks, e) && !slices.Contains(archives, e) && !slices.Contains(compressed, path.Ext(reference)) {
		return libraryAdvice(reference)
	}
	if host, _, found := strings.Cut(reference, "/"); found && strings.Contains(host, ".") {
		return msgNoScheme, true
	}
	return msgFileName, true
}

// libraryAdvice is about a container of Docker's library, which a reference means that is a name alone.
func libraryAdvice(reference string) (message.Message, bool) {
	return msgLibrary, !strings.Contains(reference, "/")
}

// ending returns the ending of a file's name in small letters, before that of a compression that CDI unpacks.
func ending(name string) string {
	name = strings.ToLower(path.Base(name))
	if e := path.Ext(name); slices.Contains(compressed, e) {
		name = strings.TrimSuffix(name, e)
	}
	return path.Ext(name)
}

// hasPasswordInURL reports whether an image's URL has a password.
func hasPasswordInURL(i v1alpha1.Image) bool {
	u, err := url.Parse(string(i))
	if err != nil || u.User == nil {
		return false
	}
	_, given := u.User.Password()
	return given
}
