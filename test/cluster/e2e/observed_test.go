//go:build e2e

package e2e

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Sight is a Wukong as it was seen, with the conditions that Crossplane keeps in its status.
type Observed struct {
	v1alpha1.Wukong

	// Conditions of the Wukong.
	Conditions []metav1.Condition

	// Kstatus is what kstatus makes of it, the library that Flux waits by.
	Kstatus status.Status
}

// Condition of a kind; nil if there is none.
func (o Observed) Condition(kind string) *metav1.Condition {
	return meta.FindStatusCondition(o.Conditions, kind)
}

// True says whether the condition of a kind is.
func (o Observed) True(kind string) bool { return meta.IsStatusConditionTrue(o.Conditions, kind) }

// Reason of the condition of a kind; empty if there is none.
func (o Observed) Reason(kind string) string {
	if c := o.Condition(kind); c != nil {
		return c.Reason
	}
	return ""
}

// Runs reports whether the virtual machine runs, with a node and an address on each network.
func (o Observed) Runs() bool {
	return o.Status.Phase == v1alpha1.PhaseRunning && o.Status.NodeName != "" &&
		!slices.ContainsFunc(o.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.IPAddress == "" })
}

// Network returns what is told of a network.
func (o Observed) Network(name string) v1alpha1.NetworkStatus {
	if i := slices.IndexFunc(o.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.Name == name }); i >= 0 {
		return o.Status.Networks[i]
	}
	return v1alpha1.NetworkStatus{}
}

// Volume returns what is told of a disk.
func (o Observed) Volume(name string) v1alpha1.VolumeStatus {
	if i := slices.IndexFunc(o.Status.Volumes, func(v v1alpha1.VolumeStatus) bool { return v.Name == name }); i >= 0 {
		return o.Status.Volumes[i]
	}
	return v1alpha1.VolumeStatus{}
}

// String is the status, for whoever waits in vain.
func (o Observed) String() string {
	b, err := yaml.Marshal(map[string]any{"status": o.Status, "conditions": o.Conditions, "kstatus": o.Kstatus})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// saysOf says whether the condition Valid refuses a change of a field.
func refusesChange(field string) func(Observed) bool {
	return func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Status == metav1.ConditionFalse && c.Reason == "ImmutableChange" && strings.Contains(c.Message, field+": ")
	}
}

// isValid says whether all of the spec was accepted.
func isAccepted(o Observed) bool { return o.True("Valid") && o.Reason("Valid") == "Accepted" }

// refusedAt says whether a claim tells that its spec is refused at a field.
func refusedAt(o Observed, field string) bool {
	c := o.Condition("Valid")
	return c != nil && c.Status == metav1.ConditionFalse && c.Reason == "InvalidSpec" && strings.Contains(c.Message, field)
}

// failsFor says whether the claim tells that its virtual machine cannot become what it is to be, for a reason that names something, or,
// where Crossplane says no more of what KubeVirt refuses, that is in an event.
func failsNaming(name string) func(Observed) bool {
	return func(o Observed) bool {
		tells := strings.Contains(o.Status.Message, `"`+name+`"`) || *target == targetNative && strings.Contains(o.Status.Message, "the events of the Wukong say why")
		return o.Status.Phase == v1alpha1.PhaseError && o.Reason("VirtualMachineReady") == "VMFailed" && tells
	}
}

// holds reports whether the volume of a disk is as large as wanted, beside what a file system takes of it.
func hasSize(o Observed, disk, wanted string) bool {
	size, err := resource.ParseQuantity(o.Volume(disk).Size)
	return err == nil && size.Cmp(resource.MustParse(wanted)) >= 0
}
