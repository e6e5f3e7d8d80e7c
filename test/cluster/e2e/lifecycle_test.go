//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
)

// TestExamplesRun lets each of some examples run, and looks at what was made for it and what is left of it in the end: nothing.
func TestExamplesRun(t *testing.T) {
	for example, want := range map[string]struct {
		// made by kind, in the namespace or as an Object.
		made map[string]int
		// attached networks besides the pod network, by their names in the claim.
		attached []string
		// addresses that the claim itself gives, by network.
		addresses map[string]string
	}{
		"minimal": {
			made: map[string]int{"Object": 5, "DataVolume": 1, "PersistentVolumeClaim": 1, "Secret": 1, "VirtualMachine": 1, "VirtualMachineInstance": 1, "Pod": 1},
		},
		"cloud-image": {
			made: map[string]int{"Object": 5, "DataVolume": 1, "PersistentVolumeClaim": 1, "Secret": 1, "VirtualMachine": 1, "VirtualMachineInstance": 1, "Pod": 1},
		},
		"three-networks": {
			made:      map[string]int{"Object": 7, "NetworkAttachmentDefinition": 2, "DataVolume": 1, "PersistentVolumeClaim": 1, "Secret": 1, "VirtualMachine": 1, "VirtualMachineInstance": 1, "Pod": 1},
			attached:  []string{"office", "storage", "fast"},
			addresses: map[string]string{"office": "192.168.120.10", "fast": "10.200.0.10"},
		},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.GivePrerequisites(t)
			before := tenant.Things(t)

			claim := tenant.Apply(t, example)
			seen := claim.EventuallyRuns(t)

			// CDI tidies up after an import while the virtual machine starts.
			eventually(t, "what was made of "+claim.String()+" is all there", func() error {
				made := without(tenant.Things(t), before)
				if diff := cmp.Diff(want.made, count(made)); diff != "" {
					return fmt.Errorf("-want, +got:\n%s\n%s", diff, strings.Join(made, "\n"))
				}
				return nil
			})
			for network, address := range want.addresses {
				if got := seen.Network(network).IPAddress; got != address {
					t.Errorf("network %s: want address %s, got %q", network, address, got)
				}
			}
			var networks []string
			for _, network := range want.attached {
				networks = append(networks, tenant.Namespace+"/"+seen.Network(network).NADName)
			}
			if diff := cmp.Diff(networks, attached(t, claim)); diff != "" {
				t.Errorf("attached networks: -want, +got:\n%s", diff)
			}

			claim.Delete(t)
			eventually(t, "nothing is left of "+claim.String(), func() error {
				if diff := cmp.Diff(before, tenant.Things(t)); diff != "" {
					return fmt.Errorf("-before, +after:\n%s", diff)
				}
				return nil
			})
		})
	}
}

// attached are the networks that the pod of a claim was attached to besides the pod network, in order. It is Multus that says so:
// from the annotation that asks for them, KubeVirt 1.8 drops SR-IOV networks as soon as a pod is ready that has others too.
func attached(t *testing.T, c *Claim) []string {
	t.Helper()
	annotation := c.Pod(t).Annotations[nadv1.NetworkStatusAnnot]
	if annotation == "" {
		return nil
	}
	var statuses []nadv1.NetworkStatus
	if err := json.Unmarshal([]byte(annotation), &statuses); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range statuses {
		if !s.Default {
			out = append(out, s.Name)
		}
	}
	return out
}

// without returns what is in the one list and not in the other.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// count things by their kinds.
func count(things []string) map[string]int {
	out := map[string]int{}
	for _, thing := range things {
		kind, _, _ := strings.Cut(thing, "/")
		out[kind]++
	}
	return out
}
