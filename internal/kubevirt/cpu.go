package kubevirt

import (
	"regexp"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// twoSockets are KubeVirt's own preferences for client editions of Windows, which use the CPUs of no more than two sockets. That of
// Windows 11 asks for two.
var twoSockets = regexp.MustCompile(`^windows\.(xp|7|10|11)(\.|$)`)

// cpu returns the topology of a Wukong's CPUs; nil where an instance type gives them.
//
// Each CPU is a socket of its own, unless the guest cannot use as many: sockets are what KubeVirt can add to a virtual machine that runs,
// and what nearly all of its preferences count. All three numbers are given, as KubeVirt fills in none of them where one is, and compares
// a missing one with what a preference asks for.
func cpu(w *v1alpha1.Wukong) *kubevirtv1.CPU {
	if w.Spec.CPU == nil {
		return nil
	}
	cores := coresPerSocket(w)
	return &kubevirtv1.CPU{Sockets: uint32(*w.Spec.CPU / cores), Cores: uint32(cores), Threads: 1} //nolint:gosec // Admission bounds it.
}

// coresPerSocket returns how many of a Wukong's CPUs share a socket. It divides their number.
func coresPerSocket(w *v1alpha1.Wukong) int32 {
	n := *w.Spec.CPU
	switch {
	case !usesTwoSockets(w):
		return 1
	case n%2 == 0:
		return n / 2
	default:
		return n
	}
}

// usesTwoSockets reports whether the guest of a Wukong uses the CPUs of no more than two sockets.
func usesTwoSockets(w *v1alpha1.Wukong) bool {
	return w.Spec.Preference != nil && twoSockets.MatchString(string(w.Spec.Preference.Name))
}

// adviseCPU returns why a Wukong's CPUs may not be what its author expects; empty where they are.
func adviseCPU(w *v1alpha1.Wukong) string {
	if n := ptr.Deref(w.Spec.CPU, 0); n == 1 || n%2 == 0 || !usesTwoSockets(w) {
		return ""
	}
	return "this edition of Windows uses at most two sockets: an odd number of CPUs is on one, which the preference may refuse, so choose an even number"
}
