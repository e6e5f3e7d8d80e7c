package identity

import (
	"net"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// macAddress returns the address of a Wukong's interface on a network that no virtual machine has yet: locally administered, of one
// interface (IEEE 802), and the same at every render. An empty salt adds nothing.
func macAddress(w *v1alpha1.Wukong, salt, network string) string {
	d := names.Digest(salted(salt, w.GetNamespace(), w.GetName(), "mac", network)...)
	mac := net.HardwareAddr(d[:6])
	mac[0] = mac[0]&^0x01 | 0x02
	return mac.String()
}

// salted returns the parts with the salt as the last one, which alone may hold any character; without a salt, the parts.
func salted(salt string, parts ...string) []string {
	if salt == "" {
		return parts
	}
	return append(parts, salt)
}
