package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
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
	// +kubebuilder:validation:XValidation:rule="self.all(k, k.indexOf('/') <= 253 && k.matches('^([a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",message="each key must be a label's name, such as node-role.kubernetes.io/worker"
	NodeSelector map[string]LabelValue `json:"nodeSelector,omitempty"`

	// Tolerations of the nodes' taints.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.operator) || t.operator in ['', 'Exists', 'Equal'])",message="operator must be Exists or Equal"
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.effect) || t.effect in ['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute'])",message="effect must be NoSchedule, PreferNoSchedule or NoExecute"
	// +kubebuilder:validation:XValidation:rule="self.all(t, (has(t.key) && t.key != '') || (has(t.operator) && t.operator == 'Exists'))",message="without a key, operator must be Exists"
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.value) || t.value == '' || !has(t.operator) || t.operator != 'Exists')",message="value has no meaning with operator Exists: remove it"
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.value) || size(t.value) <= 63)",message="value must be a label's value, of at most 63 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.tolerationSeconds) || (has(t.effect) && t.effect == 'NoExecute'))",message="tolerationSeconds needs effect NoExecute"
	// +kubebuilder:validation:XValidation:rule="self.all(t, !has(t.tolerationSeconds) || (t.tolerationSeconds >= -9007199254740991 && t.tolerationSeconds <= 9007199254740991))",message="tolerationSeconds must be between -9007199254740991 and 9007199254740991: to tolerate the taint for ever, leave it out"
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// EvictionStrategy says what happens when the node is drained. Default: the cluster's. Where it asks for live migration, the condition
	// LiveMigratable says whether KubeVirt can.
	// +optional
	// +kubebuilder:validation:Enum="";None;LiveMigrate;LiveMigrateIfPossible;External
	EvictionStrategy *kubevirtv1.EvictionStrategy `json:"evictionStrategy,omitempty"`
}

// A LabelValue is the value of a Kubernetes label; it may be empty.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`
type LabelValue string

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
