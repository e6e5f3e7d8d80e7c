package network

import (
	"net"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
)

// macAddress is the address of a Wukong's interface on a network: locally administered, of one interface (IEEE 802), and the
// same at every render, so that guests keep their DHCP leases and find their interfaces again.
func macAddress(w *v1alpha1.Wukong, network string) string {
	d := names.Digest(w.GetNamespace(), w.GetName(), "mac", network)
	mac := net.HardwareAddr(d[:6])
	mac[0] = mac[0]&^0x01 | 0x02
	return mac.String()
}
