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
	topology := func(sockets, cores uint32) *kubevirtv1.CPU {
		return &kubevirtv1.CPU{Sockets: sockets, Cores: cores, Threads: 1}
	}
	const odd = "spec.cpu: this edition of Windows uses at most two sockets: an odd number of CPUs is on one, " +
		"which the preference may refuse, so choose an even number"
	cases := map[string]struct {
		reason     string
		cpu        int32
		preference v1alpha1.ObjectName
		want       *kubevirtv1.CPU
		advice     []string
	}{
		"Sockets":      {reason: "Sockets can be added to a virtual machine that runs.", cpu: 6, want: topology(6, 1)},
		"Preference":   {reason: "Most preferences count sockets.", cpu: 3, preference: "fedora", want: topology(3, 1)},
		"Server":       {reason: "Windows for servers uses as many sockets as there are.", cpu: 6, preference: "windows.2k25.virtio", want: topology(6, 1)},
		"OneOfClient":  {reason: "One CPU is one socket.", cpu: 1, preference: "windows.10", want: topology(1, 1)},
		"TwoOfClient":  {reason: "The preference of Windows 11 requires two sockets.", cpu: 2, preference: "windows.11", want: topology(2, 1)},
		"EvenOfClient": {reason: "Client editions use two sockets.", cpu: 8, preference: "windows.11.virtio", want: topology(2, 4)},
		"OddOfClient": {
			reason:     "On two sockets there is no odd number of CPUs.",
			cpu:        5,
			preference: "windows.10.virtio",
			want:       topology(1, 5),
			advice:     []string{odd},
		},
		"OldClient":     {reason: "Earlier client editions do so, too.", cpu: 4, preference: "windows.7", want: topology(2, 2)},
		"OddOldClient":  {reason: "Earlier client editions do so, too.", cpu: 3, preference: "windows.xp", want: topology(1, 3), advice: []string{odd}},
		"Another":       {reason: "Only the named editions are limited.", cpu: 4, preference: "windows.12", want: topology(4, 1)},
		"AnotherPrefix": {reason: "Only KubeVirt's own preferences are known.", cpu: 4, preference: "my.windows.11", want: topology(4, 1)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{CPU: ptr.To(c.cpu)}}
			if c.preference != "" {
				w.Spec.Preference = &v1alpha1.PreferenceReference{Name: c.preference}
			}
			if diff := cmp.Diff(c.want, planned(w.Spec, Devices{}).Spec.Template.Spec.Domain.CPU); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.advice, Advice(w, identity.Identity{}, nil)); diff != "" {
				t.Errorf("%s advice: -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
