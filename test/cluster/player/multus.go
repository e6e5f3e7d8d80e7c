package player

import (
	"context"
	"encoding/json"
	"fmt"

	netv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// requestedNetworks returns the networks that a pod requests of Multus.
func requestedNetworks(pod *corev1.Pod) ([]netv1.NetworkSelectionElement, error) {
	requested := pod.Annotations[netv1.NetworkAttachmentAnnot]
	if requested == "" {
		return nil, nil
	}
	var networks []netv1.NetworkSelectionElement
	if err := json.Unmarshal([]byte(requested), &networks); err != nil {
		return nil, fmt.Errorf("cannot read the networks of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return networks, nil
}

// findAttachments returns an error unless all networks have a NetworkAttachmentDefinition, without which Multus would not let the pod start.
func (p *pods) findAttachments(ctx context.Context, networks []netv1.NetworkSelectionElement) error {
	for _, n := range networks {
		nad := &metav1.PartialObjectMetadata{}
		nad.SetGroupVersionKind(netv1.SchemeGroupVersion.WithKind("NetworkAttachmentDefinition"))
		if err := p.reader.Get(ctx, types.NamespacedName{Namespace: n.Namespace, Name: n.Name}, nad); err != nil {
			return fmt.Errorf("cannot attach network %s/%s: %w", n.Namespace, n.Name, err)
		}
	}
	return nil
}

// attach attaches a pod that runs to the networks that it requests now. It stays attached as it is while one of them has no NetworkAttachmentDefinition.
func (p *pods) attach(ctx context.Context, pod *corev1.Pod) error {
	networks, err := requestedNetworks(pod)
	if err != nil {
		return err
	}
	if err := p.findAttachments(ctx, networks); err != nil {
		return err
	}
	before := pod.DeepCopy()
	if err := reportNetworks(pod, networks, pod.Status.PodIP); err != nil {
		return err
	}
	if pod.Annotations[netv1.NetworkStatusAnnot] == before.Annotations[netv1.NetworkStatusAnnot] {
		return nil
	}
	return client.IgnoreNotFound(p.client.Patch(ctx, pod, client.MergeFrom(before)))
}

// reportNetworks annotates a pod with the status of its networks, as Multus would. It reports each network as attached.
func reportNetworks(pod *corev1.Pod, networks []netv1.NetworkSelectionElement, podIP string) error {
	statuses := []netv1.NetworkStatus{{Name: "pods", Interface: "eth0", IPs: []string{podIP}, Default: true}}
	for _, n := range networks {
		statuses = append(statuses, netv1.NetworkStatus{Name: n.Namespace + "/" + n.Name, Interface: n.InterfaceRequest, Mac: n.MacRequest})
	}
	b, err := json.Marshal(statuses)
	if err != nil {
		return err
	}
	pod.Annotations[netv1.NetworkStatusAnnot] = string(b)
	return nil
}
