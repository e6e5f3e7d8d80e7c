package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
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

	// VerbMigrate moves the virtual machine to another node while it runs.
	VerbMigrate Verb = "Migrate"

	// VerbRestore restores the disks from a snapshot.
	VerbRestore Verb = "Restore"

	// VerbStop keeps the virtual machine halted, until it is started.
	VerbStop Verb = "Stop"

	// VerbStart lets the virtual machine run again.
	VerbStart Verb = "Start"
)

// An Action is what a step of an Operation does, once, with a Wukong or with each of those with some labels.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:categories=crossplane
type Action struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Action is what is done.
	// +kubebuilder:validation:Enum=Snapshot;Restore;Restart;Migrate;Stop;Start
	Action Verb `json:"action"`

	// Namespace of the Wukong, or of those that the selector selects. Default: none with a name, and every one with a selector.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +wukong:message="must be lower-case letters, digits and hyphens, with a letter or a digit at both ends"
	Namespace string `json:"namespace,omitempty"`

	// Name of the Wukong. It has a namespace. Either a name or a selector is given.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +wukong:message="must be lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part"
	Name string `json:"name,omitempty"`

	// Snapshot is the VirtualMachineSnapshot that the action Restore takes, of the virtual machine that it restores.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +wukong:message="must be lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part"
	Snapshot string `json:"snapshot,omitempty"`

	// Selector selects the Wukongs: claims, and namespaced ones.
	// +optional
	Selector *Selector `json:"selector,omitempty"`
}

// A Selector selects Wukongs by their labels.
type Selector struct {
	// MatchLabels are labels that a selected Wukong has. At most 100 Wukongs may have them.
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=32
	MatchLabels map[string]v1alpha1.LabelValue `json:"matchLabels"`
}
