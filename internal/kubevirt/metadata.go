package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	// annotationHardware is the annotation of a VirtualMachine with the generation of this package's defaults. A later release with other
	// defaults renders the observed generation, so that an upgrade of the function alone changes no hardware.
	annotationHardware = v1alpha1.Group + "/hardware"

	// hardwareGeneration is the generation of the defaults in this package.
	hardwareGeneration = "1"

	// annotationNetworks is the annotation of an instance with the versions of its networks at its start.
	annotationNetworks = v1alpha1.Group + "/networks"
)

// metadata are the labels and annotations of the VirtualMachine and of its instances.
//
// KubeVirt copies those of the template to an instance when it starts. It does not require a restart for them: it compares the spec of the
// template alone (syncRestartRequired in pkg/virt-controller/watch/vm/vm.go).
var metadata = concern{apply: applyMetadata}

func applyMetadata(vm *kubevirtv1.VirtualMachine, p params) {
	vm.Annotations = map[string]string{annotationHardware: hardwareGeneration}
	if uid := p.wukong.GetUID(); uid != "" {
		vm.Annotations[names.AnnotationComposite] = string(uid)
	}
	instance := &vm.Spec.Template.ObjectMeta
	instance.Labels = names.Labels(p.wukong)
	if versions := network.Versions(p.devices.NICs); versions != "" {
		instance.Annotations = map[string]string{annotationNetworks: versions}
	}
}

// LabelPod adds labels to the pods of a VirtualMachine, from the next start on. It does nothing to an object of another kind.
func LabelPod(o plan.Object, labels map[string]string) {
	if vm, ok := o.(*kubevirtv1.VirtualMachine); ok {
		instance := &vm.Spec.Template.ObjectMeta
		instance.Labels = plan.WithLabels(instance.Labels, labels)
	}
}
