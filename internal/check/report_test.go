package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/golden"
)

// quota returns a cluster with one quota in team-a.
func quota(t *testing.T, spec string) Cluster {
	t.Helper()
	return Cluster{ResourceQuotas: []corev1.ResourceQuota{decode[corev1.ResourceQuota](t, "{metadata: {name: q, namespace: team-a}, spec: "+spec+"}")}}
}

func TestQuotas(t *testing.T) {
	const imported = "{disks: [{name: system, size: 10Gi, storageClassName: fast, image: docker://quay.io/a/b}]}"
	cases := map[string]struct {
		reason  string
		spec    string
		cluster Cluster
		want    []string
	}{
		"Enough": {reason: "What is not more than the quota says is fine.", cluster: quota(t, "{hard: {requests.cpu: 205m, pods: 1, count/virtualmachines.kubevirt.io: 1}}")},
		"Requests": {
			reason: "Two CPUs are a fifth of one, and the console's log takes a little.", cluster: quota(t, "{hard: {requests.cpu: 200m, cpu: 204m, requests.memory: 4Gi}}"),
			want: []string{
				"ResourceQuota team-a/q: error: spec.hard[cpu]: the virtual machines of namespace team-a take 0.205, 0.001 more than the quota: raise it, or give them less",
				"ResourceQuota team-a/q: error: spec.hard[requests.cpu]: the virtual machines of namespace team-a take 0.205, 0.005 more than the quota: raise it, or give them less",
				"ResourceQuota team-a/q: error: spec.hard[requests.memory]: the virtual machines of namespace team-a take 4.3Gi, 309.38Mi more than the quota: raise it, or give them less",
			},
		},
		"Limits": {
			reason: "KubeVirt limits a pod where the quota takes limits: all CPUs, and twice the memory.", cluster: quota(t, "{hard: {limits.cpu: 2, limits.memory: 9Gi}}"),
			want: []string{"ResourceQuota team-a/q: error: spec.hard[limits.cpu]: the virtual machines of namespace team-a take 2.015, 0.015 more than the quota: raise it, or give them less"},
		},
		"Halted": {
			reason: "A halted one has no pod, but its disks.", spec: "{startStrategy: {autoStart: false}}", cluster: quota(t, "{hard: {pods: 0, requests.memory: 1Gi, persistentvolumeclaims: 0, secrets: 0}}"),
			want: []string{
				"ResourceQuota team-a/q: error: spec.hard[persistentvolumeclaims]: the virtual machines of namespace team-a take 1, 1 more than the quota: raise it, or give them less",
				"ResourceQuota team-a/q: error: spec.hard[secrets]: the virtual machines of namespace team-a take 1, 1 more than the quota: raise it, or give them less",
			},
		},
		"Storage": {
			reason: "A file system takes 6 % more. The import takes as much again.", spec: imported, cluster: quota(t, "{hard: {requests.storage: 10Gi, fast.storageclass.storage.k8s.io/requests.storage: 11Gi, persistentvolumeclaims: 1, count/datavolumes.cdi.kubevirt.io: 1}}"),
			want: []string{
				"ResourceQuota team-a/q: warning: spec.hard[persistentvolumeclaims]: the disks leave 0, and an import takes 1 for a second claim of its disk's size, until it is done: raise the quota",
				"ResourceQuota team-a/q: error: spec.hard[requests.storage]: the virtual machines of namespace team-a take 10.6Gi, 614.4Mi more than the quota: raise it, or give them less",
			},
		},
		"Migration": {
			reason: "A live migration takes a second pod.", spec: "{highAvailability: {evictionStrategy: LiveMigrate}}", cluster: quota(t, "{hard: {pods: 1, requests.memory: 8Gi, requests.devices.kubevirt.io/kvm: 2}}"),
			want: []string{
				"ResourceQuota team-a/q: warning: spec.hard[pods]: the virtual machines leave 0, and a live migration takes 1 for pods on a second node: raise the quota",
				"ResourceQuota team-a/q: warning: spec.hard[requests.memory]: the virtual machines leave 3.7Gi, and a live migration takes 4.3Gi for pods on a second node: raise the quota",
			},
		},
		"MigrationLimits": {
			reason: "The second pod has limits, too, where the quota takes some.", spec: "{highAvailability: {evictionStrategy: LiveMigrate}}", cluster: quota(t, "{hard: {limits.cpu: 3}}"),
			want: []string{"ResourceQuota team-a/q: warning: spec.hard[limits.cpu]: the virtual machines leave 0.985, and a live migration takes 2.015 for pods on a second node: raise the quota"},
		},
		"Devices": {
			reason: "Devices are counted by their names.", spec: "{gpus: [{name: a, deviceName: nvidia.com/A10}, {name: b, deviceName: nvidia.com/A10}]}", cluster: quota(t, "{hard: {requests.nvidia.com/A10: 1}}"),
			want: []string{"ResourceQuota team-a/q: error: spec.hard[requests.nvidia.com/A10]: the virtual machines of namespace team-a take 2, 1 more than the quota: raise it, or give them less"},
		},
		"OtherPods":  {reason: "The pods of virtual machines are neither short-lived nor without requests.", cluster: quota(t, "{hard: {pods: 0}, scopes: [BestEffort]}")},
		"OtherClass": {reason: "They have no priority class.", cluster: quota(t, "{hard: {pods: 0}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}}")},
		"ScopedPods": {
			reason: "They run without a deadline.", cluster: quota(t, "{hard: {pods: 0}, scopes: [NotTerminating, NotBestEffort]}"),
			want: []string{"ResourceQuota team-a/q: error: spec.hard[pods]: the virtual machines of namespace team-a take 1, 1 more than the quota: raise it, or give them less"},
		},
		"OtherNamespace": {reason: "A quota is one of its namespace.", cluster: Cluster{ResourceQuotas: []corev1.ResourceQuota{decode[corev1.ResourceQuota](t, "{metadata: {name: q, namespace: team-b}, spec: {hard: {pods: 0}}}")}}},
		"NodeFits": {
			reason: "One of the nodes is large enough.",
			cluster: Cluster{Nodes: []corev1.Node{
				decode[corev1.Node](t, "{metadata: {name: n1}, status: {allocatable: {cpu: 1}}}"),
				decode[corev1.Node](t, "{metadata: {name: n2}, status: {allocatable: {cpu: 1, memory: 8Gi, ephemeral-storage: 1Gi, devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k}}}"),
			}},
		},
		"NoArchitecture": {
			reason: "What else the pod would ask of a node does not matter then.", spec: "{architecture: arm64, cpu: 20}",
			cluster: Cluster{Nodes: []corev1.Node{decode[corev1.Node](t, "{metadata: {name: n1, labels: {kubernetes.io/arch: amd64}}, status: {allocatable: {cpu: 9, memory: 64Gi, "+
				"ephemeral-storage: 1Gi, devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k}}}")}},
			want: []string{"team-a/web-01: error: spec.architecture: no node that could run the virtual machine has the architecture arm64: correct architecture, or add such a node"},
		},
		"NoArchitectureHalted": {
			reason: "One that does not run may be made for nodes that come.", spec: "{architecture: arm64, startStrategy: {autoStart: false}}",
			cluster: Cluster{Nodes: []corev1.Node{decode[corev1.Node](t, "{metadata: {name: n1, labels: {kubernetes.io/arch: amd64}}}")}},
			want:    []string{"team-a/web-01: warning: spec.architecture: no node that could run the virtual machine has the architecture arm64: correct architecture, or add such a node"},
		},
		"NoNode": {
			reason: "Two halves make no node. The field that asks for too much is named.", spec: "{cpu: 20}",
			cluster: Cluster{Nodes: []corev1.Node{
				decode[corev1.Node](t, "{metadata: {name: n1}, status: {allocatable: {cpu: 1, memory: 8Gi, ephemeral-storage: 1Gi, devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k}}}"),
				decode[corev1.Node](t, "{metadata: {name: n2}, status: {allocatable: {cpu: 2, memory: 8Gi, ephemeral-storage: 1Gi, devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k}}}"),
			}},
			want: []string{"team-a/web-01: error: spec.cpu: the pod requests 2.005 of cpu, and no node that can run it has as much: ask for less, or add such a node"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, texts(Check(planned(t, wukong{name: "web-01", spec: tc.spec}), tc.cluster).Findings)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// repositoryOfReport is a repository that has something for each part of a report.
func repositoryOfReport(t *testing.T) ([]fn.Planned, Cluster) {
	t.Helper()
	wukongs := planned(t,
		wukong{name: "web-01", spec: "{podNetwork: true, osImage: 'docker://quay.io/containerdisks/debian:12', disks: [{name: system, size: 10Gi}, {name: data, size: 50Gi, storageClassName: fast}], highAvailability: {evictionStrategy: LiveMigrate}}"},
		wukong{name: "web-02", spec: "{highAvailability: {evictionStrategy: LiveMigrate}}"},
		wukong{name: "spare", spec: "{startStrategy: {autoStart: false}}"},
		wukong{namespace: "team-b", name: "desktop", spec: "{cpu: null, memory: null, instancetype: {name: u1.large}, preference: {name: windows.11}}"},
		wukong{namespace: "team-b", name: "once", spec: "{highAvailability: {restartPolicy: Never}}"},
	)
	c := quota(t, "{hard: {requests.cpu: 2, requests.memory: 8Gi, pods: 10, fast.storageclass.storage.k8s.io/requests.storage: 100Gi}}")
	for i := range 2 {
		c.Nodes = append(c.Nodes, decode[corev1.Node](t, fmt.Sprintf("{metadata: {name: n%d}, status: {allocatable: {cpu: 8, memory: 32Gi, ephemeral-storage: 100Gi, "+
			"devices.kubevirt.io/kvm: 1k, devices.kubevirt.io/tun: 1k, devices.kubevirt.io/vhost-net: 1k}}}", i)))
	}
	return wukongs, c
}

// TestReport compares a report with that in testdata.
func TestReport(t *testing.T) {
	report := Check(repositoryOfReport(t))
	var text, data bytes.Buffer
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	encoder := json.NewEncoder(&data)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(report); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{"report.txt": text.String(), "report.json": data.String()} {
		golden.Compare(t, filepath.Join("testdata", name), got)
	}
}

// TestTextFits shows that no name makes a line of a report longer than 80 columns.
func TestTextFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		long := func(label string) string {
			return rapid.StringMatching(`[a-z]{1,60}(\.[a-z]{1,60}){0,3}`).Draw(t, label)
		}
		spec := fmt.Sprintf("{disks: [{name: a, size: %dGi, storageClassName: '%s'}, {name: b, claimName: '%s'}], gpus: [{name: a, deviceName: '%s/a'}], highAvailability: {evictionStrategy: LiveMigrate}}",
			rapid.IntRange(1, 1<<30).Draw(t, "size"), long("class"), long("claim"), long("device"))
		cluster := Cluster{ResourceQuotas: []corev1.ResourceQuota{decode[corev1.ResourceQuota](t, fmt.Sprintf("{metadata: {name: '%s', namespace: team-a}, spec: {hard: {pods: 0, 'requests.%s': 1}}}", long("quota"), long("resource")))}}
		var text bytes.Buffer
		if err := Check(planned(t, wukong{name: rapid.StringMatching(`[a-z]{1,63}`).Draw(t, "name"), spec: spec}), cluster).WriteText(&text); err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(text.String(), "\n") {
			if n := utf8.RuneCountInString(line); n > width || strings.HasSuffix(line, " ") {
				t.Fatalf("a line of %d columns: %q", n, line)
			}
		}
	})
}
