// Package v1beta1 holds what the function is given beside its request: by a Composition the settings of the platform team, by an
// Operation the action to take.
//
// +kubebuilder:object:generate=true
// +groupName=wukong.fn.crossplane.io
// +versionName=v1beta1
package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	// Group of the Input and the Action.
	Group = "wukong.fn.crossplane.io"

	// APIVersion of both.
	APIVersion = Group + "/v1beta1"

	// Kind of the Input.
	Kind = "Input"
)

// A Target is what a Wukong is composed of.
type Target string

// The targets.
const (
	// TargetObject composes Objects of provider-kubernetes, which create what a Wukong is made of.
	TargetObject Target = "Object"

	// TargetNative composes what a Wukong is made of, without a provider, in the cluster where Crossplane runs.
	TargetNative Target = "Native"
)

// KindClusterProviderConfig is the kind of a ProviderConfig for every namespace. The other one, ProviderConfig, is for its own.
const KindClusterProviderConfig = "ClusterProviderConfig"

// An Input holds the platform team's settings: they apply to every Wukong of the Composition.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:categories=crossplane
type Input struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Target is what namespaced Wukongs are composed of: Objects of provider-kubernetes, or, with Native, what they are made of
	// without a provider. A Wukong that exists cannot change to another. Default: Object.
	// +optional
	// +kubebuilder:validation:Enum="";Object;Native
	Target Target `json:"target,omitempty"`

	// ProviderConfigRef is the ProviderConfig by which provider-kubernetes reaches the cluster of the virtual machines.
	// Default: the one named default.
	// +optional
	ProviderConfigRef *ProviderConfigReference `json:"providerConfigRef,omitempty"`

	// Watch says whether provider-kubernetes watches what it manages, so that changes show at once instead of at the next
	// poll. It takes effect where the provider runs with --enable-watches. Default: true.
	// +optional
	Watch *bool `json:"watch,omitempty"`

	// SharedNetworkNamespaces are the namespaces whose NetworkAttachmentDefinitions every Wukong may name in nadName.
	// Default: none.
	// +optional
	SharedNetworkNamespaces []v1alpha1.Label `json:"sharedNetworkNamespaces,omitempty"`

	// SharedImageNamespaces are the namespaces whose DataSources, PersistentVolumeClaims and VolumeSnapshots every Wukong may name in imageFrom and
	// osImageFrom. CDI asks whether the provider may clone from there, and not whether the author of the Wukong may. Default: none.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	SharedImageNamespaces []v1alpha1.Label `json:"sharedImageNamespaces,omitempty"`

	// Salt makes the MAC addresses and firmware UUIDs of the Wukongs differ from those of another cluster with Wukongs of the same
	// names. Give each cluster its own, such as its name, where clusters share a layer-2 network. Default: none. A virtual machine
	// that exists keeps what it has.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Salt string `json:"salt,omitempty"`

	// Labels are on everything that is made for a Wukong, the virtual machine's pod and the Objects of provider-kubernetes among it,
	// beside the labels that this function gives. What exists gets them, too; a pod when it starts, and the claim of an imported disk
	// when it is made. Those of this function, and of Kubernetes', Crossplane's, KubeVirt's and CDI's own, cannot be given.
	// +optional
	// +kubebuilder:validation:MaxProperties=32
	Labels map[string]v1alpha1.LabelValue `json:"labels,omitempty"`

	// Cluster says what the cluster of the virtual machines is like.
	// +optional
	Cluster *Cluster `json:"cluster,omitempty"`

	// Defaults are used where a Wukong does not say.
	// +optional
	Defaults *Defaults `json:"defaults,omitempty"`

	// Limits bound what a Wukong may ask for.
	// +optional
	Limits *Limits `json:"limits,omitempty"`

	// Template is a part of the spec of a KubeVirt VirtualMachineInstance that every new virtual machine has, under what its Wukong says. It may
	// give the paths that docs/template.md lists. A virtual machine that exists keeps the template that it was made with, or none. Default: none.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	Template *runtime.RawExtension `json:"template,omitempty"`
}

