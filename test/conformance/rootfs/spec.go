package rootfs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// A Spec describes a root file system. Equal ones are built once.
type Spec struct {
	// Name of the system, for people.
	Name string

	// Suite of the archive, such as bookworm, at its Mirror, and the Components of it that are used.
	Suite      string
	Mirror     string
	Components string

	// Script of debootstrap; empty for the one named after the suite.
	Script string

	// Keyring with the keys of the archive; nil for that of this machine.
	Keyring *Keyring

	// Packages in addition to the essential ones and apt.
	Packages []string
}

// A Keyring is a file in another root file system.
type Keyring struct {
	From Spec
	Path string
}

// Bookworm returns Debian 12 with additional packages.
func Bookworm(packages ...string) Spec {
	return debian("bookworm", packages)
}

// Trixie returns Debian 13 with additional packages.
func Trixie(packages ...string) Spec {
	return debian("trixie", packages)
}

// Noble returns Ubuntu 24.04 with additional packages. Ubuntu's keys come from a package of Debian.
func Noble(packages ...string) Spec {
	return Spec{
		Name:       "noble",
		Suite:      "noble",
		Mirror:     "http://archive.ubuntu.com/ubuntu",
		Components: "main,universe",
		Script:     "gutsy",
		Keyring:    &Keyring{From: Trixie("ubuntu-archive-keyring"), Path: "usr/share/keyrings/ubuntu-archive-keyring.gpg"},
		Packages:   packages,
	}
}

func debian(suite string, packages []string) Spec {
	return Spec{Name: suite, Suite: suite, Mirror: "http://deb.debian.org/debian", Components: "main", Packages: packages}
}

// key returns the name of the cached tree.
func (s Spec) key() (string, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return s.Name + "-" + hex.EncodeToString(sum[:6]), nil
}
