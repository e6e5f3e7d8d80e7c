package v1alpha1

import (
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// A RestartPolicy says what happens when the virtual machine stops by itself.
//
// +kubebuilder:validation:Enum="";Always;OnFailure;Never
type RestartPolicy string

// The restart policies.
const (
	RestartPolicyAlways    RestartPolicy = "Always"
	RestartPolicyOnFailure RestartPolicy = "OnFailure"
	RestartPolicyNever     RestartPolicy = "Never"
)

// HighAvailability says where the virtual machine runs and what happens when it, or its node, stops.
type HighAvailability struct {
	// RestartPolicy says what happens when the virtual machine stops by itself: Always, OnFailure or Never start it again.
	// startStrategy.runStrategy wins over it.
	// +optional
	RestartPolicy RestartPolicy `json:"restartPolicy,omitempty"`

	// AntiAffinity keeps the virtual machine off the nodes on which another one of its group runs.
	// +optional
	AntiAffinity bool `json:"antiAffinity,omitempty"`

	// AntiAffinityGroup is the group that antiAffinity spreads. Default: all Wukongs of the namespace that ask for
	// antiAffinity and name no group.
	// +optional
	AntiAffinityGroup OptionalLabel `json:"antiAffinityGroup,omitempty"`

	// NodeSelector holds the labels of the nodes on which the virtual machine may run.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	NodeSelector map[string]LabelValue `json:"nodeSelector,omitempty"`

	// Tolerations of the nodes' taints.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Tolerations []Toleration `json:"tolerations,omitempty"`

	// EvictionStrategy says what happens when the node is drained. Default: the cluster's. With live migration, the condition
	// LiveMigratable says whether KubeVirt can.
	// +optional
	// +kubebuilder:validation:Enum="";None;LiveMigrate;LiveMigrateIfPossible;External
	EvictionStrategy *kubevirtv1.EvictionStrategy `json:"evictionStrategy,omitempty"`
}

// A LabelValue is the value of a Kubernetes label; it may be empty.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`
// +wukong:message="must be letters, digits, '-', '_' and '.', with a letter or a digit at both ends"
type LabelValue string

// A Toleration lets the virtual machine run on nodes that have a taint (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
type Toleration struct {
	// Key of the taint. Empty, with operator Exists, for every taint.
	// +optional
	Key QualifiedName `json:"key,omitempty"`

	// Operator compares the value of the taint: Equal to value, or Exists for any. Default: Equal.
	// +optional
	Operator TolerationOperator `json:"operator,omitempty"`

	// Value of the taint, with operator Equal.
	// +optional
	Value LabelValue `json:"value,omitempty"`

	// Effect of the taint: NoSchedule, PreferNoSchedule or NoExecute. Default: all of them.
	// +optional
	Effect TaintEffect `json:"effect,omitempty"`

	// TolerationSeconds is how long the virtual machine stays on a node that gets the taint, in seconds, with effect NoExecute. Default: for ever.
	// +optional
	// +kubebuilder:validation:Minimum=-9007199254740991
	// +kubebuilder:validation:Maximum=9007199254740991
	TolerationSeconds *int64 `json:"tolerationSeconds,omitempty"`
}

// A TolerationOperator compares the value of a taint.
//
// +kubebuilder:validation:Enum="";Exists;Equal
type TolerationOperator string

// TolerationOperatorExists tolerates a taint whatever its value is.
const TolerationOperatorExists TolerationOperator = "Exists"

// A TaintEffect is what a taint does to pods that do not tolerate it.
//
// +kubebuilder:validation:Enum="";NoSchedule;PreferNoSchedule;NoExecute
type TaintEffect string

// TaintEffectNoExecute evicts pods that do not tolerate the taint.
const TaintEffectNoExecute TaintEffect = "NoExecute"

// A StartStrategy says when the virtual machine runs.
type StartStrategy struct {
	// RunStrategy is KubeVirt's: Always, RerunOnFailure, Manual, Once or Halted. It wins over
	// highAvailability.restartPolicy. Default: Always.
	// +optional
	// +kubebuilder:validation:Enum="";Always;RerunOnFailure;Manual;Once;Halted
	RunStrategy kubevirtv1.VirtualMachineRunStrategy `json:"runStrategy,omitempty"`

	// AutoStart false keeps the virtual machine halted; it wins over every runStrategy but Manual. Default: true.
	// +optional
	AutoStart *bool `json:"autoStart,omitempty"`
}
