package player

import (
	"encoding/json"
	"fmt"

	netv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
)

// reportNetworks annotates a pod with the status of its networks, as Multus would. It reports each requested network as attached.
func reportNetworks(pod *corev1.Pod, podIP string) error {
	requested := pod.Annotations[netv1.NetworkAttachmentAnnot]
	if requested == "" {
		return nil
	}
	var networks []netv1.NetworkSelectionElement
	if err := json.Unmarshal([]byte(requested), &networks); err != nil {
		return fmt.Errorf("cannot read the networks of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
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
