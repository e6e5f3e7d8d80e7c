package rollout

import (
	"encoding/json"
	"testing"

	"go.uber.org/mock/gomock"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	k8sfake "k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"kubevirt.io/client-go/kubecli"
	kubevirtfake "kubevirt.io/client-go/kubevirt/fake"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"kubevirt.io/kubevirt/pkg/controller"
	"kubevirt.io/kubevirt/pkg/defaults"
	"kubevirt.io/kubevirt/pkg/testutils"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
	"kubevirt.io/kubevirt/pkg/virt-controller/watch/vm"
)

const (
	namespace = "team-a"
	name      = "web-01"
	uid       = "3f9c1f5e"
)

// templateChanged is KubeVirt's message where the template requires a restart.
const templateChanged = "a non-live-updatable field was changed in the template spec"

// A cluster has KubeVirt's controller of virtual machines and its controller of networks, whole and as virt-controller runs them: only so do the
// decisions meet the order in which it takes them. Clients and caches are fakes, as in KubeVirt's own tests, and each test fills them. Its
// webhooks' defaults are applied by its own code, too.
type cluster struct {
	config     *virtconfig.ClusterConfig
	controller *vm.Controller
	client     *kubevirtfake.Clientset
	vms, vmis  cache.Indexer
	key        string
}

