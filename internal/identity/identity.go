// Package identity returns what a guest recognizes its computer by: the UUID of the firmware, the MAC addresses of the network interfaces
// and the serial numbers of the disks.
//
// For a new virtual machine they are derived from the Wukong's name, its namespace and the platform's salt. From then on they are those of
// the observed virtual machine, so that a change of the platform's settings does not change them.
package identity

import (
	"net"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An Identity is what the guest recognizes its computer by.
type Identity struct {
	wukong *v1alpha1.Wukong
	salt   string

	// template is the spec of the observed VirtualMachine's template. Nil where there is no VirtualMachine.
	template *structpb.Struct
}

// New returns the identity of a Wukong, given what is observed of it and the platform's salt.
func New(w *v1alpha1.Wukong, salt string, rs observed.Resources) Identity {
	return Identity{wukong: w, salt: salt, template: fields.In(rs.Last(plan.KeyVM), "spec", "template", "spec")}
}

// UUID returns the UUID of the firmware: the observed one, else that of the spec, else a derived one. Empty where the observed virtual machine has
// none: KubeVirt then derives one from its name, and a UUID that is added would be another.
func (i Identity) UUID() types.UID {
	if f := i.wukong.Spec.Firmware; i.template == nil && f != nil && f.UUID != "" {
		return types.UID(strings.ToLower(f.UUID))
	}
	if i.template == nil {
		return derivedUUID(i.wukong, i.salt)
	}
	return types.UID(fields.In(i.template, "domain", "firmware").GetFields()["uuid"].GetStringValue())
}

// MACAddress returns the MAC address of the interface on a network, in lower case. The guest's network configuration matches by it.
func (i Identity) MACAddress(network string) string {
	if mac, err := net.ParseMAC(i.device("interfaces", network).GetFields()["macAddress"].GetStringValue()); err == nil {
		return mac.String()
	}
	return derivedMAC(i.wukong, i.salt, network)
}

// Serial returns the serial number of a disk, by which the guest finds it in any order of the disks. Empty for a disk that the observed
// virtual machine has without one.
func (i Identity) Serial(disk string) string {
	if d := i.device("disks", disk); d != nil {
		return d.GetFields()["serial"].GetStringValue()
	}
	return names.Serial(disk)
}

// PodNetwork reports whether the observed virtual machine is attached to the pod network. Known is false where there is no virtual machine,
// and where a primary network replaces the pod network: neither shows what the user chose.
func (i Identity) PodNetwork() (attached, known bool) {
	if i.template == nil {
		return false, false
	}
	networks := i.template.GetFields()["networks"].GetListValue().GetValues()
	for _, n := range networks {
		if n.GetStructValue().GetFields()["pod"] != nil {
			return true, true
		}
		if fields.In(n.GetStructValue(), "multus").GetFields()["default"].GetBoolValue() {
			return false, false
		}
	}
	// KubeVirt attaches the pod network to a virtual machine without networks, unless autoattachPodInterface is false.
	auto, set := fields.In(i.template, "domain", "devices").GetFields()["autoattachPodInterface"]
	return len(networks) == 0 && (!set || auto.GetBoolValue()), true
}

// device returns the device with a name in a list of the observed virtual machine's devices. Nil where there is none.
func (i Identity) device(list, name string) *structpb.Struct {
	for _, v := range fields.In(i.template, "domain", "devices").GetFields()[list].GetListValue().GetValues() {
		if d := v.GetStructValue(); d.GetFields()["name"].GetStringValue() == name {
			return d
		}
	}
	return nil
}
