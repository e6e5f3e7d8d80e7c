package player

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// importer returns a pod that imports an image and has just started.
func importer(image string, now time.Time) *corev1.Pod {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{
		Name: importerContainer, Env: []corev1.EnvVar{{Name: endpointVariable, Value: image}, {Name: ownerVariable, Value: "uid"}},
	}}}}
	run(pod, netip.MustParseAddr("10.244.0.1"))
	started := metav1.NewTime(now)
	pod.Status.StartTime, pod.Status.ContainerStatuses[0].State.Running.StartedAt = &started, started
	return pod
}

// containerStates updates an importer whenever its status changes, as the reconciler does, and returns the states of its container.
func containerStates(pod *corev1.Pod, now time.Time, steps int) []string {
	var out []string
	for range steps {
		after := updateImporter(pod, now)
		state := pod.Status.ContainerStatuses[0].State
		switch {
		case state.Running != nil:
			out = append(out, "running")
		case state.Waiting != nil:
			out = append(out, state.Waiting.Reason)
		case state.Terminated != nil:
			out = append(out, "terminated with "+state.Terminated.Message)
		}
		if after == 0 {
			break
		}
		now = now.Add(after)
	}
	return out
}

func TestImports(t *testing.T) {
	now := time.Now()
	for image, want := range map[string][]string{
		"https://example.org/debian.qcow2": {"running", `terminated with {"message": "Import Complete"}`},
		"https://example.org/stuck.qcow2":  {"running"},
		"https://example.org/missing.qcow2": {
			"running", "terminated with " + notFoundMessage("https:"), "CrashLoopBackOff", "running", "terminated with " + notFoundMessage("https:"),
		},
	} {
		t.Run(image, func(t *testing.T) {
			got := containerStates(importer(image, now), now, 5)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestProgress(t *testing.T) {
	now := time.Now()
	for reason, c := range map[string]struct {
		image string
		after time.Duration
		want  float64
	}{
		"An import starts at zero":              {"https://example.org/debian.qcow2", 0, 0},
		"The metric changes once a second":      {"https://example.org/debian.qcow2", 999 * time.Millisecond, 0},
		"Progress never exceeds 100 percent":    {"https://example.org/debian.qcow2", time.Hour, 100},
		"A stuck import stops at stuckProgress": {"https://example.org/stuck.qcow2", time.Hour, stuckProgress},
		"A failing import has no progress":      {"https://example.org/missing.qcow2", time.Hour, 0},
	} {
		if got := progress(importer(c.image, now), now.Add(c.after)); got != c.want {
			t.Errorf("%s: want %v, got %v", reason, c.want, got)
		}
	}
}

func TestInterfaces(t *testing.T) {
	vmi := &kubevirtv1.VirtualMachineInstance{}
	vmi.Spec.Networks = []kubevirtv1.Network{*kubevirtv1.DefaultPodNetwork(), {Name: "office"}, {Name: "storage"}}
	vmi.Spec.Networks[0].Name = "pod_network"
	vmi.Spec.Domain.Devices.Interfaces = []kubevirtv1.Interface{
		{Name: "pod_network", MacAddress: "02:00:00:00:00:01"}, {Name: "office", MacAddress: "02:00:00:00:00:02"}, {Name: "storage"},
	}
	vmi.Status.Interfaces = []kubevirtv1.VirtualMachineInstanceNetworkInterface{{Name: "office", PodInterfaceName: "pod1", InfoSource: "multus-status"}}
	pod := &corev1.Pod{Status: corev1.PodStatus{PodIP: "10.244.0.1"}}

	static, err := readNetworkConfig([]byte(`
version: 2
ethernets:
  office:
    match: {macaddress: "02:00:00:00:00:02"}
    addresses: [192.168.1.10/24, "fd00::1/64"]
  storage:
    match: {macaddress: "02:00:00:00:00:03"}
    dhcp4: true
`))
	if err != nil {
		t.Fatal(err)
	}
	got := interfaces(vmi, pod, static)

	if want := []string{"10.244.0.1"}; !cmp.Equal(want, got[0].IPs) {
		t.Errorf("pod network: want the pod's address, got %v", got[0].IPs)
	}
	if want := []string{"192.168.1.10", "fd00::1"}; !cmp.Equal(want, got[1].IPs) {
		t.Errorf("office: want the addresses of the network config, got %v", got[1].IPs)
	}
	if got[1].PodInterfaceName != "pod1" || got[1].InfoSource != "domain, guest-agent, multus-status" {
		t.Errorf("office: want the fields of virt-controller unchanged, got %+v", got[1])
	}
	if got[2].IP == "" || !strings.HasPrefix(got[2].MAC, "02:") {
		t.Errorf("storage: want an address and a MAC, got %+v", got[2])
	}
	if again := interfaces(vmi, pod, static); !cmp.Equal(got, again) {
		t.Errorf("want the same result each time:\n%s", cmp.Diff(got, again))
	}
}

func TestReportNetworks(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{
		"k8s.v1.cni.cncf.io/networks": `[{"name":"office","namespace":"team-a","mac":"02:00:00:00:00:02","interface":"pod1"}]`,
	}}}
	networks, err := requestedNetworks(pod)
	if err != nil {
		t.Fatal(err)
	}
	if err := reportNetworks(pod, networks, "10.244.0.1"); err != nil {
		t.Fatal(err)
	}
	want := `[{"name":"pods","interface":"eth0","ips":["10.244.0.1"],"default":true,"dns":{}},` +
		`{"name":"team-a/office","interface":"pod1","mac":"02:00:00:00:00:02","dns":{}}]`
	if diff := cmp.Diff(want, pod.Annotations["k8s.v1.cni.cncf.io/network-status"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestPlugged shows which interfaces an instance reports while its guest runs: one that is absent leaves the guest at once, and the report with the pod's.
func TestPlugged(t *testing.T) {
	type itf = kubevirtv1.VirtualMachineInstanceNetworkInterface
	vmi := &kubevirtv1.VirtualMachineInstance{}
	vmi.Spec.Domain.Devices.Interfaces = []kubevirtv1.Interface{
		{Name: "pod"}, {Name: "lan", State: kubevirtv1.InterfaceStateAbsent}, {Name: "gone", State: kubevirtv1.InterfaceStateAbsent}, {Name: "new"}, {Name: "waits"},
	}
	vmi.Status.Interfaces = []itf{
		{Name: "pod", InfoSource: "domain, guest-agent"},
		{Name: "lan", InfoSource: "domain, guest-agent, multus-status"},
		{Name: "gone", InfoSource: "domain"},
		{Name: "new", InfoSource: "multus-status"},
	}
	want := []itf{
		{Name: "pod", InfoSource: "domain, guest-agent"}, {Name: "lan", InfoSource: "multus-status"},
		{Name: "new", InfoSource: "domain, guest-agent, multus-status", IP: "10.250.0.1"},
	}
	inGuest := []itf{{Name: "new", InfoSource: "domain, guest-agent, multus-status", IP: "10.250.0.1"}}
	if diff := cmp.Diff(want, plugged(vmi, inGuest)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	vmi.Status.Interfaces = want
	if diff := cmp.Diff(want, plugged(vmi, inGuest)); diff != "" {
		t.Errorf("the second time: -want, +got:\n%s", diff)
	}
}

func TestClones(t *testing.T) {
	now := time.Now()
	pod := importer("", now)
	pod.Labels = map[string]string{componentLabel: "cdi-clone-source"}
	if left := updateCloneSource(pod, now.Add(importDuration-time.Second)); left != time.Second || isFinished(pod) {
		t.Errorf("want a second left, got %v in phase %s", left, pod.Status.Phase)
	}
	if left := updateCloneSource(pod, now.Add(importDuration)); left != 0 || pod.Status.Phase != corev1.PodSucceeded {
		t.Errorf("want it completed, got %v in phase %s", left, pod.Status.Phase)
	}
}

func TestPartsOfCDI(t *testing.T) {
	type parts struct{ Importer, CloneSource, UploadServer, SizeDetection bool }
	for reason, c := range map[string]struct {
		component, container string
		want                 parts
	}{
		"An importer imports":                               {"importer", importerContainer, parts{Importer: true}},
		"What measures an image has the label of importers": {"importer", "size-detection-volume", parts{SizeDetection: true}},
		"A clone is read":                                   {"cdi-clone-source", "cdi-clone-source", parts{CloneSource: true}},
		"An upload is received":                             {"cdi-upload-server", "cdi-upload-server", parts{UploadServer: true}},
		"Other pods are none of CDI's":                      {"", "compute", parts{}},
	} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{componentLabel: c.component}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: c.container}}},
		}
		got := parts{isImporter(pod), isCloneSource(pod), isUploadServer(pod), isSizeDetection(pod)}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", reason, diff)
		}
	}
}
