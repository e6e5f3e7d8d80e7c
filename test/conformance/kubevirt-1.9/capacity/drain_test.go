package capacity

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	k8sfake "k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
	kubevirtv1 "kubevirt.io/api/core/v1"
	kubevirtfake "kubevirt.io/client-go/kubevirt/fake"

	"kubevirt.io/kubevirt/pkg/testutils"
	"kubevirt.io/kubevirt/pkg/virt-api/webhooks/validating-webhook/admitters"
)

// nodeName is the node that is drained.
const nodeName = "node-1"

// Verdicts of a drain, as a check names them. Eviction shuts a guest down: what follows then depends on its run strategy.
const (
	verdictEvicted  = "Evicted"
	verdictMigrates = "MigratesLive"
	verdictExternal = "WaitsForController"
	verdictBlocks   = "BlocksDrain"
)

// TestDrains shows that a check knows what a drain does to each virtual machine: what virt-handler says of its migration, and what the webhook for evictions
// makes of that. Where a check does not know, KubeVirt does the one thing if all that is not known is good, and the other if it is not.
func TestDrains(t *testing.T) {
	seen := map[string]int{}
	var judged []int
	for i, w := range wukongs {
		if !w.Checked.Running || confined(w) {
			seen["left out"]++
			continue
		}
		judged = append(judged, i)
	}
	h := newHandler(t)
	for batch := range slices.Chunk(judged, 500) {
		questions := make([]question, 0, 2*len(batch))
		for _, i := range batch {
			questions = append(questions, wukongs[i].question(t, true), wukongs[i].question(t, false))
		}
		answers := h.conditions(t, questions)
		for n, i := range batch {
			w, drain := wukongs[i], wukongs[i].Checked.Drain
			best, worst := drain.Verdict, drain.Verdict
			if drain.Verdict == "Unknown" {
				best, worst = drain.Best, drain.Worst
			}
			want := []string{evict(t, questions[2*n], answers[2*n]), evict(t, questions[2*n+1], answers[2*n+1])}
			if diff := cmp.Diff(want, []string{evicted(best), evicted(worst)}); diff != "" {
				t.Fatalf("-KubeVirt, +check:\n%s%v\n%s", diff, drain.Reasons, w.describe(i))
			}
			seen[drain.Verdict]++
			for _, r := range drain.Reasons {
				seen[r.ID]++
			}
		}
	}
	for _, what := range []string{
		"StartsElsewhere", "StaysDown", verdictMigrates, verdictExternal, verdictBlocks, "Unknown", "drain-gpu", "drain-disk", "drain-encrypted-memory", "drain-claim-unknown",
	} {
		if seen[what] == 0 {
			t.Errorf("no virtual machine has %s, of %v", what, slices.Sorted(maps.Keys(seen)))
		}
	}
	t.Log(seen)
}

// confined reports whether no node is left for the virtual machine, at which the webhook does not look.
func confined(w wukong) bool {
	for _, r := range w.Checked.Drain.Reasons {
		switch r.ID {
		case "drain-no-node", "drain-one-node", "drain-no-node-of-architecture", "drain-one-node-of-architecture":
			return true
		}
	}
	return false
}

// evicted returns a verdict, and Evicted for those in which the guest is shut down.
func evicted(verdict string) string {
	if verdict == "StartsElsewhere" || verdict == "StaysDown" {
		return verdictEvicted
	}
	return verdict
}

// question asks for the migration of an instance where all that a check does not know is good, or is not: access modes, and whether KubeVirt may migrate a GPU.
func (w wukong) question(t *testing.T, good bool) question {
	t.Helper()
	vmi := w.instance(t, w.config(t))
	permitted := &kubevirtv1.PermittedHostDevices{}
	for _, g := range vmi.Spec.Domain.Devices.GPUs {
		if good {
			permitted.MediatedDevices = append(permitted.MediatedDevices, kubevirtv1.MediatedHostDevice{ResourceName: g.DeviceName})
		}
	}
	vmi.Status.NodeName = nodeName
	for _, v := range vmi.Spec.Volumes {
		name := claimOf(v)
		if name == "" {
			continue
		}
		modes := w.Claims[name]
		if modes == nil {
			modes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
			if good {
				modes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
			}
		}
		vmi.Status.VolumeStatus = append(vmi.Status.VolumeStatus, kubevirtv1.VolumeStatus{
			Name: v.Name, PersistentVolumeClaimInfo: &kubevirtv1.PersistentVolumeClaimInfo{ClaimName: name, AccessModes: modes},
		})
	}
	return question{Configuration: w.configuration(t, permitted), Instance: vmi}
}

// evict asks KubeVirt's webhook whether the pod of an instance may be evicted, of which virt-handler says whether it can migrate.
func evict(t *testing.T, q question, migratable kubevirtv1.VirtualMachineInstanceCondition) string {
	t.Helper()
	vmi := q.Instance
	vmi.Status.Conditions = append(vmi.Status.Conditions, migratable)
	config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(q.Configuration)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: vmi.Namespace, Name: "virt-launcher", Labels: map[string]string{kubevirtv1.AppLabel: "virt-launcher"},
			Annotations: map[string]string{kubevirtv1.DomainAnnotation: vmi.Name},
		},
		Spec: corev1.PodSpec{NodeName: nodeName},
	}
	instances := kubevirtfake.NewSimpleClientset(vmi)
	admitter := admitters.NewPodEvictionAdmitter(config, k8sfake.NewSimpleClientset(pod), instances)
	eviction, err := json.Marshal(policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}})
	if err != nil {
		t.Fatal(err)
	}
	rsp := admitter.Admit(t.Context(), &admissionv1.AdmissionReview{Request: &admissionv1.AdmissionRequest{
		Namespace: pod.Namespace, Name: pod.Name, Object: runtime.RawExtension{Raw: eviction},
	}})
	if rsp.Allowed {
		return verdictEvicted
	}
	marked := slices.ContainsFunc(instances.Actions(), func(a k8stesting.Action) bool { return a.GetVerb() == "patch" })
	switch {
	case !marked && strings.Contains(rsp.Result.Message, "not live-migratable"):
		return verdictBlocks
	case !marked:
		t.Fatalf("the webhook refuses the eviction: %s", rsp.Result.Message)
		return ""
	case *vmi.Spec.EvictionStrategy == kubevirtv1.EvictionStrategyExternal:
		return verdictExternal
	}
	return verdictMigrates
}