// A ProviderConfigReference names a ProviderConfig.
type ProviderConfigReference struct {
	// Name of the ProviderConfig.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +wukong:message="must be lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part"
	Name string `json:"name"`

	// Kind says, for namespaced Wukongs, whether it is for every namespace or lies in that of the Wukong. Default:
	// ClusterProviderConfig.
	// +optional
	// +kubebuilder:validation:Enum="";ProviderConfig;ClusterProviderConfig
	Kind string `json:"kind,omitempty"`
}

// A Cluster says what the cluster of the virtual machines is like.
type Cluster struct {
	// StorageProfiles says whether CDI gives claims the access modes and the volume mode that its StorageProfile has for their class, by its
	// feature gate WebhookPvcRendering, which is on in CDI as it is released. With false, an empty disk that names no access modes
	// is ReadWriteOnce, with which a virtual machine cannot migrate live. Default: true.
	// +optional
	StorageProfiles *bool `json:"storageProfiles,omitempty"`

	// KubeVirt says which KubeVirt the cluster has. What depends on it is then told before a virtual machine waits for it.
	// +optional
	KubeVirt *KubeVirt `json:"kubevirt,omitempty"`

	// CDI says which CDI the cluster has.
	// +optional
	CDI *CDI `json:"cdi,omitempty"`

	// NetworkResourcesInjector says that a network-resources-injector gives pods the devices of their networks:
	// https://github.com/k8snetworkplumbingwg/network-resources-injector. KubeVirt 1.9 leaves that to it by its feature gate
	// ExternalNetResourceInjection. Without one a virtual machine with a network of type sriov does not start, and one of type ovs may get a
	// node that lacks the bridge. Default: false.
	// +optional
	NetworkResourcesInjector bool `json:"networkResourcesInjector,omitempty"`

	// PodNetwork says what the pod network is like.
	// +optional
	PodNetwork *PodNetwork `json:"podNetwork,omitempty"`

	// Networks belong to the cluster itself: its pods', its services' and, as you like, its nodes'. A guest on the pod network
	// reaches them by the pod network, even where its default route leaves by another one. An empty list says that no guest
	// needs such routes. Default: none, with advice where a Wukong has a gateway beside the pod network.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Networks []v1alpha1.Prefix `json:"networks,omitempty"`

	// NMState says that kubernetes-nmstate runs in the cluster of Crossplane, which is that of the virtual machines, and that Crossplane may
	// read its NodeNetworkStates: Wukongs are then advised where a bridge of the node does not carry their VLAN. A Crossplane
	// before 2.2 fails on every Wukong with such a network where either is not so. Default: false.
	// +optional
	NMState bool `json:"nmstate,omitempty"`
}

// A Version is a version of other software, such as 1.9 or 1.9.0. YAML takes it for a number unless it is quoted.
//
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:Pattern=`^v?[0-9]{1,4}\.[0-9]{1,4}(\.[0-9]{1,4})?$`
// +wukong:message="must be a version such as \"1.9\" or \"1.9.0\""
type Version string

