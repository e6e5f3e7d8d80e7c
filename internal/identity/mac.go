package identity

import (
	"net"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// derivedMAC returns the MAC address of a new interface on a network. It is a locally administered unicast address (IEEE 802), and the same
// at every render.
func derivedMAC(w *v1alpha1.Wukong, salt, network string) string {
	d := names.Digest(salted(salt, w.GetNamespace(), w.GetName(), "mac", network)...)
	mac := net.HardwareAddr(d[:6])
	mac[0] = mac[0]&^0x01 | 0x02 // Clear the multicast bit, set the locally administered one.
	return mac.String()
}

// salted returns the parts with the salt as the last one. It must be the last: it alone may hold the separator of the parts. An empty salt
// adds no part, so that setting none changes no identity.
func salted(salt string, parts ...string) []string {
	if salt == "" {
		return parts
	}
	return append(parts, salt)
}
