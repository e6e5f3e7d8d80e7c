package player

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	kubevirtv1 "kubevirt.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

// instances plays KubeVirt's virt-handlers on the nodes and the guests in the virtual machines.
type instances struct {
	client client.Client

	// handlers are clients with the service account of virt-handler, by node. KubeVirt lets only its own accounts change the status of an instance,
	// and from 1.9 virt-handler only on its own node.
	handlers map[string]client.Client
}

// handlerOn returns the access of virt-handler on a node, for somebody who may impersonate it. A token of a pod carries the name of its node:
// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#additional-metadata-in-pod-bound-tokens.
func handlerOn(node string, admin *rest.Config) *rest.Config {
	out := rest.CopyConfig(admin)
	out.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:kubevirt:kubevirt-handler",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:kubevirt", "system:authenticated"},
		Extra:    map[string][]string{"authentication.kubernetes.io/node-name": {node}},
	}
	return out
}

// setup adds the controller to a manager.
func (i *instances) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&kubevirtv1.VirtualMachineInstance{}).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(instanceOfPod)).
		Complete(i)
}

// instanceOfPod returns the instance of a virt-launcher pod.
func instanceOfPod(_ context.Context, o client.Object) []ctrl.Request {
	pod, ok := o.(*corev1.Pod)
	if !ok || !isVirtLauncher(pod) {
		return nil
	}
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return nil
	}
	return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: pod.Namespace, Name: owner.Name}}}
}

// Reconcile boots or ends an instance, as the virt-handler of its node would.
func (i *instances) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	vmi := &kubevirtv1.VirtualMachineInstance{}
	if err := i.client.Get(ctx, r.NamespacedName, vmi); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	switch vmi.Status.Phase {
	case kubevirtv1.Scheduled, kubevirtv1.Running:
	default:
		// virt-controller reconciles instances in other phases.
		return ctrl.Result{}, nil
	}
	pod, err := i.launcherPod(ctx, vmi)
	if err != nil {
		return ctrl.Result{}, err
	}

	_, crashed := vmi.Annotations[Crash]
	_, off := vmi.Annotations[PowerOff]
	switch {
	case crashed:
		return ctrl.Result{}, i.terminate(ctx, vmi, pod, true)
	case off || vmi.DeletionTimestamp != nil || pod == nil || pod.DeletionTimestamp != nil:
		return ctrl.Result{}, i.terminate(ctx, vmi, pod, false)
	case pod.Status.PodIP == "":
		// virt-controller has seen the pod run before this cache has. The instance is reconciled again when the pod changes here.
		return ctrl.Result{}, nil
	case vmi.Status.Phase == kubevirtv1.Scheduled:
		return ctrl.Result{}, i.boot(ctx, vmi, pod)
	}
	return ctrl.Result{}, i.plug(ctx, vmi, pod)
}

// launcherPod returns the pod that runs an instance; nil if there is none.
func (i *instances) launcherPod(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance) (*corev1.Pod, error) {
	all := &corev1.PodList{}
	if err := i.client.List(ctx, all, client.InNamespace(vmi.Namespace), client.MatchingLabels{kubevirtv1.CreatedByLabel: string(vmi.UID)}); err != nil {
		return nil, err
	}
	for n := range all.Items {
		if !isFinished(&all.Items[n]) {
			return &all.Items[n], nil
		}
	}
	return nil, nil //nolint:nilnil // It is no error if there is none.
}

// boot reports an instance as running, with a connected guest agent and addresses.
func (i *instances) boot(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance, pod *corev1.Pod) error {
	addresses, err := i.staticAddresses(ctx, vmi)
	if err != nil {
		return err
	}
	return i.updateStatus(ctx, vmi, func(s *kubevirtv1.VirtualMachineInstanceStatus) {
		setPhase(s, kubevirtv1.Running)
		// Nodes without SELinux. virt-controller makes no pod that attaches volumes before it knows.
		s.SelinuxContext = "none"
		s.GuestOSInfo = kubevirtv1.VirtualMachineInstanceGuestOSInfo{ID: "debian", Name: "Debian GNU/Linux", VersionID: "12"}
		s.Interfaces = interfaces(vmi, pod, addresses)
		s.Conditions = append(s.Conditions, condition(kubevirtv1.VirtualMachineInstanceAgentConnected, corev1.ConditionTrue), migratable(vmi))
	})
}

