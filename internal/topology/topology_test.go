package topology

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestCoresPerSocket(t *testing.T) {
	cases := map[string]struct {
		reason     string
		cpus       int32
		preference v1alpha1.ObjectName
		dedicated  bool
		windows    bool
		want       int32
	}{
		"NoPreference":  {reason: "Sockets can be added to a virtual machine that runs.", cpus: 6, want: 1},
		"Preference":    {reason: "Most preferences count sockets.", cpus: 3, preference: "fedora", want: 1},
		"Server":        {reason: "Windows for servers uses as many sockets as there are.", cpus: 6, preference: "windows.2k25.virtio", want: 1},
		"OneOfClient":   {reason: "One CPU is one socket.", cpus: 1, preference: "windows.10", want: 1},
		"TwoOfClient":   {reason: "The preference of Windows 11 requires two sockets.", cpus: 2, preference: "windows.11", want: 1},
		"EvenOfClient":  {reason: "Client editions use two sockets.", cpus: 8, preference: "windows.11.virtio", want: 4},
		"OddOfClient":   {reason: "On two sockets there is no odd number of CPUs.", cpus: 5, preference: "windows.10.virtio", want: 5},
		"EvenOfWindows": {reason: "Any edition may be meant.", cpus: 8, windows: true, want: 4},
		"OddOfWindows":  {reason: "On two sockets there is no odd number of CPUs.", cpus: 5, windows: true, preference: "windows.2k22", want: 5},
		"OldClient":     {reason: "Earlier client editions do so, too.", cpus: 4, preference: "windows.7", want: 2},
		"OddOldClient":  {reason: "Earlier client editions do so, too.", cpus: 3, preference: "windows.xp", want: 3},
		"Another":       {reason: "Only the named editions are limited.", cpus: 4, preference: "windows.12", want: 1},
		"AnotherPrefix": {reason: "Only KubeVirt's own preferences are known.", cpus: 4, preference: "my.windows.11", want: 1},
		"Dedicated":     {reason: "CPUs of the node's own are in one socket.", cpus: 4, dedicated: true, want: 4},
		"DedicatedPreference": {
			reason: "A preference that asks for a number of CPUs counts sockets.", cpus: 4, dedicated: true, preference: "rhel.9.realtime", want: 1,
		},
		"DedicatedClient": {reason: "Client editions use two sockets, whatever CPUs they have.", cpus: 4, dedicated: true, preference: "windows.11", want: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &v1alpha1.WukongSpec{Performance: &v1alpha1.Performance{DedicatedCPUPlacement: &c.dedicated}}
			if c.preference != "" {
				s.Preference = &v1alpha1.PreferenceReference{Name: c.preference}
			}
			if c.windows {
				s.Windows = &v1alpha1.Windows{}
			}
			if got := CoresPerSocket(c.cpus, s); got != c.want {
				t.Errorf("%s want %d, got %d", c.reason, c.want, got)
			}
		})
	}
}
