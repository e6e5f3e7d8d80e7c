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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// made is what every example that runs is made of besides its networks and disks.
func composed(more map[string]int) map[string]int {
	out := map[string]int{"Object": 3, "Secret": 1, "VirtualMachine": 1, "VirtualMachineInstance": 1, "Pod": 1}
	for kind, n := range more {
		out[kind] += n
		if out[kind] == 0 {
			delete(out, kind)
		}
	}
	if *target == targetNative {
		delete(out, "Object")
	}
	return out
}

// TestExamples applies each example, and looks at what is told of it, what was made for it and what is left of it in the end.
func TestExamples(t *testing.T) {
	t.Parallel()
	oneDisk := map[string]int{"Object": 2, "DataVolume": 1, "PersistentVolumeClaim": 1}
	for example, want := range map[string]struct {
		// phase that it comes to.
		phase v1alpha1.Phase
		// made by kind, in the namespace or as an Object.
		made map[string]int
		// attached networks besides the pod network, by their names in the claim.
		attached []string
		// addresses that the claim itself gives, by network.
		addresses map[string]string
		// kept disks, whose claims are left in the end.
		kept []string
	}{
		"minimal":           {phase: v1alpha1.PhaseRunning, made: composed(oneDisk)},
		"cloud-image":       {phase: v1alpha1.PhaseRunning, made: composed(oneDisk)},
		"high-availability": {phase: v1alpha1.PhaseRunning, made: composed(oneDisk)},
		"halted": {
			phase: v1alpha1.PhaseStopped,
			// Nothing reads an instance that there is not.
			made: composed(map[string]int{"Object": 1, "DataVolume": 1, "PersistentVolumeClaim": 1, "VirtualMachineInstance": -1, "Pod": -1}),
		},
		"three-networks": {
			phase:     v1alpha1.PhaseRunning,
			made:      composed(map[string]int{"Object": 4, "DataVolume": 1, "PersistentVolumeClaim": 1, "NetworkAttachmentDefinition": 2}),
			attached:  []string{"office", "storage", "fast"},
			addresses: map[string]string{"office": "192.168.120.10", "fast": "10.200.0.10"},
		},
		"four-disks": {
			phase: v1alpha1.PhaseRunning,
			made:  composed(map[string]int{"Object": 5, "DataVolume": 2, "PersistentVolumeClaim": 3}),
			kept:  []string{"data"},
		},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.CreatePrerequisites(t)
			before := tenant.ObjectNames(t)

			phases := tenant.Phases(t)
			var edits []Edit
			if len(want.kept) > 0 && *target == targetNative {
				// Without a provider nothing is retained.
				edits, want.kept = []Edit{editDisk("data", dontRetain)}, nil
			}
			wukong := tenant.Apply(t, example, edits...)
			// One that is stopped is ready before it has its volumes, which it may get when it starts.
			observed := wukong.Eventually(t, "comes to "+string(want.phase), func(o Observed) bool {
				return o.Status.Phase == want.phase && o.True("Ready") && o.True("VolumesBound")
			})
			if want.phase == v1alpha1.PhaseRunning {
				observed = wukong.EventuallyRuns(t)
			}
			if got := phases(); want.phase == v1alpha1.PhaseRunning && !slices.Equal(got, startPhases) && !slices.Equal(got, startPhases[1:]) {
				t.Errorf("want the phases %q, or the last of them, got %q", startPhases, got)
			}
			checkReported(t, wukong, observed)

			// CDI tidies up after an import while the virtual machine starts.
			eventually(t, "what was made of "+wukong.String()+" is all there", func() error {
				made := difference(tenant.ObjectNames(t), before)
				if diff := cmp.Diff(want.made, countKinds(made)); diff != "" {
					return fmt.Errorf("-want, +got:\n%s\n%s", diff, strings.Join(made, "\n"))
				}
				return nil
			})
			for network, address := range want.addresses {
				if got := observed.Network(network).IPAddress; got != address {
					t.Errorf("network %s: want address %s, got %q", network, address, got)
				}
			}
			var networks []string
			for _, network := range want.attached {
				networks = append(networks, tenant.Namespace+"/"+observed.Network(network).NADName)
			}
			if want.phase == v1alpha1.PhaseRunning {
				if diff := cmp.Diff(networks, attachedNetworks(t, wukong)); diff != "" {
					t.Errorf("attached networks: -want, +got:\n%s", diff)
				}
			}
			left := before
			for _, name := range want.kept {
				left = append(left, "PersistentVolumeClaim/"+wukong.PVC(t, name).Name)
			}

			wukong.Delete(t)
			tenant.EventuallyHasOnly(t, left...)
		})
	}
}

// told fails the test if a claim that is as wished does not say so, in its conditions and in kubectl's table.
func checkReported(t *testing.T, w *Wukong, o Observed) {
	t.Helper()
	vm := "VMRunning"
	if o.Status.Phase == v1alpha1.PhaseStopped {
		vm = "VMStopped"
	}
	want := map[string]string{
		"Ready": "Available", "Synced": "ReconcileSuccess", "Valid": "Accepted",
		"NetworksConfigured": "NetworksReady", "VolumesBound": "VolumesReady", "VirtualMachineReady": vm,
	}
	if *target != targetClaim {
		// Crossplane says this of composites alone.
		want["Responsive"] = "WatchCircuitClosed"
	}
	got := map[string]string{}
	for _, condition := range o.Conditions {
		got[condition.Type] = condition.Reason
		if condition.Status != metav1.ConditionTrue {
			got[condition.Type] += " is " + string(condition.Status)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("conditions: -want, +got:\n%s", diff)
	}
	if o.Status.Message != "" {
		t.Errorf("want no message, got %q", o.Status.Message)
	}

	// Not at once: of a composite, Crossplane 2.3 writes old conditions with each new status, and the new ones right after.
	eventually(t, "kubectl's columns say so of "+w.String(), func() error {
		table := w.Kubectl(t, "get", "wukong", w.Name)
		cells := firstRow(table)
		for column, want := range map[string]string{
			"NAME": w.Name, "READY": "True", "SYNCED": "True",
			"PHASE": string(o.Status.Phase), "NODE": o.Status.NodeName, "IP": o.Status.Networks[0].IPAddress,
		} {
			if got, ok := cells[column]; !ok || got != want {
				return fmt.Errorf("column %s: want %q, got %q in\n%s", column, want, got, table)
			}
		}
		return nil
	})
}

// attached are the networks that the pod of a claim was attached to besides the pod network, in order. It is Multus that says so:
// from the annotation that asks for them, KubeVirt 1.8 drops SR-IOV networks as soon as a pod is ready that has others too.
func attachedNetworks(t *testing.T, w *Wukong) []string {
	t.Helper()
	annotation := w.Pod(t).Annotations[nadv1.NetworkStatusAnnot]
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
func difference(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// count things by their kinds.
func countKinds(things []string) map[string]int {
	out := map[string]int{}
	for _, thing := range things {
		kind, _, _ := strings.Cut(thing, "/")
		out[kind]++
	}
	return out
}
