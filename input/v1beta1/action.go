package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// KindAction is the kind of an Action.
const KindAction = "Action"

// A Verb is what is done with a Wukong.
type Verb string

// The verbs.
const (
	// VerbSnapshot takes a snapshot of the virtual machine and its disks.
	VerbSnapshot Verb = "Snapshot"

	// VerbRestart replaces the instance that runs now by another.
	VerbRestart Verb = "Restart"

	// VerbStop keeps the virtual machine halted, until it is started.
	VerbStop Verb = "Stop"

	// VerbStart lets the virtual machine run again.
	VerbStart Verb = "Start"
)

// An Action is what a step of an Operation does with a Wukong, once.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:categories=crossplane
type Action struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Action is what is done.
	// +kubebuilder:validation:Enum=Snapshot;Restart;Stop;Start
	Action Verb `json:"action"`

	// Namespace of the Wukong.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +wukong:message="must be lower-case letters, digits and hyphens, with a letter or a digit at both ends"
	Namespace string `json:"namespace"`

	// Name of the Wukong.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +wukong:message="must be lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part"
	Name string `json:"name"`
}