// plug plugs the interfaces into a guest that its pod has got, and takes those from it that are absent.
func (i *instances) plug(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance, pod *corev1.Pod) error {
	addresses, err := i.staticAddresses(ctx, vmi)
	if err != nil {
		return err
	}
	next := plugged(vmi, interfaces(vmi, pod, addresses))
	if equality.Semantic.DeepEqual(next, vmi.Status.Interfaces) {
		return nil
	}
	return i.updateStatus(ctx, vmi, func(s *kubevirtv1.VirtualMachineInstanceStatus) { s.Interfaces = next })
}

// Sources of what is known of an interface, as KubeVirt calls them: the guest's domain, its agent, and the pod.
const (
	sourceDomain = "domain"
	sourceAgent  = "guest-agent"
	sourceMultus = "multus-status"
)

// An iface is what an instance reports of an interface.
type iface = kubevirtv1.VirtualMachineInstanceNetworkInterface

// plugged returns the interfaces that an instance reports of which virt-controller has reported what the pod has: those in the guest and in the pod, given
// what it reports of interfaces in the guest. An absent one is in the guest no more, and is reported while the pod has it.
func plugged(vmi *kubevirtv1.VirtualMachineInstance, inGuest []iface) []iface {
	var out []iface
	for _, s := range vmi.Status.Interfaces {
		spec := slices.IndexFunc(vmi.Spec.Domain.Devices.Interfaces, func(d kubevirtv1.Interface) bool { return d.Name == s.Name })
		sources := strings.Split(s.InfoSource, ", ")
		switch {
		case spec < 0:
		case vmi.Spec.Domain.Devices.Interfaces[spec].State == kubevirtv1.InterfaceStateAbsent:
			sources = slices.DeleteFunc(sources, func(source string) bool { return source == sourceDomain || source == sourceAgent || source == "" })
			if len(sources) == 0 {
				continue
			}
			s.InfoSource = strings.Join(sources, ", ")
		case slices.Contains(sources, sourceMultus) && !slices.Contains(sources, sourceDomain):
			s = inGuest[slices.IndexFunc(inGuest, func(g iface) bool { return g.Name == s.Name })]
		}
		out = append(out, s)
	}
	return out
}

// condition returns a condition of an instance that begins now.
func condition(kind kubevirtv1.VirtualMachineInstanceConditionType, status corev1.ConditionStatus) kubevirtv1.VirtualMachineInstanceCondition {
	return kubevirtv1.VirtualMachineInstanceCondition{Type: kind, Status: status, LastProbeTime: metav1.Now(), LastTransitionTime: metav1.Now()}
}

// migratable returns whether an instance can migrate, which no device of the node can. Volumes are not looked at.
func migratable(vmi *kubevirtv1.VirtualMachineInstance) kubevirtv1.VirtualMachineInstanceCondition {
	if d := vmi.Spec.Domain.Devices; len(d.GPUs)+len(d.HostDevices) > 0 {
		c := condition(kubevirtv1.VirtualMachineInstanceIsMigratable, corev1.ConditionFalse)
		c.Reason = kubevirtv1.VirtualMachineInstanceReasonHostDeviceNotMigratable
		return c
	}
	return condition(kubevirtv1.VirtualMachineInstanceIsMigratable, corev1.ConditionTrue)
}

// terminate reports an instance and its launcher pod as ended: in phase Succeeded if the guest is off, and Failed if its emulator crashed.
func (i *instances) terminate(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance, pod *corev1.Pod, crashed bool) error {
	phase, podPhase, exitCode, message := kubevirtv1.Succeeded, corev1.PodSucceeded, int32(0), ""
	if crashed {
		phase, podPhase, exitCode, message = kubevirtv1.Failed, corev1.PodFailed, int32(1), "the emulator crashed"
	}
	err := i.updateStatus(ctx, vmi, func(s *kubevirtv1.VirtualMachineInstanceStatus) { setPhase(s, phase) })
	if err != nil || pod == nil {
		return err
	}
	before := pod.DeepCopy()
	complete(pod, podPhase, exitCode, message)
	return client.IgnoreNotFound(i.client.Status().Patch(ctx, pod, client.MergeFrom(before)))
}