// A KubeVirt says which KubeVirt a cluster has, as its KubeVirt object does.
type KubeVirt struct {
	// Version of KubeVirt, such as "1.9". It says which feature gates are on by default. Wukongs are advised where it is older than the
	// versions that are supported. Default: not known.
	// +optional
	Version Version `json:"version,omitempty"`

	// FeatureGates are those in spec.configuration.developerConfiguration.featureGates of the KubeVirt object, which are on, and
	// PersistentReservation where spec.configuration.persistentReservationConfiguration enables it.
	// +optional
	// +kubebuilder:validation:MaxItems=128
	FeatureGates []FeatureGate `json:"featureGates,omitempty"`

	// DisabledFeatureGates are those in spec.configuration.developerConfiguration.disabledFeatureGates of the KubeVirt object, which are
	// off.
	// +optional
	// +kubebuilder:validation:MaxItems=128
	DisabledFeatureGates []FeatureGate `json:"disabledFeatureGates,omitempty"`

	// VMRolloutStrategy is spec.configuration.vmRolloutStrategy of the KubeVirt object. Under Stage a virtual machine gets CPUs, memory and
	// placement when it restarts; KubeVirt plugs and unplugs network interfaces under both. Default: LiveUpdate, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:Enum="";LiveUpdate;Stage
	VMRolloutStrategy kubevirtv1.VMRolloutStrategy `json:"vmRolloutStrategy,omitempty"`

	// LiveUpdateConfiguration is spec.configuration.liveUpdateConfiguration of the KubeVirt object: how far CPUs and memory can grow while a
	// guest runs. Default: KubeVirt's.
	// +optional
	LiveUpdateConfiguration *LiveUpdateConfiguration `json:"liveUpdateConfiguration,omitempty"`

	// VMStateStorageClass is spec.configuration.vmStateStorageClass of the KubeVirt object: the StorageClass of the claims with the state of
	// EFI and TPMs. Default: the cluster's default class, as KubeVirt's.
	// +optional
	VMStateStorageClass v1alpha1.ObjectName `json:"vmStateStorageClass,omitempty"`

	// WorkloadUpdateMethods are those in spec.workloadUpdateStrategy.workloadUpdateMethods of the KubeVirt object. Without LiveMigrate KubeVirt
	// does not migrate virtual machines by itself, so that a change that takes effect by migration waits for one. Default: not known.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	WorkloadUpdateMethods []WorkloadUpdateMethod `json:"workloadUpdateMethods,omitempty"`

	// EvictionStrategy is spec.configuration.evictionStrategy of the KubeVirt object, which virtual machines have that give none. Default: None,
	// as KubeVirt's.
	// +optional
	// +kubebuilder:validation:Enum="";None;LiveMigrate;LiveMigrateIfPossible;External
	EvictionStrategy kubevirtv1.EvictionStrategy `json:"evictionStrategy,omitempty"`

	// CPUAllocationRatio is spec.configuration.developerConfiguration.cpuAllocationRatio of the KubeVirt object: how many CPUs of virtual
	// machines share one of a node. Default: 10, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:Minimum=1
	CPUAllocationRatio *int32 `json:"cpuAllocationRatio,omitempty"`

	// MemoryOvercommit is spec.configuration.developerConfiguration.memoryOvercommit of the KubeVirt object: the memory of a guest in percent
	// of what its pod requests for it. Default: 100, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:Minimum=10
	MemoryOvercommit *int32 `json:"memoryOvercommit,omitempty"`

	// AdditionalGuestMemoryOverheadRatio is spec.configuration.additionalGuestMemoryOverheadRatio of the KubeVirt object: by what KubeVirt
	// multiplies the memory that a pod requests beside that of its guest, such as "1.5". YAML takes it for a number unless it is quoted.
	// Default: none, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^[0-9]{1,6}(\.[0-9]{1,6})?$`
	// +wukong:message="must be a number in quotes, such as \"1.5\""
	AdditionalGuestMemoryOverheadRatio string `json:"additionalGuestMemoryOverheadRatio,omitempty"`

	// CPURequest is spec.configuration.cpuRequest of the KubeVirt object: what the pod of each virtual machine requests, in place of its CPUs by
	// cpuAllocationRatio, such as 250m. KubeVirt ignores 100m. Default: none, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^([0-9]{1,6}m|[0-9]{1,4}(\.[0-9]{1,3})?)?$`
	// +wukong:message="must be a number of CPUs in quotes, such as \"250m\" or \"0.5\""
	CPURequest string `json:"cpuRequest,omitempty"`

	// UseEmulation is spec.configuration.developerConfiguration.useEmulation of the KubeVirt object: virtual machines run without the
	// virtualization of the nodes, whose devices their pods do not request. Default: false.
	// +optional
	UseEmulation bool `json:"useEmulation,omitempty"`

	// DisableSerialConsoleLog says that the KubeVirt object has spec.configuration.virtualMachineOptions.disableSerialConsoleLog, so that pods have
	// no container which logs the serial console. Default: false.
	// +optional
	DisableSerialConsoleLog bool `json:"disableSerialConsoleLog,omitempty"`
}

