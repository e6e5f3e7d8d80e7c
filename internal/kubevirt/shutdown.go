package kubevirt

import (
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// shutdownSeconds is how long a guest may take to shut down before KubeVirt kills it. KubeVirt's own default is 30 seconds.
const shutdownSeconds = 180

// shutdown is how long a guest may take to shut down. The user cannot choose it, but a preference may.
var shutdown = concern{
	apply: applyShutdown,
	parts: []part{{path: pathGracePeriod}},
}

func applyShutdown(vm *kubevirtv1.VirtualMachine, p params) {
	if p.wukong.Spec.Preference == nil {
		vm.Spec.Template.Spec.TerminationGracePeriodSeconds = ptr.To[int64](shutdownSeconds)
	}
}
