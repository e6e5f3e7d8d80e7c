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

// An Observed is the observed state of a Wukong.
type Observed struct {
	v1alpha1.Wukong

	// Conditions are status.conditions, which Crossplane adds to the API.
	Conditions []metav1.Condition

	// Kstatus is the status according to kstatus, the library by which Flux waits.
	Kstatus status.Status
}

// Condition returns the condition of a type; nil if there is none.
func (o Observed) Condition(kind string) *metav1.Condition {
	return meta.FindStatusCondition(o.Conditions, kind)
}

// True reports whether the condition of a type is True.
func (o Observed) True(kind string) bool { return meta.IsStatusConditionTrue(o.Conditions, kind) }

// Reason returns the reason of the condition of a type; empty if there is none.
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

// Network returns the status of a network; zero if there is none.
func (o Observed) Network(name string) v1alpha1.NetworkStatus {
	if i := slices.IndexFunc(o.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.Name == name }); i >= 0 {
		return o.Status.Networks[i]
	}
	return v1alpha1.NetworkStatus{}
}

// Volume returns the status of the volume of a disk; zero if there is none.
func (o Observed) Volume(name string) v1alpha1.VolumeStatus {
	if i := slices.IndexFunc(o.Status.Volumes, func(v v1alpha1.VolumeStatus) bool { return v.Name == name }); i >= 0 {
		return o.Status.Volumes[i]
	}
	return v1alpha1.VolumeStatus{}
}

// String returns the status as YAML, for failures of tests.
func (o Observed) String() string {
	b, err := yaml.Marshal(map[string]any{"status": o.Status, "conditions": o.Conditions, "kstatus": o.Kstatus})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// refusesChange returns a predicate: the condition Valid refuses a change of a field.
func refusesChange(field string) func(Observed) bool {
	return func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Status == metav1.ConditionFalse && c.Reason == "ImmutableChange" && strings.Contains(c.Message, field+": ")
	}
}

// isAccepted reports whether the whole spec was accepted.
func isAccepted(o Observed) bool { return o.True("Valid") && o.Reason("Valid") == "Accepted" }

// refusedAt reports whether the condition Valid refuses the value of a field.
func refusedAt(o Observed, field string) bool {
	c := o.Condition("Valid")
	return c != nil && c.Status == metav1.ConditionFalse && c.Reason == "InvalidSpec" && strings.Contains(c.Message, field)
}

// failsNaming returns a predicate: the virtual machine has failed, and the message names the cause in quotes. Without a provider the message may
// refer to the events instead, as Crossplane does not report why KubeVirt refuses an object.
func failsNaming(name string) func(Observed) bool {
	return func(o Observed) bool {
		named := strings.Contains(o.Status.Message, `"`+name+`"`) ||
			*target == targetNative && strings.Contains(o.Status.Message, "the events of the Wukong say why")
		return o.Status.Phase == v1alpha1.PhaseError && o.Reason("VirtualMachineReady") == "VMFailed" && named
	}
}

// hasSize reports whether the volume of a disk is reported with at least a size, without the overhead of a file system.
func hasSize(o Observed, disk, size string) bool {
	reported, err := resource.ParseQuantity(o.Volume(disk).Size)
	return err == nil && reported.Cmp(resource.MustParse(size)) >= 0
}
