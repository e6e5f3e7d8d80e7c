package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// A Quantity is a Kubernetes quantity greater than zero, written as a string: 8Gi, 500M, 1.5Ti.
//
// +kubebuilder:validation:Type=string
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^\+?(0*[1-9][0-9]*(\.[0-9]*)?|0*\.0*[1-9][0-9]*)([KMGTPE]i|[kMGTPE]|[eE][0-9]{1,2})?$`
type Quantity struct {
	resource.Quantity `json:"-"`
}

// A Label is a DNS label (RFC 1123): at most 63 lower-case letters, digits and hyphens.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
type Label string

// An ObjectName is the name of a Kubernetes object: a DNS subdomain (RFC 1123), or empty for none.
//
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$`
type ObjectName string

// A CredentialSecretName is the name of a Secret that KubeVirt mounts into its pod as the volume NAME-access-cred: a DNS
// label that leaves room for the ending, or empty for none.
//
// +kubebuilder:validation:MaxLength=51
// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$`
type CredentialSecretName string

// An Image is where a disk's content comes from: docker://REFERENCE or a bare registry reference (a container disk), or
// http(s)://HOST/FILE (a disk image), or empty for none.
//
// +kubebuilder:validation:MaxLength=2048
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9][!-~]*)?$`
// +kubebuilder:validation:XValidation:rule="self.contains('://') ? self.matches('^(docker|https?)://[A-Za-z0-9\\\\[]') : self.matches('^[A-Za-z0-9._:/@-]*$')",message="must be docker://REFERENCE, http(s)://HOST/FILE, or a registry reference"
type Image string