// setPhase sets the phase of an instance and the time of the transition.
func setPhase(s *kubevirtv1.VirtualMachineInstanceStatus, phase kubevirtv1.VirtualMachineInstancePhase) {
	s.Phase = phase
	s.PhaseTransitionTimestamps = append(s.PhaseTransitionTimestamps, kubevirtv1.VirtualMachineInstancePhaseTransitionTimestamp{
		Phase: phase, PhaseTransitionTimestamp: metav1.Now(),
	})
}

// updateStatus changes the status of an instance. The kind has no status subresource. It updates the whole object: a merge patch would remove
// null timestamps, and virt-controller compares conditions including these.
func (i *instances) updateStatus(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance, change func(*kubevirtv1.VirtualMachineInstanceStatus)) error {
	change(&vmi.Status)
	return client.IgnoreNotFound(i.handlers[vmi.Status.NodeName].Update(ctx, vmi))
}

// interfaces returns the interfaces of a guest. The one on the pod network has the pod's address. The others have their static addresses
// or one derived from their name, as if DHCP had assigned it.
func interfaces(vmi *kubevirtv1.VirtualMachineInstance, pod *corev1.Pod, static map[string][]netip.Prefix) []kubevirtv1.VirtualMachineInstanceNetworkInterface {
	// Fields that virt-controller copied from the status of Multus stay.
	attached := map[string]kubevirtv1.VirtualMachineInstanceNetworkInterface{}
	for _, itf := range vmi.Status.Interfaces {
		attached[itf.Name] = itf
	}
	onPodNetwork := map[string]bool{}
	for _, n := range vmi.Spec.Networks {
		onPodNetwork[n.Name] = n.Pod != nil
	}
	var out []kubevirtv1.VirtualMachineInstanceNetworkInterface
	for n, spec := range vmi.Spec.Domain.Devices.Interfaces {
		seed := sha256.Sum256([]byte(vmi.Namespace + "/" + vmi.Name + "/" + spec.Name))
		itf := attached[spec.Name]
		itf.Name, itf.MAC, itf.InterfaceName = spec.Name, spec.MacAddress, fmt.Sprintf("eth%d", n)
		itf.InfoSource = strings.TrimSuffix(sourceDomain+", "+sourceAgent+", "+itf.InfoSource, ", ")
		if itf.MAC == "" {
			itf.MAC = fmt.Sprintf("02:00:00:%02x:%02x:%02x", seed[0], seed[1], seed[2])
		}
		switch addresses := static[itf.MAC]; {
		case onPodNetwork[spec.Name]:
			itf.IPs = []string{pod.Status.PodIP}
		case len(addresses) > 0:
			for _, a := range addresses {
				itf.IPs = append(itf.IPs, a.Addr().String())
			}
		default:
			itf.IPs = []string{netip.AddrFrom4([4]byte{10, 250, seed[3], max(seed[4], 1)}).String()}
		}
		itf.IP = itf.IPs[0]
		out = append(out, itf)
	}
	return out
}

// staticAddresses returns the static addresses in cloud-init's network config, by MAC address. There are none until its Secret exists.
func (i *instances) staticAddresses(ctx context.Context, vmi *kubevirtv1.VirtualMachineInstance) (map[string][]netip.Prefix, error) {
	for _, v := range vmi.Spec.Volumes {
		if v.CloudInitNoCloud == nil || v.CloudInitNoCloud.NetworkDataSecretRef == nil {
			continue
		}
		secret := &corev1.Secret{}
		err := i.client.Get(ctx, types.NamespacedName{Namespace: vmi.Namespace, Name: v.CloudInitNoCloud.NetworkDataSecretRef.Name}, secret)
		if apierrors.IsNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return readNetworkConfig(secret.Data["networkdata"])
	}
	return nil, nil
}
