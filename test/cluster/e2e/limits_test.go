//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// tenantLimits are the limits of a platform with hostile tenants.
const tenantLimits = `
cpu: 4
memory: 8Gi
instancetypes: [u1.*]
networkTypes: [bridge, macvlan, sriov]
bridges: [{name: br-tenants, vlans: ["100-199"]}]
masters: [{name: ens2f1}]
resourceNames: [{name: example.org/fast}]
macSpoofCheck: Required
images: ["https://images.example.org/vms/", "docker://quay.io/containerdisks/"]
storageClassNames: [standard, fast]
disks: 3
diskSize: 10Gi
nodeSelectorKeys: [topology.kubernetes.io/zone]
tolerationKeys: [example.org/vm]
deviceNames: [example.org/small-gpu]
secretNames: ["vm-*"]
claimNames: ["vm-*"]
templatePaths: [domain.chassis]
`

// limit sets the limits in the Composition, and applies the policy that follows from it, in force in the namespaces of some tenants alone. All
// other Wukongs are held to the limits, too, so that a test that does so must not run in parallel with others. It returns what takes it all back.
func (c *Cluster) limit(t *testing.T, limits string, tenants ...*Tenant) (restore func()) {
	t.Helper()
	c.setLimits(t, limits)
	policy := c.limitsPolicy(t)
	var namespaces []any
	for _, n := range tenants {
		namespaces = append(namespaces, n.Namespace)
	}
	for _, o := range policy {
		if o.GetKind() == "ValidatingAdmissionPolicyBinding" {
			in := map[string]any{"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}
			selector := map[string]any{"matchExpressions": []any{in}}
			if err := unstructured.SetNestedMap(o.Object, selector, "spec", "matchResources", "namespaceSelector"); err != nil {
				t.Fatal(err)
			}
		}
		if err := serverSideApply(t, c, o); err != nil {
			t.Fatal(err)
		}
	}
	restored := false
	restore = func() {
		if restored {
			return
		}
		restored = true
		c.setLimits(t, "")
		for _, o := range policy {
			if err := c.Delete(context.Background(), o); client.IgnoreNotFound(err) != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(restore)
	return restore
}

// everyDevice are the limits of a platform that bounds nothing: without a list nobody may take a device of the nodes.
const everyDevice = "deviceNames: ['*']"

// setLimits sets the limits in the Composition; everyDevice if they are empty.
func (c *Cluster) setLimits(t *testing.T, limits string) {
	t.Helper()
	if limits == "" {
		limits = everyDevice
	}
	var values map[string]any
	if err := yaml.Unmarshal([]byte(limits), &values); err != nil {
		t.Fatal(err)
	}
	c.setInput(t, func(input map[string]any) { input["limits"] = values })
}

// limitsPolicy returns the policy that the command line prints for the Composition that serves all Wukongs.
func (c *Cluster) limitsPolicy(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	state, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	composition := c.composition(t, servingComposition)
	unstructured.RemoveNestedField(composition.Object, "metadata", "managedFields")
	b, err := yaml.Marshal(composition.Object)
	if err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(t.TempDir(), "composition.yaml"), filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(in, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	command := exec.CommandContext(t.Context(), state.Registry.Function, "limits", in)
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("function-wukong limits: %v: %s", err, stderr.String())
	}
	if err := os.WriteFile(out, []byte(stdout.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	objects, err := plane.ReadObjects(out)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// strictLimits allow nothing of what the Wukong of TestTightenedLimits has, but the types of its networks: without these, a network that moves to
// another bridge would be refused for its type.
const strictLimits = `
cpu: 1
memory: 1Gi
networkTypes: [bridge, macvlan]
bridges: [{name: br-tenants, vlans: ["100-199"]}]
masters: [{name: ens2f1}]
images: ["https://images.example.org/vms/"]
storageClassNames: [standard]
disks: 1
diskSize: 1Gi
nodeSelectorKeys: [topology.kubernetes.io/zone]
tolerationKeys: [example.org/vm]
secretNames: ["vm-*"]
claimNames: ["vm-*"]
`

// TestTightenedLimits tightens all limits under a Wukong that runs. It goes on to be reconciled, edited elsewhere, restarted and deleted, and says
// what is out of bounds. Only another value that is out of bounds is refused, by the policy and by the function.
//
// All tenants share the Composition with the limits, so that this test runs in parallel with others only once it is restored.
func TestTightenedLimits(t *testing.T) {
	guarded, unguarded := cluster.NewTenant(t), cluster.NewTenant(t)
	t.Cleanup(func() { cluster.setLimits(t, "") })
	cluster.setLimits(t, "masters: [{name: ens9}]")
	running := map[*Tenant]*Wukong{}
	for _, tenant := range []*Tenant{guarded, unguarded} {
		tenant.CreatePrerequisites(t)
		running[tenant] = tenant.Apply(t, "minimal", beyondStrictLimits)
	}
	uids := map[*Tenant]map[string]types.UID{}
	for tenant, w := range running {
		w.EventuallyRuns(t)
		uids[tenant] = tenant.UIDs(t)
	}
	restore := cluster.limit(t, strictLimits, guarded)

	for tenant, w := range running {
		w.Eventually(t, "says what is out of bounds, and runs", func(o Observed) bool {
			c := o.Condition("Valid")
			return o.Runs() && o.True("Ready") && c != nil && strings.Contains(c.Message, "limits.cpu")
		})
		tenant.CheckUIDs(t, uids[tenant])
	}
	eventually(t, "the policy is in force", func() error {
		if err := guarded.tryWukong(t, "probe", "cpu: 2", client.DryRunAll); err == nil || !strings.Contains(err.Error(), "limits.cpu") {
			return fmt.Errorf("it refuses %w", err)
		}
		return nil
	})
	// Where the policy is in force, and where it is not, an edit of something else passes, and takes effect.
	for _, w := range running {
		w.Edit(t, withRunStrategy(kubevirtv1.RunStrategyRerunOnFailure))
	}
	for _, w := range running {
		eventually(t, w.String()+" has the other run strategy", func() error {
			if got := *w.VM(t).Spec.RunStrategy; got != kubevirtv1.RunStrategyRerunOnFailure {
				return fmt.Errorf("it is %s", got)
			}
			return nil
		})
	}

	for limit, edit := range stricter() {
		if err := running[guarded].TryEdit(t, edit); err == nil || !strings.Contains(err.Error(), limit) {
			t.Errorf("want kubectl apply refused with %s, got %v", limit, err)
		}
		w := running[unguarded]
		before := w.VM(t)
		if err := w.TryEdit(t, edit); err != nil {
			t.Errorf("%s: %v", limit, err)
			continue
		}
		w.Eventually(t, "is refused another value by "+limit, func(o Observed) bool { return refusedAt(o, limit) })
		if diff := cmp.Diff(before.Spec, w.VM(t).Spec); diff != "" {
			t.Errorf("%s: the virtual machine changed: -before, +after:\n%s", limit, diff)
		}
		w.Edit(t, beyondStrictLimits)
		w.Eventually(t, "is accepted again", func(o Observed) bool { return !refusedAt(o, limit) && o.True("Ready") })
	}

	for _, w := range running {
		first := w.VMI(t).UID
		w.Edit(t, func(m *v1alpha1.Wukong) { m.Annotations = map[string]string{v1alpha1.AnnotationRestart: string(first)} })
		w.EventuallyReplaced(t, first)
	}
	for _, w := range running {
		w.DeleteNoWait(t)
	}
	for tenant, w := range running {
		eventually(t, w.String()+" has no virtual machine", func() error {
			if left := tenant.listNames(t, kubevirtv1.SchemeGroupVersion.WithKind("VirtualMachine")); len(left) > 0 {
				return fmt.Errorf("there is %q", left)
			}
			return nil
		})
	}
	restore()
	t.Parallel()
	for _, w := range running {
		w.EventuallyGone(t)
	}
}

// beyondStrictLimits gives a Wukong a value beyond each of strictLimits. It can be used as an edit of such a Wukong, which it changes back.
func beyondStrictLimits(w *v1alpha1.Wukong) {
	vlan, cpu := int32(300), int32(2)
	w.Spec.CPU, w.Spec.Memory, w.Spec.SSHKeySecret = &cpu, quantity("2Gi"), "ops-keys"
	w.Spec.Disks = []v1alpha1.Disk{
		importedDisk("system", withStorageClass("fast")), emptyDisk("data"), claimDisk("archive", "archive-2025"),
	}
	w.Spec.Networks = []v1alpha1.Network{
		{Name: "lan", Type: v1alpha1.NetworkTypeBridge, BridgeName: "br-other", VLANID: &vlan},
		{Name: "uplink", Type: v1alpha1.NetworkTypeMacvlan, Master: "ens9"},
	}
	w.Spec.HighAvailability = &v1alpha1.HighAvailability{
		NodeSelector: map[string]v1alpha1.LabelValue{"kubernetes.io/os": "linux"},
		Tolerations:  []v1alpha1.Toleration{{Operator: "Exists"}},
	}
}

// stricter returns edits of such a Wukong, each to another value beyond a limit.
func stricter() map[string]Edit {
	return map[string]Edit{
		"limits.cpu":    withCPUs(3),
		"limits.memory": func(w *v1alpha1.Wukong) { w.Spec.Memory = quantity("3Gi") },
		"limits.networkTypes": func(w *v1alpha1.Wukong) {
			w.Spec.Networks = append(w.Spec.Networks, v1alpha1.Network{Name: "more", Type: "ovs"})
		},
		"limits.bridges": func(w *v1alpha1.Wukong) { w.Spec.Networks[0].BridgeName = "br-third" },
		"limits.masters": func(w *v1alpha1.Wukong) { w.Spec.Networks[1].Master = "ens10" },
		"limits.images":  func(w *v1alpha1.Wukong) { w.Spec.Disks = append(w.Spec.Disks, importedDisk("more")) },
		"limits.storageClassNames": func(w *v1alpha1.Wukong) {
			w.Spec.Disks = append(w.Spec.Disks, emptyDisk("more", withStorageClass("shared")))
		},
		"limits.disks":            func(w *v1alpha1.Wukong) { w.Spec.Disks = append(w.Spec.Disks, emptyDisk("more", withSize("1Gi"))) },
		"limits.diskSize":         editDisk("data", withSize("3Gi")),
		"limits.nodeSelectorKeys": func(w *v1alpha1.Wukong) { w.Spec.HighAvailability.NodeSelector["kubernetes.io/arch"] = "amd64" },
		"limits.tolerationKeys": func(w *v1alpha1.Wukong) {
			w.Spec.HighAvailability.Tolerations = append(w.Spec.HighAvailability.Tolerations, v1alpha1.Toleration{Key: "other", Operator: "Exists"})
		},
		"limits.secretNames": func(w *v1alpha1.Wukong) { w.Spec.SSHKeySecret = "other-keys" },
		"limits.claimNames":  func(w *v1alpha1.Wukong) { w.Spec.Disks[2].ClaimName = "another" },
	}
}
