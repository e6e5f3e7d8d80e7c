// Package identity knows what a guest recognizes its computer by: the UUID of the firmware, the MAC addresses of the network interfaces
// and the serial numbers of the disks.
//
// They follow from the Wukong's name, its namespace and the platform's salt, until there is a virtual machine: from then on they stay
// what it has, whatever becomes of the platform's settings.
package identity

import (
	"net"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An Identity is what the guest of a Wukong recognizes its computer by.
type Identity struct {
	wukong *v1alpha1.Wukong
	salt   string

	// machine is the spec of the instances of the virtual machine; nil while there is none.
	machine *structpb.Struct
}

// Of returns the identity of a Wukong of which so much was observed. The salt is the platform's.
func Of(w *v1alpha1.Wukong, salt string, rs observed.Resources) Identity {
	return Identity{wukong: w, salt: salt, machine: fields.In(rs.Last(plan.KeyVM), "spec", "template", "spec")}
}

// UUID returns the UUID of the firmware. It is empty for a virtual machine without one, to which KubeVirt gives one that follows from
// its name.
func (i Identity) UUID() types.UID {
	if i.machine == nil {
		return firmwareUUID(i.wukong, i.salt)
	}
	return types.UID(fields.In(i.machine, "domain", "firmware").GetFields()["uuid"].GetStringValue())
}

// MACAddress returns the MAC address of the interface on a network, which the guest's network configuration refers to.
func (i Identity) MACAddress(network string) string {
	if mac, err := net.ParseMAC(i.device("interfaces", network).GetFields()["macAddress"].GetStringValue()); err == nil {
		return mac.String()
	}
	return macAddress(i.wukong, i.salt, network)
}

// Serial returns the serial number of a disk, by which the guest finds it in whatever order the disks are. It is empty for a disk that
// was attached without one.
func (i Identity) Serial(disk string) string {
	if d := i.device("disks", disk); d != nil {
		return d.GetFields()["serial"].GetStringValue()
	}
	return names.Serial(disk)
}

// PodNetwork reports whether the virtual machine is on the pod network; false for known while there is none, and where another network takes
// the place of the pod network, so that nobody has chosen.
func (i Identity) PodNetwork() (attached, known bool) {
	if i.machine == nil {
		return false, false
	}
	networks := i.machine.GetFields()["networks"].GetListValue().GetValues()
	for _, n := range networks {
		if n.GetStructValue().GetFields()["pod"] != nil {
			return true, true
		}
		if fields.In(n.GetStructValue(), "multus").GetFields()["default"].GetBoolValue() {
			return false, false
		}
	}
	// KubeVirt attaches the pod network where there is no other, unless it is told not to.
	auto, given := fields.In(i.machine, "domain", "devices").GetFields()["autoattachPodInterface"]
	return len(networks) == 0 && (!given || auto.GetBoolValue()), true
}

// device returns the device of the virtual machine with a name; nil where there is none.
func (i Identity) device(list, name string) *structpb.Struct {
	for _, v := range fields.In(i.machine, "domain", "devices").GetFields()[list].GetListValue().GetValues() {
		if d := v.GetStructValue(); d.GetFields()["name"].GetStringValue() == name {
			return d
		}
	}
	return nil
}
