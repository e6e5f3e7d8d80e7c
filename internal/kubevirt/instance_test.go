package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestInstance shows that the node and the addresses are those of an instance that runs: the last state of a deleted one stays readable.
func TestInstance(t *testing.T) {
	nics := []network.NIC{{Name: "pod_network", MAC: "02:00:00:00:00:01"}, {Name: "lan", MAC: "02:00:00:00:00:02", NAD: "web-01-lan"}}
	instance := observed.Resource{Object: observedtest.Object(object{"status": object{"nodeName": "node-1", "interfaces": []any{
		object{"name": "lan", "interfaceName": "nic-lan", "mac": "02:00:00:00:00:02", "ipAddress": "10.0.0.5", "ipAddresses": []any{"10.0.0.5", "fe80::1"}},
		object{"name": "docker0", "ipAddress": "172.17.0.1"},
	}}})}
	bare := []v1alpha1.NetworkStatus{{Name: "pod_network", MACAddress: "02:00:00:00:00:01"}, {Name: "lan", MACAddress: "02:00:00:00:00:02", NADName: "web-01-lan"}}
	full := []v1alpha1.NetworkStatus{bare[0], {
		Name:        "lan",
		Interface:   "nic-lan",
		IPAddress:   "10.0.0.5",
		IPAddresses: []string{"10.0.0.5", "fe80::1"},
		MACAddress:  "02:00:00:00:00:02",
		NADName:     "web-01-lan",
	}}

	cases := map[string]struct {
		created   bool
		phase     string
		node      string
		networks  []v1alpha1.NetworkStatus
		observers int
	}{
		"Running": {created: true, phase: "Running", node: "node-1", networks: full, observers: 1},
		"Final":   {created: true, phase: "Succeeded", networks: bare, observers: 1},
		"Gone":    {phase: "Running", networks: bare},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := vmWith(object{"created": tc.created})
			instance.Object.GetFields()["status"].GetStructValue().Fields["phase"] = structpb.NewStringValue(tc.phase)
			rs["vmi"] = instance
			s := Report(wukongWith(""), nics, nil, "", rs)
			if s.NodeName != tc.node {
				t.Errorf("want node %q, got %q", tc.node, s.NodeName)
			}
			if diff := cmp.Diff(tc.networks, s.Networks); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			if got := Observers(wukongWith(""), rs); len(got) != tc.observers {
				t.Errorf("want %d observers, got %d", tc.observers, len(got))
			}
		})
	}
}