// A LiveUpdateConfiguration says how far CPUs and memory of a virtual machine that says no more can grow while its guest runs.
type LiveUpdateConfiguration struct {
	// MaxHotplugRatio is how many times the CPUs and the memory of its start a guest can have. Default: 4, as KubeVirt's.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxHotplugRatio *int32 `json:"maxHotplugRatio,omitempty"`

	// MaxCPUSockets is the number of sockets that a guest can have, in place of the ratio. Default: none.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxCPUSockets *int32 `json:"maxCpuSockets,omitempty"`

	// MaxGuest is the memory that a guest can have, in place of the ratio. Default: none.
	// +optional
	MaxGuest *v1alpha1.Quantity `json:"maxGuest,omitempty"`
}

// A WorkloadUpdateMethod is how KubeVirt updates a virtual machine that runs.
//
// +kubebuilder:validation:Enum=LiveMigrate;Evict
type WorkloadUpdateMethod string

// WorkloadUpdateMethodLiveMigrate migrates virtual machines that run.
const WorkloadUpdateMethodLiveMigrate WorkloadUpdateMethod = "LiveMigrate"

// A FeatureGate is the name of a feature gate of KubeVirt.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=64
type FeatureGate string

// A CDI says which CDI a cluster has.
type CDI struct {
	// Version of CDI, such as "1.65". Wukongs are advised where it is older than the versions that are supported. Default: not known.
	// +optional
	Version Version `json:"version,omitempty"`
}

// A PodNetwork says what the pod network is like.
type PodNetwork struct {
	// IPFamilies are the families of addresses that pods have. With IPv6 a guest has the address fd10:0:2::2, which KubeVirt
	// translates. Without IPv4 no DHCP server tells guests their name servers: defaults.dnsServers does. Default: IPv4.
	// +optional
	// +kubebuilder:validation:MaxItems=2
	// +listType=set
	IPFamilies []IPFamily `json:"ipFamilies,omitempty"`
}

// An IPFamily is a family of IP addresses.
//
// +kubebuilder:validation:Enum=IPv4;IPv6
type IPFamily string

// The families of IP addresses.
const (
	IPv4 IPFamily = "IPv4"
	IPv6 IPFamily = "IPv6"
)

// Defaults are used where a Wukong does not say.
type Defaults struct {
	// StorageClassName for disks that name none.
	// +optional
	StorageClassName v1alpha1.ObjectName `json:"storageClassName,omitempty"`

	// DiskSize is the size of the disk that a Wukong with osImage gets which lists none, for example 40Gi. Default: 20Gi, or
	// the largest that limits allow.
	// +optional
	DiskSize *v1alpha1.Quantity `json:"diskSize,omitempty"`

	// PodNetwork says whether virtual machines are on the pod network.
	// +optional
	PodNetwork *bool `json:"podNetwork,omitempty"`

	// DNSServers for static networks that name none, and for a pod network without IPv4.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	DNSServers []v1alpha1.Addr `json:"dnsServers,omitempty"`

	// Master is the nodes' uplink for macvlan networks that name none. A virtual machine takes it for itself: never name
	// the interface that the nodes need.
	// +optional
	Master v1alpha1.InterfaceName `json:"master,omitempty"`

	// ResourceName is the device plugin's resource for SR-IOV networks that name none.
	// +optional
	ResourceName v1alpha1.QualifiedName `json:"resourceName,omitempty"`

	// WindowsDriversImage is a container with the image of a CD-ROM with drivers for virtio, such as
	// docker://quay.io/kubevirt/virtio-container-disk:v1.9.0, for Wukongs with windows.drivers. A virtual machine that has the CD-ROM keeps
	// the image that it has. Default: none, so that windows.drivers is refused.
	// +optional
	WindowsDriversImage v1alpha1.Image `json:"windowsDriversImage,omitempty"`

	// MACSpoofCheck says whether new networks of types bridge and sriov that do not say have the check of macSpoofCheck. Give false where the nodes have
	// no nft, without which the pods of bridge networks with the check do not start. Default: true.
	// +optional
	MACSpoofCheck *bool `json:"macSpoofCheck,omitempty"`
}
