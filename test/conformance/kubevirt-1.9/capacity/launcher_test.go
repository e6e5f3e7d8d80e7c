package capacity

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"go.uber.org/mock/gomock"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"kubevirt.io/client-go/kubecli"
	fakenetworkclient "kubevirt.io/client-go/networkattachmentdefinitionclient/fake"

	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
	"kubevirt.io/kubevirt/pkg/virt-controller/services"
)

// TestLaunchers shows that a check knows what the pod of each virtual machine requests and is limited to.
func TestLaunchers(t *testing.T) {
	seen := map[string]int{}
	for i, w := range wukongs {
		pod := w.launcher(t)
		got, want := resources{Requests: plain(w.Checked.Requests), Limits: plain(w.Checked.Limits)}, resourcesOf(pod)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-KubeVirt, +check:\n%s\n%s", diff, w.describe(i))
		}
		for name := range want.Limits {
			seen[name]++
		}
		for name := range want.Requests {
			seen["requests."+name]++
		}
	}
	for _, name := range []string{
		"cpu", "memory", "hugepages-2Mi", "hugepages-1Gi", "devices.kubevirt.io/kvm", "devices.kubevirt.io/tun", "devices.kubevirt.io/vhost-net",
		"devices.kubevirt.io/sev", "nvidia.com/A10", "intel.com/qat0", "openshift.io/fast", "requests.ephemeral-storage",
	} {
		if seen[name] == 0 {
			t.Errorf("no pod has %s, of %v", name, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// resources are those of a pod, as comparable numbers.
type resources struct{ Requests, Limits map[string]string }

// plain returns quantities in one notation.
func plain(list corev1.ResourceList) map[string]string {
	out := map[string]string{}
	for name, q := range list {
		number, _ := new(big.Rat).SetString(q.AsDec().String())
		out[string(name)] = number.RatString()
	}
	return out
}

// resourcesOf returns what Kubernetes counts of a pod, with the API server's default of requests: that of all containers that run beside each other or, where
// that is more, that of a container before them beside those that run already. What the first container, that with the guest, has no limit of is not limited.
func resourcesOf(pod *corev1.Pod) resources {
	requests, limits := corev1.ResourceList{}, corev1.ResourceList{}
	before := resourcesBefore(pod, requestsOf)
	for _, c := range pod.Spec.Containers {
		add(requests, requestsOf(c))
		add(limits, c.Resources.Limits)
	}
	for _, c := range pod.Spec.InitContainers {
		if stays(c) {
			add(requests, requestsOf(c))
			add(limits, c.Resources.Limits)
		}
	}
	raise(requests, before)
	raise(limits, resourcesBefore(pod, func(c corev1.Container) corev1.ResourceList { return c.Resources.Limits }))
	for name := range limits {
		if _, limited := pod.Spec.Containers[0].Resources.Limits[name]; !limited {
			delete(limits, name)
		}
	}
	return resources{Requests: plain(requests), Limits: plain(limits)}
}

// resourcesBefore returns the most that containers take before the first one of the pod starts.
func resourcesBefore(pod *corev1.Pod, of func(corev1.Container) corev1.ResourceList) corev1.ResourceList {
	out, running := corev1.ResourceList{}, corev1.ResourceList{}
	for _, c := range pod.Spec.InitContainers {
		now := maps.Clone(running)
		add(now, of(c))
		raise(out, now)
		if stays(c) {
			running = now
		}
	}
	return out
}

// stays reports whether an init container goes on running.
func stays(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// requestsOf returns the requests of a container.
func requestsOf(c corev1.Container) corev1.ResourceList {
	out := corev1.ResourceList{}
	maps.Copy(out, c.Resources.Limits)
	maps.Copy(out, c.Resources.Requests)
	return out
}

func raise(to, least corev1.ResourceList) {
	for name, q := range least {
		if current, ok := to[name]; !ok || current.Cmp(q) < 0 {
			to[name] = q
		}
	}
}

func add(to, list corev1.ResourceList) {
	for name, q := range list {
		sum := to[name].DeepCopy()
		sum.Add(q)
		to[name] = sum
	}
}

// launcher returns the pod that virt-controller makes.
func (w wukong) launcher(t *testing.T) *corev1.Pod {
	t.Helper()
	config := w.config(t)
	vmi := w.instance(t, config)
	pod, err := w.templates(t, config, vmi).RenderLaunchManifest(vmi)
	if err != nil {
		t.Fatal(err)
	}
	return pod
}

// templates returns what makes the pods of an instance.
func (w wukong) templates(t *testing.T, config *virtconfig.ClusterConfig, vmi *kubevirtv1.VirtualMachineInstance) *services.TemplateService {
	t.Helper()
	client := kubecli.NewMockKubevirtClient(gomock.NewController(t))
	networks := fakenetworkclient.NewSimpleClientset()
	for _, nad := range w.attachments(t, vmi) {
		// The tracker does not guess the name of the resource.
		gvr := schema.GroupVersionResource{Group: "k8s.cni.cncf.io", Version: "v1", Resource: "network-attachment-definitions"}
		if err := networks.Tracker().Create(gvr, nad, nad.Namespace); err != nil {
			t.Fatal(err)
		}
	}
	client.EXPECT().NetworkClient().Return(networks).AnyTimes()
	quotas, namespaces := cache.NewStore(cache.MetaNamespaceKeyFunc), cache.NewStore(cache.MetaNamespaceKeyFunc)
	for _, q := range w.Quotas {
		store(t, quotas, q)
	}
	if w.Namespace != nil {
		store(t, namespaces, w.Namespace)
	}
	claims := cache.NewStore(cache.MetaNamespaceKeyFunc)
	for _, v := range vmi.Spec.Volumes {
		if name := claimOf(v); name != "" {
			store(t, claims, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: vmi.Namespace, Name: name}})
		}
	}
	// KubeVirt makes the claim with the state before the pod.
	store(t, claims, &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{
		Namespace: vmi.Namespace, Name: "persistent-state-for-" + vmi.Name + "-x7k2p", Labels: map[string]string{"persistent-state-for": vmi.Name},
	}})
	return services.NewTemplateService("virt-launcher", 240, "/var/run/kubevirt", "/var/run/kubevirt-ephemeral-disks", "/var/run/kubevirt/container-disks",
		kubevirtv1.HotplugDiskDir, "", claims, client, config, 107, "virt-exportserver", quotas, namespaces)
}

// attachments returns the NetworkAttachmentDefinitions of an instance: those that the Wukong makes, and the ones that it names.
func (w wukong) attachments(t *testing.T, vmi *kubevirtv1.VirtualMachineInstance) []*networkv1.NetworkAttachmentDefinition {
	t.Helper()
	made := map[string]bool{}
	var out []*networkv1.NetworkAttachmentDefinition
	for key, manifest := range w.Manifests {
		if !strings.HasPrefix(key, "nad-") {
			continue
		}
		nad := &networkv1.NetworkAttachmentDefinition{}
		if err := json.Unmarshal(manifest, nad); err != nil {
			t.Fatal(err)
		}
		made[nad.Name] = true
		out = append(out, nad)
	}
	for _, n := range vmi.Spec.Networks {
		if n.Multus == nil {
			continue
		}
		namespace, name, qualified := strings.Cut(n.Multus.NetworkName, "/")
		if !qualified {
			namespace, name = vmi.Namespace, namespace
		}
		if !made[name] {
			made[name] = true
			out = append(out, &networkv1.NetworkAttachmentDefinition{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
		}
	}
	return out
}

// claimOf returns the claim of a volume; empty for none.
func claimOf(v kubevirtv1.Volume) string {
	switch {
	case v.PersistentVolumeClaim != nil:
		return v.PersistentVolumeClaim.ClaimName
	case v.DataVolume != nil:
		return v.DataVolume.Name
	}
	return ""
}

func store(t *testing.T, s cache.Store, o any) {
	t.Helper()
	if err := s.Add(o); err != nil {
		t.Fatal(err)
	}
}

func quantity(t *testing.T, text string) resource.Quantity {
	t.Helper()
	q, err := resource.ParseQuantity(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}
