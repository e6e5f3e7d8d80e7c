package player

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// nodeNames are the names of the nodes.
var nodeNames = []string{"node-1", "node-2", "node-3"}

const (
	leaseNamespace = "kube-node-lease"

	// Kubernetes reports a node as unreachable 40 seconds after its last heartbeat, and KubeVirt after 5 minutes.
	heartbeatInterval = 10 * time.Second
	leaseSeconds      = 40
)

// workerLabel is a label of all nodes that the examples select.
const workerLabel = "node-role.kubernetes.io/worker"

// nodeCapacity is enough for a hundred small virtual machines on three nodes, with the devices that KubeVirt and the examples request.
var nodeCapacity = corev1.ResourceList{
	corev1.ResourceCPU:                       resource.MustParse("128"),
	corev1.ResourceMemory:                    resource.MustParse("1Ti"),
	corev1.ResourceEphemeralStorage:          resource.MustParse("1Ti"),
	corev1.ResourcePods:                      resource.MustParse("500"),
	"devices.kubevirt.io/kvm":                resource.MustParse("1k"),
	"devices.kubevirt.io/tun":                resource.MustParse("1k"),
	"devices.kubevirt.io/vhost-net":          resource.MustParse("1k"),
	"hugepages-2Mi":                          resource.MustParse("64Gi"),
	"hugepages-1Gi":                          resource.MustParse("64Gi"),
	"example.org/fast":                       resource.MustParse("100"),
	"ovs-cni.network.kubevirt.io/br-storage": resource.MustParse("1k"),
}

// nodes plays the heartbeats of kubelets and virt-handlers.
type nodes struct {
	client client.Client
}

// setup adds the heartbeats to a manager.
func (n *nodes) setup(mgr ctrl.Manager) error {
	return mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		tick := time.NewTicker(heartbeatInterval)
		defer tick.Stop()
		for {
			for i, name := range nodeNames {
				if err := n.heartbeat(ctx, name, i); err != nil && ctx.Err() == nil {
					ctrl.Log.Error(err, "Cannot send a heartbeat", "node", name)
				}
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}))
}

// heartbeat updates a node and its lease, and creates them if they do not exist.
func (n *nodes) heartbeat(ctx context.Context, name string, index int) error {
	now := time.Now()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if _, err := controllerutil.CreateOrPatch(ctx, n.client, node, func() error {
		if node.Labels == nil {
			node.Labels = map[string]string{}
		}
		if node.Annotations == nil {
			node.Annotations = map[string]string{}
		}
		for k, v := range map[string]string{
			corev1.LabelHostname:                                  name,
			corev1.LabelOSStable:                                  "linux",
			corev1.LabelArchStable:                                "amd64",
			workerLabel:                                           "",
			kubevirtv1.NodeSchedulable:                            "true",
			kubevirtv1.CPUManager:                                 "true",
			kubevirtv1.SupportedMachineTypeLabel + "q35":          "true",
			kubevirtv1.SupportedMachineTypeLabel + "pc-q35-rhel9": "true",
		} {
			node.Labels[k] = v
		}
		node.Annotations[kubevirtv1.VirtHandlerHeartbeat] = now.UTC().Format(time.RFC3339)
		return nil
	}); err != nil {
		return err
	}

	before := node.DeepCopy()
	node.Status.Capacity, node.Status.Allocatable = nodeCapacity, nodeCapacity
	node.Status.Addresses = []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("192.0.2.%d", index+1)},
		{Type: corev1.NodeHostName, Address: name},
	}
	setNodeReady(node, now)
	if err := n.client.Status().Patch(ctx, node, client.StrategicMergeFrom(before)); err != nil {
		return err
	}
	return n.renewLease(ctx, name, now)
}

// setNodeReady sets the condition Ready of a node to True. The transition time stays if it was True.
func setNodeReady(node *corev1.Node, now time.Time) {
	since := metav1.NewTime(now)
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			since = c.LastTransitionTime
		}
	}
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady", Message: "played",
		LastHeartbeatTime: metav1.NewTime(now), LastTransitionTime: since,
	}}
}

// renewLease renews the lease of a node.
func (n *nodes) renewLease(ctx context.Context, name string, now time.Time) error {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: leaseNamespace, Name: name}}
	_, err := controllerutil.CreateOrPatch(ctx, n.client, lease, func() error {
		renewed, duration := metav1.NewMicroTime(now), int32(leaseSeconds)
		lease.Spec.HolderIdentity, lease.Spec.RenewTime, lease.Spec.LeaseDurationSeconds = &name, &renewed, &duration
		return nil
	})
	return client.IgnoreAlreadyExists(err)
}
