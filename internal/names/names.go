// Package names makes the names and labels of everything that a Wukong is made of.
//
// They are an API: a name that changes between releases makes Crossplane delete the old object, with its data, and create a
// new one.
package names

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Kind of thing that has a name of its own.
type Kind string

// The kinds.
const (
	// Network is a NetworkAttachmentDefinition.
	Network Kind = "NetworkAttachmentDefinition"

	// Disk is a PersistentVolumeClaim, whether or not a DataVolume of the same name fills it: so a disk is found again
	// whichever way it was made.
	Disk Kind = "PersistentVolumeClaim"

	// Seed is the Secret with cloud-init's data.
	Seed Kind = "Secret"
)

// LabelWukong holds the Wukong's name on everything that is rendered for it.
const LabelWukong = v1alpha1.Group + "/wukong"

// AnnotationComposite holds the UID of the composite whose virtual machine it is on. Another control plane may have a Wukong of the same
// name in a namespace of the same name.
const AnnotationComposite = v1alpha1.Group + "/composite"

const (
	// suffixLength is how many characters of the hash a name ends with.
	suffixLength = 5

	// composedLength is how long the name of a composed resource may be: with "provider-kubernetes/" before it, it is the field manager
	// of what that one applies, which may have 128 characters.
	composedLength = 108

	// interfaceLength is how long the name of a Linux network interface may be (IFNAMSIZ less the closing zero).
	interfaceLength = 15

	// serialLength is how long the serial number of a disk may be for every bus: virtio and SATA know no longer ones.
	serialLength = 20
)

// Object is the name of an object of a Wukong: WUKONG-NAME-xxxxx. The ending is a hash over namespace, Wukong, kind and name,
// so that no two things share a name and nothing made by hand is taken over. It is a DNS label whatever the Wukong is called.
func Object(w *v1alpha1.Wukong, kind Kind, name string) string {
	base := strings.ReplaceAll(w.GetName()+"-"+name, ".", "-")
	return shorten(base, validation.DNS1123LabelMaxLength-suffixLength-1) + "-" + suffix(w.GetNamespace(), w.GetName(), string(kind), name)
}

// Composed is the name of a composed resource: COMPOSITE-KEY-xxxxx. The ending is a hash over both and whatever else tells it from one
// that must not have the same name.
func Composed(composite, key string, more ...string) string {
	base := strings.ReplaceAll(composite+"-"+key, ".", "-")
	return shorten(base, composedLength-suffixLength-1) + "-" + suffix(append([]string{composite, key}, more...)...)
}

// Interface is the name of a Linux network interface: the prefix and the name where they fit in 15 characters, else
// shortened and ended by a hash over the name.
func Interface(prefix, name string) string { return prefix + fit(name, interfaceLength-len(prefix)) }

// Serial is the serial number of a disk: its name where that fits in 20 characters, else shortened and ended by a hash over the name.
func Serial(disk string) string { return fit(disk, serialLength) }

// Meta is the metadata of an object of a Wukong: its namespace, its labels and the given name.
func Meta(w *v1alpha1.Wukong, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name, Labels: Labels(w)}
}

// Labels are the labels of an object of a Wukong.
func Labels(w *v1alpha1.Wukong) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":       "wukong",
		"app.kubernetes.io/instance":   w.GetName(),
		"app.kubernetes.io/managed-by": "function-wukong",
		LabelWukong:                    w.GetName(),
	}
}

// Digest of the parts, in which no two lists of parts are alike.
func Digest(parts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// suffix is a short hash over the parts, of characters that spell no words.
func suffix(parts ...string) string {
	d := Digest(parts...)
	return rand.SafeEncodeString(base32.StdEncoding.EncodeToString(d[:])[:suffixLength])
}

// fit is a name where it has at most n characters, else shortened to them and ended by a hash over the name.
func fit(name string, n int) string {
	if len(name) <= n {
		return name
	}
	return shorten(name, n-suffixLength-1) + "-" + suffix(name)
}

// shorten cuts s to at most n characters, and drops hyphens that the cut leaves at the end.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimRight(s[:n], "-")
}
