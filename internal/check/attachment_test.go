package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// TestAttachment shows what is said of virtual machines whose disks are attached while they run. That it is what KubeVirt makes of them is shown in
// test/conformance/kubevirt-1.9/capacity.
func TestAttachment(t *testing.T) {
	const (
		live     = "{disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany], volumeMode: Block}, {name: data, size: 1Gi, bus: scsi, accessModes: [ReadWriteMany], volumeMode: Block}]}"
		moves    = "{highAvailability: {evictionStrategy: LiveMigrate}, disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany], volumeMode: Block}, {name: data, size: 1Gi, bus: scsi, accessModes: [ReadWriteMany], volumeMode: Block}]}"
		imported = "{disks: [{name: system, boot: true, size: 10Gi, accessModes: [ReadWriteMany], volumeMode: Block}, {name: a, size: 1Gi, bus: scsi, storageClassName: late, image: 'docker://a/b'}, " +
			"{name: b, size: 1Gi, bus: scsi, storageClassName: late, image: 'docker://a/c'}, {name: c, size: 1Gi, bus: scsi, storageClassName: late}, {name: d, size: 1Gi, bus: scsi, storageClassName: now, image: 'docker://a/d'}]}"
		halted = "{startStrategy: {autoStart: false}, disks: [{name: system, size: 10Gi}, {name: data, size: 1Gi, bus: scsi}]}"
	)
	cases := map[string]struct {
		reason  string
		spec    string
		hard    string
		cpu     string
		classes []storagev1.StorageClass
		want    []string
	}{
		"Room": {reason: "Two pods, and another one for a change.", spec: live, hard: "{pods: 3, requests.cpu: 225m, limits.cpu: 2215m}"},
		"Change": {
			reason: "A change of disks starts another pod before the old one goes.", spec: live, hard: "{count/pods: 2, requests.cpu: 215m, limits.cpu: 2115m, limits.memory: 20Gi}",
			want: []string{
				"ResourceQuota team-a/q: warning: spec.hard[count/pods]: the virtual machines leave 0, and KubeVirt takes 1 for another pod whenever it attaches or detaches a disk of one that runs: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[limits.cpu]: the virtual machines leave 0, and KubeVirt takes 0.1 for another pod whenever it attaches or detaches a disk of one that runs: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[requests.cpu]: the virtual machines leave 0, and KubeVirt takes 0.01 for another pod whenever it attaches or detaches a disk of one that runs: raise the quota",
			},
		},
		"Exceeded": {
			reason: "The pod that attaches counts.", spec: live, hard: "{pods: 1}",
			want: []string{"ResourceQuota team-a/q: error: spec.hard[pods]: the virtual machines of namespace team-a take 2, 1 more than the quota: raise it, or give them less"},
		},
		"Migration": {
			reason: "A migration takes two pods.", spec: moves, hard: "{pods: 3}",
			want: []string{"ResourceQuota team-a/q: warning: spec.hard[pods]: the virtual machines leave 1, and a live migration takes 2 for pods on a second node: raise the quota"},
		},
		"Waiting": {
			reason: "Each import that waits for a pod gets one.", spec: imported, hard: "{pods: 3}",
			classes: []storagev1.StorageClass{
				decode[storagev1.StorageClass](t, "{metadata: {name: late}, volumeBindingMode: WaitForFirstConsumer}"),
				decode[storagev1.StorageClass](t, "{metadata: {name: now}, volumeBindingMode: Immediate}"),
			},
			want: []string{"ResourceQuota team-a/q: warning: spec.hard[pods]: the virtual machines leave 1, and KubeVirt takes 2 for another pod whenever it attaches or detaches a disk of one that runs: raise the quota"},
		},
		"Halted": {reason: "One that does not run has no pods.", spec: halted, hard: "{pods: 0}"},
		"Node":   {reason: "Both pods run on one node.", spec: live, hard: "{pods: 3}", cpu: "215m"},
		"NoNode": {
			reason: "Both pods run on one node.", spec: live, hard: "{pods: 3}", cpu: "214m",
			want: []string{
				"team-a/web-01: error: spec.cpu: the pod requests 0.215 of cpu, and no node that can run it has as much: ask for less, or add such a node",
				"Nodes: error: status.allocatable[cpu]: the virtual machines take 0.215, 0.001 more than all nodes together have: add nodes, or give them less",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := quota(t, "{hard: "+tc.hard+"}")
			c.StorageClasses = tc.classes
			if tc.cpu != "" {
				n := decode[corev1.Node](t, "{metadata: {name: n1}, status: {allocatable: {cpu: "+tc.cpu+", memory: 8Gi, ephemeral-storage: 1Gi, devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k}}}")
				c.Nodes = []corev1.Node{n}
			}
			w := wukong{name: "web-01", spec: tc.spec, input: "{cluster: {kubevirt: {version: '1.9'}}}"}
			if diff := cmp.Diff(tc.want, texts(Check(planned(t, w), c).Findings)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