// newCluster returns a cluster with a virtual machine, its instance, and the virtual machine as it was when that started.
func newCluster(t *testing.T, config *virtconfig.ClusterConfig, started, current *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance) *cluster {
	t.Helper()
	c := &cluster{config: config, client: kubevirtfake.NewSimpleClientset(current, vmi), key: namespace + "/" + name}
	kubernetes := k8sfake.NewSimpleClientset()
	client := kubecli.NewMockKubevirtClient(gomock.NewController(t))
	client.EXPECT().VirtualMachine(namespace).Return(c.client.KubevirtV1().VirtualMachines(namespace)).AnyTimes()
	client.EXPECT().VirtualMachineInstance(namespace).Return(c.client.KubevirtV1().VirtualMachineInstances(namespace)).AnyTimes()
	client.EXPECT().GeneratedKubeVirtClient().Return(c.client).AnyTimes()
	client.EXPECT().AppsV1().Return(kubernetes.AppsV1()).AnyTimes()
	client.EXPECT().CoreV1().Return(kubernetes.CoreV1()).AnyTimes()

	vmInformer, _ := testutils.NewFakeInformerWithIndexersFor(&kubevirtv1.VirtualMachine{}, controller.GetVirtualMachineInformerIndexers())
	vmiInformer, _ := testutils.NewFakeInformerWithIndexersFor(&kubevirtv1.VirtualMachineInstance{}, controller.GetVMIInformerIndexers())
	dataVolumes, _ := testutils.NewFakeInformerFor(&cdiv1.DataVolume{})
	dataSources, _ := testutils.NewFakeInformerFor(&cdiv1.DataSource{})
	kubevirts, _ := testutils.NewFakeInformerFor(&kubevirtv1.KubeVirt{})
	namespaces, _ := testutils.NewFakeInformerFor(&corev1.Namespace{})
	claims, _ := testutils.NewFakeInformerFor(&corev1.PersistentVolumeClaim{})
	revisions, _ := testutils.NewFakeInformerWithIndexersFor(&appsv1.ControllerRevision{}, cache.Indexers{
		"vm": func(any) ([]string, error) { return []string{uid}, nil },
	})
	c.vms, c.vmis = vmInformer.GetIndexer(), vmiInformer.GetIndexer()
	add(t, c.vms, current)
	add(t, c.vmis, vmi)
	add(t, namespaces.GetIndexer(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	add(t, revisions.GetIndexer(), revision(t, started))

	var err error
	c.controller, err = vm.NewController(vmiInformer, vmInformer, dataVolumes, dataSources, kubevirts, namespaces, claims, revisions,
		record.NewFakeRecorder(1000), client, config, newNetworks(c.client, config), nil, instancetypes{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// add adds an object to a cache.
func add(t *testing.T, indexer cache.Indexer, o any) {
	t.Helper()
	if err := indexer.Add(o); err != nil {
		t.Fatal(err)
	}
}

// revision returns what KubeVirt keeps of a virtual machine when it starts an instance.
func revision(t *testing.T, started *kubevirtv1.VirtualMachine) *appsv1.ControllerRevision {
	t.Helper()
	raw, err := json.Marshal(vm.VirtualMachineRevisionData{Spec: started.Spec})
	if err != nil {
		t.Fatal(err)
	}
	r := &appsv1.ControllerRevision{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "revision-start-vm-" + uid + "-1"}, Revision: 1}
	r.Data.Raw = raw
	return r
}

// reconcile lets the controller take the virtual machine twice, as a decision of the first time may be taken back by the second one, and returns
// what it made of both objects.
func (c *cluster) reconcile(t *testing.T) (*kubevirtv1.VirtualMachine, *kubevirtv1.VirtualMachineInstance) {
	t.Helper()
	var vm *kubevirtv1.VirtualMachine
	var vmi *kubevirtv1.VirtualMachineInstance
	for range 2 {
		c.controller.Queue.Add(c.key)
		c.controller.Execute()
		var err error
		if vm, err = c.client.KubevirtV1().VirtualMachines(namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
		if vmi, err = c.client.KubevirtV1().VirtualMachineInstances(namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
		add(t, c.vms, vm)
		add(t, c.vmis, vmi)
	}
	return vm, vmi
}

// complete returns a virtual machine as KubeVirt's webhook completes it and its controller keeps it.
func complete(config *virtconfig.ClusterConfig, rendered *kubevirtv1.VirtualMachine, generation int64) *kubevirtv1.VirtualMachine {
	vm := rendered.DeepCopy()
	vm.Namespace, vm.Name, vm.UID, vm.Generation = namespace, name, uid, generation
	controller.SetLatestApiVersionAnnotation(vm)
	vm.Finalizers = []string{kubevirtv1.VirtualMachineControllerFinalizer}
	// Halted would stop the instance, whose changes are the subject.
	if *vm.Spec.RunStrategy == kubevirtv1.RunStrategyHalted {
		*vm.Spec.RunStrategy = kubevirtv1.RunStrategyAlways
	}
	defaults.SetVirtualMachineDefaults(vm, config, nil)
	return vm
}

// start returns the instance that KubeVirt starts for a virtual machine, once it runs.
func start(t *testing.T, config *virtconfig.ClusterConfig, started *kubevirtv1.VirtualMachine) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	applied := started.DeepCopy()
	apply(applied)
	vmi := vm.SetupVMIFromVM(applied)
	vmi.UID = "7a51c3d0"
	vmi.Annotations = map[string]string{kubevirtv1.VirtualMachineGenerationAnnotation: "1"}
	vmi.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(started, kubevirtv1.VirtualMachineGroupVersionKind)}
	controller.SetLatestApiVersionAnnotation(vmi)
	if err := defaults.SetDefaultVirtualMachineInstance(config, vmi); err != nil {
		t.Fatal(err)
	}
	vmi.Status.Phase = kubevirtv1.Running
	migratable := corev1.ConditionTrue
	if d := vmi.Spec.Domain.Devices; len(d.GPUs)+len(d.HostDevices) > 0 {
		// virt-handler says so.
		migratable = corev1.ConditionFalse
	}
	setMigratable(vmi, migratable)
	return vmi
}

// setMigratable sets the condition that virt-handler sets.
func setMigratable(vmi *kubevirtv1.VirtualMachineInstance, status corev1.ConditionStatus) {
	vmi.Status.Conditions = []kubevirtv1.VirtualMachineInstanceCondition{{Type: kubevirtv1.VirtualMachineInstanceIsMigratable, Status: status}}
}

// Instancetypes stand in for KubeVirt's controller of instance types and preferences, which reads them from the cluster: every instance type has two
// CPUs and 2Gi, and every preference a bus for disks.
type instancetypes struct{}

func (instancetypes) Sync(vm *kubevirtv1.VirtualMachine, _ *kubevirtv1.VirtualMachineInstance) (*kubevirtv1.VirtualMachine, error) {
	return vm, nil
}

func (instancetypes) ApplyToVM(vm *kubevirtv1.VirtualMachine) error {
	apply(vm)
	return nil
}

func (instancetypes) ApplyToVMI(*kubevirtv1.VirtualMachine, *kubevirtv1.VirtualMachineInstance) error {
	return nil
}

func (instancetypes) ApplyAutoAttachPreferences(*kubevirtv1.VirtualMachine, *kubevirtv1.VirtualMachineInstance) error {
	return nil
}
