package v1alpha1

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// A Quantity is a Kubernetes quantity of whole bytes, written as a string: 8Gi, 500M, 1.5Ti. No rule of a schema can calculate whether a
// fraction is whole bytes, so that there are eighths of a unit such as Gi, and thousandths of one such as G.
//
// +kubebuilder:validation:Type=string
// +kubebuilder:validation:MaxLength=32
type Quantity struct {
	resource.Quantity `json:"-"`
}

// QuantityPattern is the regular expression of a Quantity: with it every number is whole bytes.
const QuantityPattern = `^[+]?[0-9]+([.][0-9]{1,3}[kMGTPE]|([.](0*|50*|[27]50*|(125|375|625|875)0*))?[KMGTPE]i|[kMGTPE]|[eE][0-9]{1,2})?$`

var quantityPattern = regexp.MustCompile(QuantityPattern)

const maxQuantity = 32

// IsOfPages reports whether memory consists of whole pages of a size. None does, and any of a size that cannot be read.
func (in *Quantity) IsOfPages(size string) bool {
	page, err := resource.ParseQuantity(size)
	return in == nil || err != nil || page.Value() <= 0 || in.Value()%page.Value() == 0
}

// UnmarshalJSON reads a quantity. Its errors say what a quantity looks like.
func (in *Quantity) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return errors.New("must be a quantity in quotes, such as \"20Gi\" or \"500M\"")
	}
	q, err := resource.ParseQuantity(s)
	if err != nil || len(s) > maxQuantity || !quantityPattern.MatchString(s) {
		return fmt.Errorf("%q: must be whole bytes, such as 20Gi, 1.5Gi or 500M: instead of 1.2Gi, write 1229Mi", Shown(s))
	}
	in.Quantity = q
	return nil
}

// A Label is a DNS label (RFC 1123): at most 63 lower-case letters, digits and hyphens.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
// +wukong:message="must be lower-case letters, digits and hyphens, with a letter or a digit at both ends"
type Label string

// An OptionalLabel is a DNS label (RFC 1123), or empty for none.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$`
// +wukong:message="must be lower-case letters, digits and hyphens, with a letter or a digit at both ends"
type OptionalLabel string

// An ObjectName is the name of a Kubernetes object: a DNS subdomain (RFC 1123), or empty for none.
//
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$`
// +wukong:message="must be lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part"
type ObjectName string

// A CredentialSecretName is the name of a Secret that KubeVirt mounts into its pod as the volume NAME-access-cred: a DNS
// label that leaves room for the ending, or empty for none.
//
// +kubebuilder:validation:MaxLength=51
// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$`
// +wukong:message="must be lower-case letters, digits and hyphens, with a letter or a digit at both ends: KubeVirt makes a volume's name of it"
// +wukong:secret
type CredentialSecretName string

// An Image is where a disk's content comes from, outside of the cluster: docker://REFERENCE or a bare registry reference (a container disk),
// http(s)://HOST/FILE (a disk image), s3://HOST/BUCKET/KEY (one on a server that speaks S3), gs://BUCKET/FILE (one on Google Cloud Storage), or empty for none.
//
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9][!-~]*)?$`
// +wukong:message="must be a URL or a registry reference, which begins with a letter or a digit and has no spaces"
type Image string

// An ImageChecksum is the checksum of a file, as ALGORITHM:HEX, or empty for none. Others than SHA-2 protect from nobody.
//
// +kubebuilder:validation:MaxLength=135
// +kubebuilder:validation:Pattern=`^(sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})?$`
// +wukong:message="must be sha256: and 64 hexadecimal digits, or sha512: and 128, as sha256sum and sha512sum print them"
type ImageChecksum string

// A Prefix is an IP address with the length of its network's prefix (RFC 4632), such as 192.168.10.5/24, or empty for none.
//
// +kubebuilder:object:generate=false
// +kubebuilder:validation:Type=string
// +kubebuilder:validation:MaxLength=49
type Prefix struct {
	netip.Prefix `json:"-"`
}

// DeepCopyInto copies the value, which holds nothing that is shared.
func (in *Prefix) DeepCopyInto(out *Prefix) { *out = *in }

// UnmarshalText reads a prefix, or nothing. Its errors say what a prefix looks like.
func (in *Prefix) UnmarshalText(b []byte) error {
	if err := in.Prefix.UnmarshalText(b); err != nil {
		return fmt.Errorf("%q: must be an address with a prefix length, such as 192.168.10.5/24", Shown(string(b)))
	}
	return nil
}

// An Addr is an IP address, or empty for none.
//
// +kubebuilder:object:generate=false
// +kubebuilder:validation:Type=string
// +kubebuilder:validation:MaxLength=45
type Addr struct {
	netip.Addr `json:"-"`
}

// DeepCopyInto copies the value, which holds nothing that is shared.
func (in *Addr) DeepCopyInto(out *Addr) { *out = *in }

// UnmarshalText reads an address, or nothing. Its errors say what an address looks like.
func (in *Addr) UnmarshalText(b []byte) error {
	if err := in.Addr.UnmarshalText(b); err != nil {
		return fmt.Errorf("%q: must be an IP address, such as 192.168.10.1", Shown(string(b)))
	}
	return nil
}

// Shown is the beginning of a value, for an error about it.
func Shown(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// A QualifiedName is the name of a label, a taint or a resource as Kubernetes takes it, with a DNS subdomain before a slash or without, or
// empty for none.
//
// +kubebuilder:validation:MaxLength=317
// +kubebuilder:validation:Pattern=`^(([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`
// +wukong:message="must be NAME or DOMAIN/NAME, such as example.org/name: a name of letters, digits, '-', '_' and '.', of at most 63 characters"
type QualifiedName string
