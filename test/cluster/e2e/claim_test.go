//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/player"
)

// A Claim is a Wukong that a tenant has applied.
type Claim struct {
	*Tenant

	// Name of the Wukong, and of its virtual machine.
	Name string
}

func (c *Claim) String() string { return c.Namespace + "/" + c.Name }

func (c *Claim) key() types.NamespacedName {
	return types.NamespacedName{Namespace: c.Namespace, Name: c.Name}
}

// A Sight is a Wukong as it was seen, with the conditions that Crossplane keeps in its status.
type Sight struct {
	v1alpha1.Wukong

	// Conditions of the Wukong.
	Conditions []metav1.Condition

	// Kstatus is what kstatus makes of it, the library that Flux waits by.
	Kstatus status.Status
}

// Condition of a kind; nil if there is none.
func (s Sight) Condition(kind string) *metav1.Condition {
	return meta.FindStatusCondition(s.Conditions, kind)
}

// True says whether the condition of a kind is.
func (s Sight) True(kind string) bool { return meta.IsStatusConditionTrue(s.Conditions, kind) }

// Reason of the condition of a kind; empty if there is none.
func (s Sight) Reason(kind string) string {
	if c := s.Condition(kind); c != nil {
		return c.Reason
	}
	return ""
}

// Runs reports whether the virtual machine runs, with a node and an address on each network.
func (s Sight) Runs() bool {
	return s.Status.Phase == v1alpha1.PhaseRunning && s.Status.NodeName != "" &&
		!slices.ContainsFunc(s.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.IPAddress == "" })
}

// Network returns what is told of a network.
func (s Sight) Network(name string) v1alpha1.NetworkStatus {
	if i := slices.IndexFunc(s.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.Name == name }); i >= 0 {
		return s.Status.Networks[i]
	}
	return v1alpha1.NetworkStatus{}
}

// Volume returns what is told of a disk.
func (s Sight) Volume(name string) v1alpha1.VolumeStatus {
	if i := slices.IndexFunc(s.Status.Volumes, func(v v1alpha1.VolumeStatus) bool { return v.Name == name }); i >= 0 {
		return s.Status.Volumes[i]
	}
	return v1alpha1.VolumeStatus{}
}

// String is the status, for whoever waits in vain.
func (s Sight) String() string {
	b, err := yaml.Marshal(map[string]any{"status": s.Status, "conditions": s.Conditions, "kstatus": s.Kstatus})
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// See the claim as it is now.
func (c *Claim) See(t *testing.T) Sight {
	t.Helper()
	s, err := c.see(t)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *Claim) see(t *testing.T) (Sight, error) {
	t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(claimGVK)
	if err := c.Get(t.Context(), c.key(), u); err != nil {
		return Sight{}, err
	}
	s := Sight{}
	conditions := struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}{}
	b, err := u.MarshalJSON()
	if err != nil {
		return Sight{}, err
	}
	err = errors.Join(json.Unmarshal(b, &s.Wukong), json.Unmarshal(b, &conditions))
	s.Conditions = conditions.Status.Conditions
	if err != nil {
		return Sight{}, err
	}
	computed, err := status.Compute(u)
	if err != nil {
		return Sight{}, err
	}
	s.Kstatus = computed.Status
	return s, nil
}

// Eventually waits until the claim is as wished, and returns it. The wish says what is, and why it is not what is wished.
func (c *Claim) Eventually(t *testing.T, what string, wish func(Sight) bool) Sight {
	t.Helper()
	var last Sight
	eventually(t, c.String()+" "+what, func() error {
		s, err := c.see(t)
		if err != nil {
			return err
		}
		if last = s; !wish(s) {
			return errors.New(s.String())
		}
		return nil
	})
	return last
}

// EventuallyRuns waits until the virtual machine runs, with a node and an address, and the claim is ready, for kstatus too.
func (c *Claim) EventuallyRuns(t *testing.T) Sight {
	t.Helper()
	return c.Eventually(t, "runs", func(s Sight) bool { return s.Runs() && s.True("Ready") && s.Kstatus == status.CurrentStatus })
}

// EventuallyStalls waits until the virtual machine runs on while the claim is not ready, as it cannot become what it says.
func (c *Claim) EventuallyStalls(t *testing.T) Sight {
	t.Helper()
	return c.Eventually(t, "runs on, and is stalled", func(s Sight) bool {
		return s.Runs() && s.True("Stalled") && !s.True("Ready") && s.Kstatus == status.FailedStatus
	})
}

// Edit the claim. What is not edited stays as it is, also where somebody else has changed it.
func (c *Claim) Edit(t *testing.T, edit Edit) {
	t.Helper()
	if err := c.TryEdit(t, edit); err != nil {
		t.Fatal(err)
	}
}

// TryEdit edits the claim, and returns why the API server refuses that.
func (c *Claim) TryEdit(t *testing.T, edit Edit) error {
	t.Helper()
	w := &v1alpha1.Wukong{}
	if err := c.Get(t.Context(), c.key(), w); err != nil {
		t.Fatal(err)
	}
	before := w.DeepCopy()
	edit(w)
	return c.Patch(t.Context(), w, client.MergeFrom(before))
}

// Delete the claim, and wait until it is gone.
func (c *Claim) Delete(t *testing.T) {
	t.Helper()
	c.DeleteAtOnce(t)
	c.EventuallyGone(t)
}

// VM is the virtual machine of the claim.
func (c *Claim) VM(t *testing.T) *kubevirtv1.VirtualMachine {
	t.Helper()
	vm := &kubevirtv1.VirtualMachine{}
	if err := c.Get(t.Context(), c.key(), vm); err != nil {
		t.Fatal(err)
	}
	return vm
}

// VMI is the running instance of the virtual machine.
func (c *Claim) VMI(t *testing.T) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := &kubevirtv1.VirtualMachineInstance{}
	if err := c.Get(t.Context(), c.key(), vmi); err != nil {
		t.Fatal(err)
	}
	return vmi
}

// Pod is the pod that runs the instance.
func (c *Claim) Pod(t *testing.T) *corev1.Pod {
	t.Helper()
	all := &corev1.PodList{}
	if err := c.List(t.Context(), all, client.InNamespace(c.Namespace), client.MatchingLabels{kubevirtv1.CreatedByLabel: string(c.VMI(t).UID)}); err != nil {
		t.Fatal(err)
	}
	if len(all.Items) != 1 {
		t.Fatalf("want one pod that runs %s, got %d", c, len(all.Items))
	}
	return &all.Items[0]
}

// Crash the virtual machine: its emulator dies.
func (c *Claim) Crash(t *testing.T) {
	t.Helper()
	say(t, "crashing %s", c)
	c.play(t, player.Crash)
}

// PowerOff lets the guest shut itself down.
func (c *Claim) PowerOff(t *testing.T) {
	t.Helper()
	say(t, "powering off the guest of %s", c)
	c.play(t, player.PowerOff)
}

// play asks the player for something by an annotation of the instance.
func (c *Claim) play(t *testing.T, annotation string) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"now"}}}`, annotation)
	if err := c.Patch(t.Context(), c.VMI(t), client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
}
