// Package names makes the names and labels of all objects of a Wukong.
//
// They are an API: where a name changes between releases, Crossplane deletes the old object with its data and creates a new one.
package names

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Kind is a kind of object that Object makes names for.
type Kind string

// The kinds.
const (
	// Network is a NetworkAttachmentDefinition.
	Network Kind = "NetworkAttachmentDefinition"

	// Disk is a PersistentVolumeClaim, and the DataVolume of the same name that may fill it. A disk has the same name with and without a
	// DataVolume, so that it is found either way.
	Disk Kind = "PersistentVolumeClaim"

	// Seed is the Secret with cloud-init's user data and network data.
	Seed Kind = "Secret"
)

// LabelWukong is the label with the Wukong's name on each of its objects.
const LabelWukong = v1alpha1.Group + "/wukong"

// LabelManagedBy is the label with ManagedBy on each object of a Wukong.
// See https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/.
const (
	LabelManagedBy = "app.kubernetes.io/managed-by"
	ManagedBy      = "function-wukong"
)

// AnnotationComposite is the annotation of a VirtualMachine with the UID of its composite. The UID tells two control planes apart that each
// have a Wukong of the same name and namespace.
const AnnotationComposite = v1alpha1.Group + "/composite"

const (
	// suffixLength is the number of characters of the hash at the end of a name.
	suffixLength = 5

	// composedLength is the maximum length of a composed resource's name. provider-kubernetes applies as field manager
	// "provider-kubernetes/NAME", and a field manager has at most 128 characters.
	composedLength = 108

	// InterfaceLength is the maximum length of a Linux network interface's name: IFNAMSIZ without the closing zero.
	InterfaceLength = 15

	// serialLength is the maximum length of a disk's serial number on every bus. Those of virtio and SATA have at most 20 characters.
	serialLength = 20
)

// Object returns the name of an object of a Wukong: WUKONG-NAME-xxxxx. The ending is a hash over namespace, Wukong, kind and name, so that no
// two objects share a name. Nor is it likely that a user chose it. It is a DNS label for every Wukong.
func Object(w *v1alpha1.Wukong, kind Kind, name string) string {
	base := strings.ReplaceAll(w.GetName()+"-"+name, ".", "-")
	return shorten(base, validation.DNS1123LabelMaxLength-suffixLength-1) + "-" + suffix(w.GetNamespace(), w.GetName(), string(kind), name)
}

// Numbered returns the name WUKONG-N of one of a series of objects of a Wukong, such as snapshots.
func Numbered(wukong string, n uint64) string { return wukong + "-" + strconv.FormatUint(n, 10) }

// NumberOf returns the number N of an object called WUKONG-N, and false for another name.
func NumberOf(wukong, name string) (n uint64, ok bool) {
	text, hasPrefix := strings.CutPrefix(name, wukong+"-")
	n, err := strconv.ParseUint(text, 10, 63)
	return n, hasPrefix && err == nil && Numbered(wukong, n) == name
}

// Composed returns the name of a composed resource: COMPOSITE-KEY-xxxxx. The ending is a hash over both and the discriminators, which
// distinguish resources of the same composite and key.
func Composed(composite, key string, discriminators ...string) string {
	base := strings.ReplaceAll(composite+"-"+key, ".", "-")
	return shorten(base, composedLength-suffixLength-1) + "-" + suffix(append([]string{composite, key}, discriminators...)...)
}

// Interface returns the name of a Linux network interface: prefix and name. Where they have more than 15 characters, the name is shortened
// and ends with a hash over it.
func Interface(prefix, name string) string { return prefix + fit(name, InterfaceLength-len(prefix)) }

// VLANInterface returns the name of the interface of a VLAN on an uplink: UPLINK.VLAN. It may be longer than InterfaceLength.
func VLANInterface(uplink string, vlan int32) string { return fmt.Sprintf("%s.%d", uplink, vlan) }

// Serial returns the serial number of a disk: its name. Where that has more than 20 characters, it is shortened and ends with a hash over the
// name.
func Serial(disk string) string { return fit(disk, serialLength) }

// Meta returns the metadata of an object of a Wukong: the given name, the namespace and the labels.
func Meta(w *v1alpha1.Wukong, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name, Labels: Labels(w)}
}

// Labels returns the labels of an object of a Wukong.
func Labels(w *v1alpha1.Wukong) map[string]string {
	return map[string]string{
		"app.kubernetes.io/name":     "wukong",
		"app.kubernetes.io/instance": w.GetName(),
		LabelManagedBy:               ManagedBy,
		LabelWukong:                  w.GetName(),
	}
}

// Digest returns the SHA-256 digest of a list of strings. Two lists differ in their digests unless a string holds a zero byte.
func Digest(parts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// suffix returns a short hash over the parts. Its characters are those of Kubernetes' random names, which spell no words.
func suffix(parts ...string) string {
	d := Digest(parts...)
	return rand.SafeEncodeString(base32.StdEncoding.EncodeToString(d[:])[:suffixLength])
}

// fit returns the name, shortened to n characters that end with a hash over the name where it has more.
func fit(name string, n int) string {
	if len(name) <= n {
		return name
	}
	return shorten(name, n-suffixLength-1) + "-" + suffix(name)
}

// shorten returns at most n characters of s. Where it cuts, it drops hyphens at the end.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.TrimRight(s[:n], "-")
}
