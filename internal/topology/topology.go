// Package topology says how CPUs are spread over sockets.
package topology

import (
	"regexp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// ClientSockets is the number of sockets that a client edition of Windows uses at most.
const ClientSockets = 2

// clientEditions matches KubeVirt's preferences for client editions of Windows. That of Windows 11 requires two sockets.
var clientEditions = regexp.MustCompile(`^windows\.(xp|7|10|11)(\.|$)`)

// UsesTwoSockets reports whether the guest of a preference uses at most ClientSockets. Nil stands for no preference.
func UsesTwoSockets(p *v1alpha1.PreferenceReference) bool {
	return p != nil && clientEditions.MatchString(string(p.Name))
}

// CoresPerSocket returns the number of CPUs in each socket of a virtual machine that does not say, given how many it has. It divides that number. CPUs of
// Windows are on ClientSockets, whatever its edition, which the Wukong need not tell. CPUs of the node's own are in one socket, but with a preference, which
// most likely counts sockets.
func CoresPerSocket(cpus int32, s *v1alpha1.WukongSpec) int32 {
	onTwo := s.Windows != nil || UsesTwoSockets(s.Preference)
	switch {
	case onTwo && cpus%ClientSockets == 0:
		return cpus / ClientSockets
	case onTwo, s.IsDedicated() && s.Preference == nil:
		return cpus
	default:
		return 1
	}
}
