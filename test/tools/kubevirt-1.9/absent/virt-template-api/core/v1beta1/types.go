// Package v1beta1 has as much of a VM template as KubeVirt's export of templates needs to compile.
package v1beta1

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ConditionReady is the type of a condition.
const ConditionReady = "Ready"

// A VirtualMachineTemplate is a VM with parameters.
type VirtualMachineTemplate struct {
	metav1.TypeMeta
	metav1.ObjectMeta
	Spec   VirtualMachineTemplateSpec
	Status VirtualMachineTemplateStatus
}

// VirtualMachineTemplateSpec holds the VM and its parameters.
type VirtualMachineTemplateSpec struct {
	VirtualMachine *runtime.RawExtension
	Parameters     []Parameter
}

// VirtualMachineTemplateStatus holds conditions.
type VirtualMachineTemplateStatus struct {
	Conditions []metav1.Condition
}

// A Parameter of a template.
type Parameter struct {
	Name, Value string
}

// DeepCopy returns a copy.
func (t *VirtualMachineTemplate) DeepCopy() *VirtualMachineTemplate {
	out := &VirtualMachineTemplate{TypeMeta: t.TypeMeta, ObjectMeta: *t.ObjectMeta.DeepCopy()}
	out.Spec.VirtualMachine = t.Spec.VirtualMachine.DeepCopy()
	out.Spec.Parameters = slices.Clone(t.Spec.Parameters)
	out.Status.Conditions = slices.Clone(t.Status.Conditions)
	return out
}

// DeepCopyObject returns a copy.
func (t *VirtualMachineTemplate) DeepCopyObject() runtime.Object { return t.DeepCopy() }
