package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// A concern is one aspect of a virtual machine, such as its CPUs. It has all that the aspect adds to what Wukongs can say: a new field of the
// spec is a new concern, or a change of one. All parts but apply may be nil.
type concern struct {
	// apply writes the concern's part into the VirtualMachine, which has a template.
	apply func(vm *kubevirtv1.VirtualMachine, p params)

	// facts returns what a summary for people says. Empty where there is nothing to say. The VirtualMachine may be an observed one, in which
	// any field may be missing.
	facts func(vm *kubevirtv1.VirtualMachine) string

	// advice returns what the author of the spec may not expect. Each begins with the path of a field.
	advice func(p params) []string

	// rejected returns the changes that an existing virtual machine cannot make, and that are left out. Each begins with the path of a field.
	rejected func(p params) []string

	// parts are the parts of the VirtualMachine's spec that the concern writes, and what KubeVirt makes of a change of each.
	parts []part

	// changes maps the fields that the concern reads to the effect of a change. Paths are relative to the spec, such as
	// highAvailability.nodeSelector; [] follows the name of a list.
	changes map[string]plan.Effect
}

// params are what concerns build a VirtualMachine from. Advice and rejections have no devices and no templates.
type params struct {
	wukong   *v1alpha1.Wukong
	identity identity.Identity
	devices  Devices
	observed observed.Resources

	templates template.Choice
}

// concerns are the aspects of a virtual machine, in the order of their facts and advice, and of the volumes in the guest.
var concerns = []concern{
	metadata,
	instancetype,
	cpu,
	memory,
	cpuArchitecture,
	running,
	firmware,
	tpm,
	disks,
	diskTuning,
	seed,
	windows,
	interfaces,
	gpus,
	hostDevices,
	resources,
	rng,
	placement,
	credentials,
	probes,
	shutdown,
	templates,
}

// unread are the fields of the spec that no concern reads.
var unread = map[string]plan.Effect{
	"restoreFromSnapshot": plan.EffectNone,
	"snapshots.keep":      plan.EffectLive,
}
