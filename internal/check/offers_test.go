package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

// TestOffers shows which guests take something that no node offers, where KubeVirt has labelled nodes.
func TestOffers(t *testing.T) {
	const (
		none    = "none of the nodes that could run the virtual machine offers "
		wayOut  = ": correct the field, or add such a node"
		demands = "{memory: 2Gi, performance: {cpuModel: EPYC, dedicatedCpuPlacement: true, hugepages: {pageSize: 1Gi}}}"
		gates   = "{cluster: {kubevirt: {version: '1.9', featureGates: [CPUManager]}}}"
	)
	plain := "{metadata: {name: a, labels: {kubevirt.io/schedulable: 'true'}}}"
	able := "{metadata: {name: b, labels: {kubevirt.io/schedulable: 'true', kubevirt.io/cpumanager: 'true', cpu-model.node.kubevirt.io/EPYC: 'true'}}, " +
		"status: {allocatable: {hugepages-1Gi: 4Gi}}}"
	cases := map[string]struct {
		reason, spec string
		nodes        []string
		want         []string
	}{
		"None": {reason: "The node offers nothing.", spec: demands, nodes: []string{plain}, want: []string{
			"spec.performance.cpuModel: " + none + "the CPU model (label cpu-model.node.kubevirt.io/EPYC)" + wayOut,
			"spec.performance.dedicatedCpuPlacement: " + none + "CPUs to pin (label kubevirt.io/cpumanager)" + wayOut,
			"spec.performance.hugepages.pageSize: " + none + "pages of that size (hugepages-1Gi)" + wayOut,
		}},
		"One": {reason: "One node offers all of it.", spec: demands, nodes: []string{plain, able}},
		"Apart": {
			reason: "The node that offers it may not run the guest.", nodes: []string{plain, able},
			spec: "{performance: {dedicatedCpuPlacement: true}, highAvailability: {nodeSelector: {kubernetes.io/hostname: a}}}",
		},
		"Every":   {reason: "Every node has a model of its own.", spec: "{performance: {cpuModel: host-passthrough}}", nodes: []string{plain}},
		"Unknown": {reason: "KubeVirt has labelled no node.", spec: demands, nodes: []string{"{metadata: {name: a}}"}},
		"Plain":   {reason: "It takes nothing of the kind.", spec: "{}", nodes: []string{plain}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cluster := Cluster{}
			for _, n := range tc.nodes {
				cluster.Nodes = append(cluster.Nodes, decode[corev1.Node](t, n))
			}
			var got []string
			for _, f := range Check(planned(t, wukong{name: "web-01", spec: tc.spec, input: gates}), cluster).Findings {
				if f.ID == msgNoOffer.ID {
					got = append(got, f.Field+": "+f.Message)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
