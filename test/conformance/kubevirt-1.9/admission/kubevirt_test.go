package admission

import (
	"encoding/json"
	"testing"

	"go.uber.org/mock/gomock"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"kubevirt.io/api/instancetype/v1beta1"
	"kubevirt.io/client-go/kubecli"

	"kubevirt.io/kubevirt/pkg/defaults"
	instancetype "kubevirt.io/kubevirt/pkg/instancetype/webhooks/vm"
	netadmitter "kubevirt.io/kubevirt/pkg/network/admitter"
	"kubevirt.io/kubevirt/pkg/testutils"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks/validating-webhook/admitters"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"

	k8sfield "k8s.io/apimachinery/pkg/util/validation/field"
)

// vmAdmitter returns KubeVirt's admission of virtual machines, in a cluster in which every instance type has one core and 1Gi of memory.
func vmAdmitter(t *testing.T, config *virtconfig.ClusterConfig) *admitters.VMsAdmitter {
	t.Helper()
	instancetypes := instancetype.NewAdmitterStub()
	instancetypes.ApplyToVMFunc = func(vm *kubevirtv1.VirtualMachine) (
		*v1beta1.VirtualMachineInstancetypeSpec, *v1beta1.VirtualMachinePreferenceSpec, []metav1.StatusCause,
	) {
		if vm.Spec.Instancetype != nil {
			memory := resource.MustParse("1Gi")
			vm.Spec.Template.Spec.Domain.CPU = &kubevirtv1.CPU{Cores: 1}
			vm.Spec.Template.Spec.Domain.Memory = &kubevirtv1.Memory{Guest: &memory}
		}
		return nil, nil, nil
	}
	return &admitters.VMsAdmitter{
		VirtClient:              kubecli.NewMockKubevirtClient(gomock.NewController(t)),
		DataSourceInformer:      informer(),
		NamespaceInformer:       informer(),
		InstancetypeAdmitter:    instancetypes,
		ClusterConfig:           config,
		KubeVirtServiceAccounts: webhooks.KubeVirtServiceAccounts("kubevirt"),
	}
}

// vmiAdmitter returns KubeVirt's admission of instances that are created.
func vmiAdmitter(config *virtconfig.ClusterConfig) *admitters.VMICreateAdmitter {
	return &admitters.VMICreateAdmitter{
		ClusterConfig:           config,
		KubeVirtServiceAccounts: webhooks.KubeVirtServiceAccounts("kubevirt"),
		SpecValidators: []admitters.SpecValidator{
			func(field *k8sfield.Path, spec *kubevirtv1.VirtualMachineInstanceSpec, config *virtconfig.ClusterConfig) []metav1.StatusCause {
				return netadmitter.Validate(field, spec, config)
			},
		},
	}
}

// review returns a request to admit an object: an update of an old object or, if that is nil, a creation.
func review(resource metav1.GroupVersionResource, object, oldObject []byte) *admissionv1.AdmissionReview {
	r := &admissionv1.AdmissionRequest{
		Resource: resource, Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: object},
	}
	if oldObject != nil {
		r.Operation, r.OldObject = admissionv1.Update, runtime.RawExtension{Raw: oldObject}
	}
	return &admissionv1.AdmissionReview{Request: r}
}

// defaultConfig returns the default configuration of KubeVirt.
func defaultConfig() *virtconfig.ClusterConfig {
	config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(&kubevirtv1.KubeVirtConfiguration{})
	return config
}

// templateGates are the feature gates that the Wukongs and their templates take.
var templateGates = []string{"HostDevices", "PersistentReservation", "RebootPolicy", "VSOCK", "DownwardMetrics", "PanicDevices", "VideoConfig", "WorkloadEncryptionSEV", "WorkloadEncryptionTDX"}

// templateConfig returns the default configuration with the feature gates that the Wukongs and their templates take, and that of empty CD-ROM drives.
func templateConfig() *virtconfig.ClusterConfig {
	config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(&kubevirtv1.KubeVirtConfiguration{DeveloperConfiguration: &kubevirtv1.DeveloperConfiguration{
		FeatureGates: append([]string{"DeclarativeHotplugVolumes"}, templateGates...),
	}})
	return config
}

// TestVirtualMachines shows that KubeVirt admits every virtual machine, and every change of one to another.
func TestVirtualMachines(t *testing.T) {
	admitter := vmAdmitter(t, templateConfig())
	for i, w := range wukongs {
		check(t, i, "vm", admitter.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, w.Manifests["vm"], nil)))
		old := wukongs[(i+1)%len(wukongs)].Manifests["vm"]
		check(t, i, "vm", admitter.Admit(t.Context(), review(webhooks.VirtualMachineGroupVersionResource, w.Manifests["vm"], old)))
	}
}

// TestInstances shows that KubeVirt admits the instance that each virtual machine starts.
func TestInstances(t *testing.T) {
	config := templateConfig()
	admitter := vmiAdmitter(config)
	vms := vmAdmitter(t, config)
	for i, w := range wukongs {
		vm := &kubevirtv1.VirtualMachine{}
		if err := json.Unmarshal(w.Manifests["vm"], vm); err != nil {
			t.Fatal(err)
		}
		vms.InstancetypeAdmitter.ApplyToVM(vm)
		vmi := &kubevirtv1.VirtualMachineInstance{
			TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: "VirtualMachineInstance"},
			ObjectMeta: metav1.ObjectMeta{Name: vm.Name, Namespace: vm.Namespace, Labels: vm.Spec.Template.ObjectMeta.Labels},
			Spec:       vm.Spec.Template.Spec,
		}
		if err := defaults.SetDefaultVirtualMachineInstance(config, vmi); err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(vmi)
		if err != nil {
			t.Fatal(err)
		}
		check(t, i, "vm", admitter.Admit(t.Context(), review(webhooks.VirtualMachineInstanceGroupVersionResource, raw, nil)))
	}
}
