package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
)

func TestCPU(t *testing.T) {
	const (
		oneSocket = "spec.cpu: this edition of Windows uses at most two sockets: all CPUs are on one, which the preference may refuse, so choose an even number, " +
			"and give coresPerSocket no more than half of it"
		unused = ": this edition of Windows uses at most two sockets, so that it does not use all of these CPUs: give coresPerSocket at least half of them"
	)
	cases := map[string]struct {
		reason      string
		cpu, cores  int32
		most        int32
		preference  v1alpha1.ObjectName
		sockets     uint32
		mostSockets uint32
		advice      []string
	}{
		"Sockets":   {reason: "KubeVirt plans for more by itself.", cpu: 6, cores: 1, sockets: 6},
		"Cores":     {cpu: 6, cores: 3, sockets: 2},
		"Growing":   {reason: "KubeVirt adds sockets.", cpu: 6, cores: 3, most: 12, sockets: 2, mostSockets: 4},
		"AsMany":    {cpu: 4, cores: 1, most: 4, sockets: 4, mostSockets: 4},
		"Client":    {cpu: 8, cores: 4, preference: "windows.11.virtio", sockets: 2},
		"OneSocket": {reason: "Windows 11 requires two.", cpu: 5, cores: 5, preference: "windows.10.virtio", sockets: 1, advice: []string{oneSocket}},
		"OneCPU":    {reason: "One CPU has no other place.", cpu: 1, cores: 1, preference: "windows.10", sockets: 1},
		"Unused": {
			reason: "The guest does not see four.", cpu: 4, cores: 1, preference: "windows.11", sockets: 4, advice: []string{"spec.coresPerSocket" + unused},
		},
		"UnusedLater": {
			reason: "Nor later.", cpu: 4, cores: 2, most: 8, preference: "windows.11", sockets: 2, mostSockets: 4, advice: []string{"spec.maxCPU" + unused},
		},
		"GrowingClient": {reason: "It has one socket, and gets another one.", cpu: 4, cores: 4, most: 8, preference: "windows.10", sockets: 1, mostSockets: 2, advice: []string{oneSocket}},
		"GrowingServer": {reason: "Servers use all.", cpu: 4, cores: 1, most: 8, preference: "windows.2k25", sockets: 4, mostSockets: 8},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{CPU: ptr.To(c.cpu), CoresPerSocket: ptr.To(c.cores)}}
			if c.most > 0 {
				w.Spec.MaxCPU = ptr.To(c.most)
			}
			if c.preference != "" {
				w.Spec.Preference = &v1alpha1.PreferenceReference{Name: c.preference}
			}
			want := &kubevirtv1.CPU{Sockets: c.sockets, Cores: uint32(c.cores), Threads: 1, MaxSockets: c.mostSockets}
			if diff := cmp.Diff(want, planned(w.Spec, Devices{}).Spec.Template.Spec.Domain.CPU); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.advice, Advice(w, identity.Identity{}, nil)); diff != "" {
				t.Errorf("%s advice: -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestGrowthFacts shows that a summary says how far CPUs and memory can grow.
func TestGrowthFacts(t *testing.T) {
	s := v1alpha1.WukongSpec{
		CPU: ptr.To[int32](4), MaxCPU: ptr.To[int32](16), CoresPerSocket: ptr.To[int32](2), Memory: quantity("4Gi"), MaxMemory: quantity("32Gi"),
	}
	vm := planned(s, Devices{})
	if cpus, memory := cpuFact(vm), memoryFact(vm); cpus != "4 CPU (up to 16)" || memory != "4Gi memory (up to 32Gi)" {
		t.Errorf("got %q and %q", cpus, memory)
	}
}
