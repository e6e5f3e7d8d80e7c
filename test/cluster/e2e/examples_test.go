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

// composed returns the number of objects by kind of an example that runs: those of every example and, in more, those of its networks and disks.
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

// TestExamples applies each example and checks its status, the objects that it results in, and the objects that remain after its deletion.
func TestExamples(t *testing.T) {
	t.Parallel()
	oneDisk := map[string]int{"Object": 2, "DataVolume": 1, "PersistentVolumeClaim": 1}
	for example, want := range map[string]struct {
		// phase is the final phase.
		phase v1alpha1.Phase
		// objects is the number of objects by kind, in the namespace or as an Object.
		objects map[string]int
		// attached are the networks besides the pod network, by name.
		attached []string
		// addresses are the static addresses by network.
		addresses map[string]string
		// retained are the disks whose PersistentVolumeClaims remain.
		retained []string
	}{
		"minimal":           {phase: v1alpha1.PhaseRunning, objects: composed(oneDisk)},
		"cloud-image":       {phase: v1alpha1.PhaseRunning, objects: composed(oneDisk)},
		"high-availability": {phase: v1alpha1.PhaseRunning, objects: composed(oneDisk)},
		"halted": {
			phase: v1alpha1.PhaseStopped,
			// No Object observes the instance of a stopped virtual machine.
			objects: composed(map[string]int{"Object": 1, "DataVolume": 1, "PersistentVolumeClaim": 1, "VirtualMachineInstance": -1, "Pod": -1}),
		},
		"three-networks": {
			phase:     v1alpha1.PhaseRunning,
			objects:   composed(map[string]int{"Object": 5, "DataVolume": 1, "PersistentVolumeClaim": 1, "NetworkAttachmentDefinition": 2}),
			attached:  []string{"office", "storage", "fast"},
			addresses: map[string]string{"office": "192.168.120.10", "fast": "10.200.0.10"},
		},
		"four-disks": {
			phase:    v1alpha1.PhaseRunning,
			objects:  composed(map[string]int{"Object": 5, "DataVolume": 2, "PersistentVolumeClaim": 3}),
			retained: []string{"data"},
		},
		// KubeVirt makes a claim for the variables of EFI and the state of the TPM, and deletes it with the virtual machine.
		"install-from-iso": {
			phase:   v1alpha1.PhaseRunning,
			objects: composed(map[string]int{"Object": 4, "DataVolume": 1, "PersistentVolumeClaim": 3}),
		},
		// It has no Secret with cloud-init data. KubeVirt's preferences are not installed here.
		"windows-server-iso": {
			phase:   v1alpha1.PhaseRunning,
			objects: composed(map[string]int{"Object": 3, "DataVolume": 1, "PersistentVolumeClaim": 2, "Secret": -1}),
		},
		"secure-boot-tpm": {
			phase:   v1alpha1.PhaseRunning,
			objects: composed(map[string]int{"Object": 2, "DataVolume": 1, "PersistentVolumeClaim": 2}),
		},
		"growing-database": {
			phase:    v1alpha1.PhaseRunning,
			objects:  composed(map[string]int{"Object": 3, "DataVolume": 1, "PersistentVolumeClaim": 2}),
			retained: []string{"data"},
		},
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			tenant.CreatePrerequisites(t)
			before := tenant.ObjectNames(t)

			phases := tenant.Phases(t)
			var edits []Edit
			if len(want.retained) > 0 && *target == targetNative {
				// Without a provider no disk is retained.
				edits, want.retained = []Edit{editDisk("data", dontRetain)}, nil
			}
			if example == "windows-server-iso" {
				edits = append(edits, withoutPreference)
			}
			wukong := tenant.Apply(t, example, edits...)
			// A stopped virtual machine is ready before its volumes are bound.
			observed := wukong.Eventually(t, "reaches phase "+string(want.phase), func(o Observed) bool {
				return o.Status.Phase == want.phase && o.True("Ready") && o.True("VolumesBound")
			})
			if want.phase == v1alpha1.PhaseRunning {
				observed = wukong.EventuallyRuns(t)
			}
			if got := phases(want.phase); want.phase == v1alpha1.PhaseRunning && !slices.Equal(got, startPhases) && !slices.Equal(got, startPhases[1:]) {
				t.Errorf("want the phases %q, where the first may be missing, got %q", startPhases, got)
			}
			checkReported(t, wukong, observed)

			// CDI deletes its pods after an import while the virtual machine starts.
			eventually(t, wukong.String()+" has exactly its objects", func() error {
				objects := difference(tenant.ObjectNames(t), before)
				if diff := cmp.Diff(want.objects, countKinds(objects)); diff != "" {
					return fmt.Errorf("-want, +got:\n%s\n%s", diff, strings.Join(objects, "\n"))
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
			remaining := before
			for _, name := range want.retained {
				remaining = append(remaining, "PersistentVolumeClaim/"+wukong.PVC(t, name).Name)
			}

			wukong.Delete(t)
			tenant.EventuallyHasOnly(t, remaining...)
		})
	}
}

// checkReported fails the test unless the conditions, the message and kubectl's columns report a Wukong that is running or stopped as desired.
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
	if ha := o.Spec.HighAvailability; ha != nil && ha.EvictionStrategy != nil {
		want["LiveMigratable"] = "LiveMigratable"
	}
	if *target != targetClaim {
		// Crossplane sets this condition on composites, not on claims.
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

	// Crossplane 2.3 first writes a new status of a composite with the old conditions, and the new conditions right after.
	eventually(t, "kubectl's columns agree with the status of "+w.String(), func() error {
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

// attachedNetworks returns the networks of the pod of a Wukong besides the pod network, in order. It reads the status by Multus: KubeVirt 1.8
// removes SR-IOV networks from the annotation with the request when a pod with other networks becomes ready.
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

// difference returns the elements of list that are not in other.
func difference(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

// countKinds counts objects, as KIND/NAME, by kind.
func countKinds(objects []string) map[string]int {
	out := map[string]int{}
	for _, object := range objects {
		kind, _, _ := strings.Cut(object, "/")
		out[kind]++
	}
	return out
}
