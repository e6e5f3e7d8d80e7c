package kubevirt

import (
	"cmp"
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// guestAgentOf returns whether the guest agent of an instance is connected. Empty while the guest does not run. virt-handler sets the condition while
// the agent's channel is open, and removes it otherwise (updateGuestAgentConditions in pkg/virt-handler/vm.go).
func guestAgentOf(vmi *kubevirtv1.VirtualMachineInstanceStatus) v1alpha1.GuestAgent {
	switch {
	case vmi.Phase != kubevirtv1.Running:
		return ""
	case hasCondition(vmi, kubevirtv1.VirtualMachineInstanceAgentConnected):
		return v1alpha1.GuestAgentConnected
	default:
		return v1alpha1.GuestAgentNotConnected
	}
}

// guestOSOf returns what the guest's agent calls the operating system. Empty where it tells none. The guest's administrator chooses the text, whose
// length is bounded.
func guestOSOf(vmi *kubevirtv1.VirtualMachineInstanceStatus) string {
	os := vmi.GuestOSInfo
	return v1alpha1.Shown(cmp.Or(os.PrettyName, strings.TrimSpace(os.Name+" "+cmp.Or(os.Version, os.VersionID))))
}
