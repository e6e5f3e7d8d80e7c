package v1beta1

import (
	"strconv"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Limits bound what a Wukong may ask for. A limit that is left out bounds nothing, and an empty list allows nothing. What a Wukong has already
// stays, whatever the limits say; only a new value is refused.
//
// Four things are refused without any limit, until one allows them: the uplink of a macvlan network, which masters lists; a bridge of the
// nodes' own networks, such as cni0 and br-ex, which bridges lists by its whole name; a GPU or another device of the nodes, which deviceNames
// lists; and an image from the node, the cluster or a cloud's metadata, whose host images lists by its whole name. What defaults name is always
// allowed.
type Limits struct {
	// CPU is the largest cpu.
	// +optional
	// +kubebuilder:validation:Minimum=1
	CPU *int32 `json:"cpu,omitempty"`

	// Memory is the largest memory, for example 64Gi.
	// +optional
	Memory *v1alpha1.Quantity `json:"memory,omitempty"`

	// CPUAllocationRatio is how many CPUs of a guest may share one CPU of the node that its pod requests for them in performance. Default: as many as KubeVirt
	// lets share by itself, which cluster.kubevirt says, else 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	CPUAllocationRatio *int32 `json:"cpuAllocationRatio,omitempty"`

	// MemoryOvercommit is the memory that a guest may have, in percent of what its pod requests for it in performance. Default: what KubeVirt gives by
	// itself, which cluster.kubevirt says, else 100.
	// +optional
	// +kubebuilder:validation:Minimum=100
	// +kubebuilder:validation:Maximum=1000
	MemoryOvercommit *int32 `json:"memoryOvercommit,omitempty"`

	// Instancetypes are the cluster's instance types that may be named. Default: all, and none where cpu or memory is given, as an instance type gives
	// both. One of the namespace, which a tenant may write, may be named where none of this, cpu, memory, nodeSelectorKeys, tolerationKeys and
	// deviceNames is given; deviceNames with a * does not count.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Instancetypes []NamePattern `json:"instancetypes,omitempty"`

	// NetworkTypes are the types of networks that a Wukong may describe. An empty list leaves those of nadName, which somebody else describes.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	NetworkTypes []LimitedNetworkType `json:"networkTypes,omitempty"`

	// Bridges of the nodes that networks of the types bridge and ovs may be on.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Bridges []NetworkLimit `json:"bridges,omitempty"`

	// Masters are the uplinks of the nodes that networks of the type macvlan may take. Default: that of defaults alone.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Masters []NetworkLimit `json:"masters,omitempty"`

	// ResourceNames are the device plugins' resources that networks of the type sriov may take.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	ResourceNames []NetworkLimit `json:"resourceNames,omitempty"`

	// MACSpoofCheck with the value Required allows no network to turn off its macSpoofCheck.
	// +optional
	// +kubebuilder:validation:Enum="";Required
	MACSpoofCheck Requirement `json:"macSpoofCheck,omitempty"`

	// Images are where disks may be imported from: SCHEME://HOST/PATH, for example docker://registry.example.org/vms. The path stands for all
	// that is below it. The host may be * for every host, or begin with *. for every one below a domain; neither includes hosts of the
	// cluster. An image without a scheme is one of docker. The host of gs is the bucket.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Images []ImagePattern `json:"images,omitempty"`

	// StorageClassNames are the storage classes that disks may name. A disk that names none gets the default.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	StorageClassNames []NamePattern `json:"storageClassNames,omitempty"`

	// Disks is how many disks a virtual machine may have.
	// +optional
	// +kubebuilder:validation:Minimum=1
	Disks *int32 `json:"disks,omitempty"`

	// DiskSize is the largest size of a disk, for example 2Ti.
	// +optional
	DiskSize *v1alpha1.Quantity `json:"diskSize,omitempty"`

	// ClaimNames are the PersistentVolumeClaims that claimName may attach, and the objects of the namespace that imageFrom and osImageFrom may name.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	ClaimNames []NamePattern `json:"claimNames,omitempty"`

	// SecretNames are the Secrets that sshKeySecret, passwordSecretRef, userDataSecretRef, unattendSecretRef and imageSecret may name. Their content
	// reaches the guest, or the server of an image: in a namespace with other Secrets too, let those for guests begin with something of their own,
	// such as vm-*.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	SecretNames []NamePattern `json:"secretNames,omitempty"`

	// DeviceNames are the resources of the nodes that gpus and hostDevices may take. An instance type of the namespace may still name whatever
	// KubeVirt permits (permittedHostDevices), unless a limit refuses it (instancetypes). Default: none.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	DeviceNames []NamePattern `json:"deviceNames,omitempty"`

	// NodeSelectorKeys are the labels of nodes that nodeSelector may name.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	NodeSelectorKeys []NamePattern `json:"nodeSelectorKeys,omitempty"`

	// TolerationKeys are the taints of nodes that tolerations may name. Only * includes a toleration without a key, which is one of every taint.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	TolerationKeys []NamePattern `json:"tolerationKeys,omitempty"`

	// TemplatePaths are what the template of a Wukong may give: paths that docs/template.md lists, or the beginning of some followed by *.
	// Default: none.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	TemplatePaths []TemplatePath `json:"templatePaths,omitempty"`
}

// A TemplatePath is a path that a template may give, or the beginning of such paths followed by *. A * alone stands for all.
//
// +kubebuilder:validation:MaxLength=128
// +kubebuilder:validation:Pattern=`^(\*|[a-z][A-Za-z0-9.]*\*?)$`
// +wukong:message="must be a path such as domain.cpu.model, or the beginning of some followed by *"
type TemplatePath string

// A NamePattern is a name, or the beginning of names followed by *. A * alone stands for all.
//
// +kubebuilder:validation:MaxLength=317
// +kubebuilder:validation:Pattern=`^(\*|[A-Za-z0-9][-A-Za-z0-9_./]*\*?)$`
// +wukong:message="must be a name, or the beginning of one followed by *"
type NamePattern string

// A Requirement says whether something is required.
type Requirement string

// RequirementRequired says that something is required.
const RequirementRequired Requirement = "Required"

// Wildcard at the end of a pattern stands for all that follows.
const Wildcard = "*"

// Matches reports whether the pattern stands for a name.
func (p NamePattern) Matches(name string) bool { return matches(string(p), name) }

// Matches reports whether the entry stands for a path.
func (p TemplatePath) Matches(path string) bool { return matches(string(p), path) }

// matches reports whether a pattern is a text, or with a wildcard the beginning of it.
func matches(pattern, text string) bool {
	if beginning, found := strings.CutSuffix(pattern, Wildcard); found {
		return strings.HasPrefix(text, beginning)
	}
	return pattern == text
}

// A LimitedNetworkType is a type of network.
//
// +kubebuilder:validation:Enum=bridge;macvlan;sriov;ovs
type LimitedNetworkType string

// A NetworkLimit is a network of the nodes, and what of it may be used.
type NetworkLimit struct {
	// Name of the bridge, the uplink or the resource, or the beginning of names followed by *. A bridge of the nodes' own networks takes its
	// whole name.
	Name NamePattern `json:"name"`

	// VLANs that a network may have as its vlanId: "120", or "100-199" for all from one to another. A network without a vlanId takes the word
	// untagged on a Linux bridge. Of the other types it carries every VLAN, and so is refused where this list is given. Default: all.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	VLANs []VLANRange `json:"vlans,omitempty"`
}

// A VLANRange is a VLAN, several that follow each other, or untagged for the frames of none.
//
// +kubebuilder:validation:MaxLength=9
// +kubebuilder:validation:Pattern=`^(untagged|[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?)$`
// +wukong:message="must be a VLAN such as \"120\", several such as \"100-199\", or untagged"
type VLANRange string

// Untagged stands for the frames without a VLAN.
const Untagged VLANRange = "untagged"

// LastVLAN is the largest VLAN that frames can have (IEEE 802.1Q).
const LastVLAN = 4094

// IsValid reports whether frames can have the VLANs of the range, and whether the first comes before the last.
func (r VLANRange) IsValid() bool {
	first, last := r.Bounds()
	return r == Untagged || 0 < first && first <= last && last <= LastVLAN
}

// An ImagePattern is a source of images: SCHEME://HOST/PATH.
//
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern=`^(docker|http|https|s3|gs)://(\*|(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[1-9][0-9]{0,4})?|\[[0-9a-f:]+\](:[1-9][0-9]{0,4})?)(/[-A-Za-z0-9._~/]*)?$`
// +wukong:message="must be SCHEME://HOST or SCHEME://HOST/PATH with the scheme docker, http, https, s3 or gs, such as docker://registry.example.org/vms"
type ImagePattern string

// Bounds returns the first and the last VLAN of the range: 0 for the frames of none. It returns zeros for what is no range.
func (r VLANRange) Bounds() (first, last int32) {
	if r == Untagged {
		return 0, 0
	}
	low, high, several := strings.Cut(string(r), "-")
	if !several {
		high = low
	}
	a, errLow := strconv.ParseInt(low, 10, 32)
	b, errHigh := strconv.ParseInt(high, 10, 32)
	if errLow != nil || errHigh != nil {
		return 0, 0
	}
	return int32(a), int32(b)
}
