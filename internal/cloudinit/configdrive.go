package cloudinit

import (
	"encoding/json"
	"net"
	"net/netip"

	"github.com/novasphere/function-wukong/internal/network"
)

// A networkDocument is network_data.json of a configuration drive (https://docs.openstack.org/nova/latest/user/metadata.html).
//
// cloudbase-init reads it of a configuration drive, which is among the services that it looks for by default (metadata_services in
// cloudbaseinit/conf/default.py). The NoCloud service is not, and fails on the SSH keys that KubeVirt writes there: it takes each key for an object
// (get_public_keys in cloudbaseinit/metadata/services/nocloudservice.py), where KubeVirt has a string (NoCloudMetadata in pkg/cloud-init/cloud-init.go).
type networkDocument struct {
	Links    []documentLink    `json:"links"`
	Networks []documentNetwork `json:"networks"`
	Services []documentService `json:"services"`
}

// A documentLink is a network interface. cloudbase-init finds it by its MAC address, and names it as its ID says.
type documentLink struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	MACAddress string `json:"ethernet_mac_address"`
	MTU        *int32 `json:"mtu,omitempty"`
}

// A documentNetwork is an address of an interface. cloudbase-init leaves out all routes but the default one (_process_networks in
// cloudbaseinit/plugins/common/networkconfig.py), and name servers of an interface that has its address by DHCP.
type documentNetwork struct {
	ID        string            `json:"id"`
	Link      string            `json:"link"`
	Type      string            `json:"type"`
	IPAddress string            `json:"ip_address,omitempty"`
	Netmask   string            `json:"netmask,omitempty"`
	Routes    []documentRoute   `json:"routes,omitempty"`
	Services  []documentService `json:"services,omitempty"`
}

type documentRoute struct {
	Network string `json:"network"`
	Netmask string `json:"netmask"`
	Gateway string `json:"gateway"`
}

type documentService struct {
	Type    string `json:"type"`
	Address string `json:"address"`
}

// configDriveNetworkData returns the network data of all interfaces for a configuration drive.
func configDriveNetworkData(nics []network.NIC) ([]byte, error) {
	d := networkDocument{Services: []documentService{}}
	for _, nic := range nics {
		d.Links = append(d.Links, documentLink{ID: nic.Interface, Type: "phy", MACAddress: nic.MAC, MTU: nic.MTU})
		if nic.DHCP {
			d.Networks = append(d.Networks, documentNetwork{ID: nic.Interface + "-dhcp", Link: nic.Interface, Type: "ipv4_dhcp"})
		}
		for _, a := range nic.Addresses {
			d.Networks = append(d.Networks, documentAddress(nic, a))
		}
	}
	return json.Marshal(d)
}

// documentAddress returns an address of an interface, with the routes of its family.
func documentAddress(nic network.NIC, a netip.Prefix) documentNetwork {
	family := "ipv6"
	if a.Addr().Is4() {
		family = "ipv4"
	}
	out := documentNetwork{ID: nic.Interface + "-" + family, Link: nic.Interface, Type: family, IPAddress: a.Addr().String(), Netmask: netmask(a)}
	for _, r := range nic.Routes {
		if r.Via.Is4() == a.Addr().Is4() {
			out.Routes = append(out.Routes, documentRoute{Network: r.To.Addr().String(), Netmask: netmask(r.To), Gateway: r.Via.String()})
		}
	}
	for _, s := range nic.DNSServers {
		out.Services = append(out.Services, documentService{Type: "dns", Address: s.String()})
	}
	return out
}

// netmask returns the mask of a prefix as an address.
func netmask(p netip.Prefix) string {
	return net.IP(net.CIDRMask(p.Bits(), p.Addr().BitLen())).String()
}
