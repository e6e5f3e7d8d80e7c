package action_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/labels"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/action"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// Objects of a cluster.
const (
	wukong = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, spec: {cpu: 2}}"
	manual = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, spec: {startStrategy: " +
		"{runStrategy: Manual}}}"
	halted = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, spec: {startStrategy: " +
		"{runStrategy: Halted}}}"
	going = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1, deletionTimestamp: " +
		"'2026-01-01T00:00:00Z'}}"
	odd = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, spec: {cpu: two}}"

	unreadable = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1, deletionTimestamp: now}}"
	another    = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-b, uid: w2}}"

	running = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, status: {phase: Running}}"
	stopped = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, status: {phase: Stopped}}"
	claimed = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}, spec: {resourceRef: " +
		"{name: web-01-x}}, status: {phase: Running}}"
	composite = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: XWukong, metadata: {name: web-01-x, uid: x1}}"

	vm        = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, labels: {vm.novasphere.dev/wukong: web-01}}}"
	foreignVM = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a}}"
	runs      = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1, labels: " +
		"{vm.novasphere.dev/wukong: web-01}}, status: {phase: Running}}"
	over = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1, labels: " +
		"{vm.novasphere.dev/wukong: web-01}}, status: {phase: Succeeded}}"
	moving = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1, labels: " +
		"{vm.novasphere.dev/wukong: web-01}}, status: {phase: Running, migrationState: {targetPod: p}}}"
	moved = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1, labels: " +
		"{vm.novasphere.dev/wukong: web-01}}, status: {phase: Running, nodeName: node-2, migrationState: {targetPod: p, completed: true}}}"
	bound = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1, labels: " +
		"{vm.novasphere.dev/wukong: web-01}}, status: {phase: Running, conditions: [{type: LiveMigratable, status: 'False', message: a host device}]}}"
	restored = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, labels: {vm.novasphere.dev/wukong: web-01}}, " +
		"status: {restoreInProgress: r1}}"
	foreignVMI = "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a, uid: i1}, status: {phase: Running}}"
)

// vmOf returns the virtual machine of a composite.
func vmOf(composite string) string {
	return "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, labels: {vm.novasphere.dev/wukong: web-01}, " +
		"annotations: {vm.novasphere.dev/composite: " + composite + "}}}"
}

// snapshot returns a VirtualMachineSnapshot with the label of web-01.
func snapshot(name string) string {
	return "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: " + name +
		", namespace: team-a, labels: {vm.novasphere.dev/wukong: web-01}}, status: {phase: Succeeded}}"
}

// ready returns the VirtualMachineSnapshot web-01-3 of a virtual machine, which is ready.
func ready(vm string) string {
	return "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: web-01-3, namespace: team-a}, " +
		"spec: {source: {kind: VirtualMachine, name: " + vm + "}}, status: {readyToUse: true}}"
}

// snapshotByHand returns a VirtualMachineSnapshot without the label.
func snapshotByHand(name string) string {
	return "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: " + name + ", namespace: team-a}}"
}

// migration returns a VirtualMachineInstanceMigration of web-01.
func migration(name string) string {
	return "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstanceMigration, metadata: {name: " + name +
		", namespace: team-a, labels: {app.kubernetes.io/name: wukong, app.kubernetes.io/instance: web-01, app.kubernetes.io/managed-by: function-wukong, " +
		"vm.novasphere.dev/wukong: web-01}}, spec: {vmiName: web-01}}"
}

// operate calls the function for an Operation, in a cluster with the objects.
func operate(t *testing.T, input *structpb.Struct, objects ...string) *fnv1.RunFunctionResponse {
	t.Helper()
	return operateIn(t, input, clusterOf(objects...))
}

// operateIn calls the function for an Operation in a cluster. Its Crossplane can look up schemas.
func operateIn(t *testing.T, input *structpb.Struct, cluster crossplane.Cluster) *fnv1.RunFunctionResponse {
	t.Helper()
	req := &fnv1.RunFunctionRequest{
		Input: input,
		Meta:  &fnv1.RequestMeta{Capabilities: []fnv1.Capability{fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS}},
	}
	rsp, err := crossplane.RunFunction(t.Context(), fn.New(logging.NewNopLogger()), req, cluster)
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// A withoutKubeVirt is a cluster that serves no kind of KubeVirt.
type withoutKubeVirt struct{ crossplane.Fetcher }

// Fetch returns an error for an object of KubeVirt, as Crossplane does.
func (c withoutKubeVirt) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) {
	if strings.Contains(s.GetApiVersion(), "kubevirt.io") {
		return nil, errors.New("no matches for kind " + s.GetKind())
	}
	return c.Fetcher.Fetch(s)
}

// Schema returns an empty schema for a kind of KubeVirt.
func (c withoutKubeVirt) Schema(s *fnv1.SchemaSelector) *fnv1.Schema {
	if strings.Contains(s.GetApiVersion(), "kubevirt.io") {
		return &fnv1.Schema{}
	}
	return c.Fetcher.Schema(s)
}

// clusterOf returns a cluster with the objects.
func clusterOf(cluster ...string) crossplane.Fetcher {
	return func(s *fnv1.ResourceSelector) *fnv1.Resources {
		out := &fnv1.Resources{}
		for _, y := range cluster {
			if object := observedtest.YAML(y); selects(s, object) {
				out.Items = append(out.Items, &fnv1.Resource{Resource: object})
			}
		}
		return out
	}
}

// selects reports whether a selector matches an object.
func selects(s *fnv1.ResourceSelector, object *structpb.Struct) bool {
	text := func(s *structpb.Struct, name string) string { return s.GetFields()[name].GetStringValue() }
	metadata := object.GetFields()["metadata"].GetStructValue()
	objectLabels := labels.Set{}
	for k, v := range metadata.GetFields()["labels"].GetStructValue().GetFields() {
		objectLabels[k] = v.GetStringValue()
	}
	isIn := s.Namespace == nil || s.GetNamespace() == text(metadata, "namespace")
	return s.GetApiVersion() == text(object, "apiVersion") && s.GetKind() == text(object, "kind") && isIn &&
		(s.GetMatchName() == "" || s.GetMatchName() == text(metadata, "name")) && labels.SelectorFromSet(s.GetMatchLabels().GetLabels()).Matches(objectLabels)
}

// TestRun pins what each action applies, and shows that a refused action applies nothing and has a reason.
func TestRun(t *testing.T) {
	const wukongOnly = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1"
	taken := func(name string) string {
		return "{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, metadata: {name: " + name +
			", namespace: team-a, labels: {app.kubernetes.io/name: wukong, app.kubernetes.io/instance: web-01, app.kubernetes.io/managed-by: function-wukong, " +
			"vm.novasphere.dev/wukong: web-01}}, spec: {source: {apiGroup: kubevirt.io, kind: VirtualMachine, name: web-01}}}"
	}
	cases := map[string]struct {
		reason  string
		action  string
		cluster []string
		applies string
		refused string
	}{
		"Stop": {
			reason:  "The Operation owns autoStart only.",
			action:  "Stop",
			cluster: []string{wukong, another},
			applies: wukongOnly + "}, spec: {startStrategy: {autoStart: false}}}",
		},
		"Start": {action: "Start", cluster: []string{wukong}, applies: wukongOnly + "}, spec: {startStrategy: {autoStart: true}}}"},
		"StopHalted": {
			reason:  "A stopped virtual machine stays stopped.",
			action:  "Stop",
			cluster: []string{halted},
			applies: wukongOnly + "}, spec: {startStrategy: {autoStart: false}}}",
		},
		"StopManual":  {reason: "autoStart does not override Manual.", action: "Stop", cluster: []string{manual}, refused: "virtctl stop web-01"},
		"StartManual": {reason: "autoStart does not override Manual.", action: "Start", cluster: []string{manual}, refused: "virtctl start web-01"},
		"StartHalted": {
			reason:  "autoStart does not override Halted.",
			action:  "Start",
			cluster: []string{halted},
			refused: "runStrategy of the Wukong web-01 is Halted",
		},
		"NoWukong": {
			reason:  "Server-side apply would create one.",
			action:  "Stop",
			cluster: []string{another},
			refused: "there is no Wukong web-01 in namespace team-a",
		},
		"Going": {action: "Snapshot", cluster: []string{going, vm}, refused: "is being deleted"},
		"Odd": {
			reason:  "Whether the rest of the spec is valid does not matter.",
			action:  "Stop",
			cluster: []string{odd},
			applies: wukongOnly + "}, spec: {startStrategy: {autoStart: false}}}",
		},
		"Unreadable": {action: "Stop", cluster: []string{unreadable}, refused: "cannot read the Wukong"},
		"Restart": {
			reason:  "Only this instance is replaced.",
			action:  "Restart",
			cluster: []string{wukong, vm, runs},
			applies: wukongOnly + ", annotations: {vm.novasphere.dev/restart: i1}}}",
		},
		"RestartNothing": {action: "Restart", cluster: []string{wukong}, refused: "no instance of the virtual machine web-01 runs in this cluster"},
		"RestartOver":    {reason: "The instance has ended.", action: "Restart", cluster: []string{wukong, vm, over}, refused: "no instance"},
		"RestartForeign": {reason: "The object is foreign.", action: "Restart", cluster: []string{wukong, vm, foreignVMI}, refused: "no instance"},
		"RestartManual":  {reason: "KubeVirt would not start it again.", action: "Restart", cluster: []string{manual, runs}, refused: "virtctl restart web-01"},
		"RestartHalted":  {reason: "It would not start again.", action: "Restart", cluster: []string{halted, runs}, refused: "take the action Start"},
		"First":          {action: "Snapshot", cluster: []string{wukong, vm}, applies: taken("web-01-1")},
		"Next": {
			reason:  "Numbers are compared as numbers, and none is used again while a later one exists.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, snapshot("web-01-9"), snapshot("web-01-10"), snapshot("web-01-2")},
			applies: taken("web-01-11"),
		},
		"OddSnapshots": {
			reason:  "Other names do not count.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, snapshot("web-01-x"), snapshot("web-01--7"), snapshot("web-01-99999999999999999999"), snapshot("web-01-a-5"), snapshot("'7'")},
			applies: taken("web-01-1"),
		},
		"Taken": {
			reason:  "It would be applied over.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, snapshot("web-01-1"), snapshotByHand("web-01-2")},
			refused: "a VirtualMachineSnapshot called web-01-2 already exists and does not belong to this Wukong",
		},
		"SnapshotNothing": {
			reason:  "The snapshot would wait for a virtual machine for ever.",
			action:  "Snapshot",
			cluster: []string{wukong},
			refused: "has no virtual machine in this cluster",
		},
		"RestartElsewhere": {
			reason:  "It runs, and not here.",
			action:  "Restart",
			cluster: []string{running},
			refused: "restart it with kubectl annotate --overwrite wukong web-01 -n team-a vm.novasphere.dev/restart=UID",
		},
		"SnapshotElsewhere": {
			reason:  "It exists, and not here.",
			action:  "Snapshot",
			cluster: []string{stopped},
			refused: "create a VirtualMachineSnapshot where it is",
		},
		"RestartOther": {
			reason:  "A Wukong of the same name in another control plane has its virtual machine here.",
			action:  "Restart",
			cluster: []string{running, vmOf("w2"), runs},
			refused: "is not in the cluster of Crossplane",
		},
		"SnapshotOther": {action: "Snapshot", cluster: []string{running, vmOf("w2")}, refused: "is not in the cluster of Crossplane"},
		"SnapshotOwn":   {action: "Snapshot", cluster: []string{running, vmOf("w1")}, applies: taken("web-01-1")},
		"SnapshotClaimed": {
			reason:  "The composite of a claim has another UID.",
			action:  "Snapshot",
			cluster: []string{claimed, composite, vmOf("x1")},
			applies: taken("web-01-1"),
		},
		"SnapshotClaimedOther": {action: "Snapshot", cluster: []string{claimed, composite, vmOf("w1")}, refused: "is not in the cluster of Crossplane"},
		"SnapshotRestoring": {
			reason:  "KubeVirt writes its disks.",
			action:  "Snapshot",
			cluster: []string{wukong, restored},
			refused: "is being restored from a snapshot",
		},
		"RestartRestoring": {action: "Restart", cluster: []string{wukong, restored, runs}, refused: "is being restored from a snapshot"},
		"RestartMoving":    {action: "Restart", cluster: []string{wukong, vm, moving}, refused: "is moving to another node"},
		"ByDate": {
			reason:  "A CronJob numbers by the date.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, snapshot("web-01-7"), snapshot("web-01-202603010215")},
			applies: taken("web-01-202603010216"),
		},
		"Migrate": {action: "Migrate", cluster: []string{wukong, vm, moved}, applies: migration("web-01-1")},
		"MigrateAgain": {
			action: "Migrate", cluster: []string{wukong, vm, moved, strings.Replace(migration("web-01-3"), "spec:", "status: {phase: Succeeded}, spec:", 1)},
			applies: migration("web-01-4"),
		},
		"MigratePending": {
			reason: "KubeVirt has yet to begin.", action: "Migrate", cluster: []string{wukong, vm, moved, migration("web-01-3")}, refused: "is moving to another node",
		},
		"MigrateMoving":  {action: "Migrate", cluster: []string{wukong, vm, moving}, refused: "is moving to another node"},
		"MigrateBound":   {action: "Migrate", cluster: []string{wukong, vm, bound}, refused: "cannot migrate live: a host device"},
		"MigrateNothing": {action: "Migrate", cluster: []string{wukong, vm, over}, refused: "there is nothing to move"},
		"MigrateNoVM":    {action: "Migrate", cluster: []string{wukong}, refused: "there is nothing to move"},
		"MigrateElsewhere": {
			reason: "It runs, and not here.", action: "Migrate", cluster: []string{running}, refused: "move it with virtctl migrate web-01 -n team-a",
		},
		"MigrateTaken": {
			reason:  "It would be applied over.",
			action:  "Migrate",
			cluster: []string{wukong, vm, moved, strings.Replace(migration("web-01-1"), "vm.novasphere.dev/wukong: web-01", "by: hand", 1)},
			refused: "a VirtualMachineInstanceMigration called web-01-1 already exists",
		},
		"SnapshotInProgress": {
			reason:  "An Operation of which a part failed is tried again.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, strings.Replace(snapshot("web-01-1"), "Succeeded", "InProgress", 1)},
			refused: "the snapshot web-01-1 of the virtual machine web-01 is being taken",
		},
		"SnapshotFailed": {
			reason:  "The next one may succeed.",
			action:  "Snapshot",
			cluster: []string{wukong, vm, strings.Replace(snapshot("web-01-1"), "Succeeded", "Failed", 1)},
			applies: taken("web-01-2"),
		},
		"Restore": {
			action:  "Restore, snapshot: web-01-3",
			cluster: []string{wukong, vm, ready("web-01")},
			applies: wukongOnly + "}, spec: {restore: {snapshot: web-01-3, attempt: 1}}}",
		},
		"RestoreOther": {
			reason:  "It was restored from another one before.",
			action:  "Restore, snapshot: web-01-3",
			cluster: []string{strings.Replace(wukong, "cpu: 2", "restore: {snapshot: web-01-2, attempt: 4}", 1), vm, ready("web-01")},
			applies: wukongOnly + "}, spec: {restore: {snapshot: web-01-3, attempt: 1}}}",
		},
		"RestoreAgain": {
			reason:  "An Operation of which a part failed is tried again, and a second restore would delete what was written since.",
			action:  "Restore, snapshot: web-01-3",
			cluster: []string{strings.Replace(wukong, "cpu: 2", "restore: {snapshot: web-01-3}", 1), vm, ready("web-01")},
			refused: "has been restored from snapshot web-01-3, or is to be",
		},
		"RestoreNothing": {
			action: "Restore, snapshot: web-01-3", cluster: []string{wukong, vm}, refused: "there is no VirtualMachineSnapshot web-01-3 in namespace team-a",
		},
		"RestoreUnready": {
			action:  "Restore, snapshot: web-01-3",
			cluster: []string{wukong, vm, strings.Replace(ready("web-01"), "true", "false", 1)},
			refused: "the snapshot web-01-3 is not ready to use",
		},
		"RestoreOfOther": {
			action: "Restore, snapshot: web-01-3", cluster: []string{wukong, vm, ready("web-02")}, refused: "is of the virtual machine web-02",
		},
		"RestoreInProgress": {
			reason:  "KubeVirt restores it by itself.",
			action:  "Restore, snapshot: web-01-3",
			cluster: []string{wukong, restored, ready("web-01")},
			refused: "is being restored from a snapshot",
		},
		"RestoreElsewhere": {
			action: "Restore, snapshot: web-01-3", cluster: []string{running, ready("web-01")}, refused: "is not in the cluster of Crossplane",
		},
		"RestoreNone":  {action: "Restore", cluster: []string{wukong, vm}, refused: "snapshot: Required value: name the snapshot"},
		"StopSnapshot": {action: "Stop, snapshot: web-01-3", cluster: []string{wukong, vm}, refused: "snapshot: Forbidden: the action Restore alone takes a snapshot"},
		"SnapshotForeign": {
			reason:  "The object is foreign.",
			action:  "Snapshot",
			cluster: []string{wukong, foreignVM},
			refused: "has no virtual machine in this cluster",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			input := observedtest.YAML("{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Action, namespace: team-a, name: web-01, action: " + tc.action + "}")
			rsp := operate(t, input, tc.cluster...)
			var applies []any
			for _, r := range rsp.GetDesired().GetResources() {
				applies = append(applies, r.GetResource().AsMap())
			}
			var want []any
			if tc.applies != "" {
				want = append(want, observedtest.YAML(tc.applies).AsMap())
			}
			if diff := cmp.Diff(want, applies); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if len(rsp.GetResults()) != 1 {
				t.Fatalf("want one result, got %v", rsp.GetResults())
			}
			r := rsp.GetResults()[0]
			if fatal := r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL; fatal != (tc.refused != "") || !strings.Contains(r.GetMessage(), tc.refused) {
				t.Errorf("%s\nwant refused with %q, got %v", tc.reason, tc.refused, r)
			}
		})
	}
}

// TestNoKubeVirt shows what actions do where the virtual machines are in another cluster, and that of Crossplane has no KubeVirt.
func TestNoKubeVirt(t *testing.T) {
	for action, refused := range map[string]string{
		"Stop":     "",
		"Start":    "",
		"Restart":  "Operations reach no other: restart it with kubectl annotate",
		"Migrate":  "Operations reach no other: move it with virtctl migrate",
		"Snapshot": "Operations reach no other: create a VirtualMachineSnapshot",
	} {
		t.Run(action, func(t *testing.T) {
			input := observedtest.YAML("{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Action, namespace: team-a, name: web-01, action: " + action + "}")
			rsp := operateIn(t, input, withoutKubeVirt{clusterOf(running)})
			r := rsp.GetResults()[0]
			if fatal := r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL; fatal != (refused != "") || !strings.Contains(r.GetMessage(), refused) {
				t.Errorf("want refused with %q, got %v", refused, r)
			}
		})
	}
}

// TestExamples shows that every example of an Operation, CronOperation or WatchOperation applies one object.
func TestExamples(t *testing.T) {
	nightly := strings.Replace(wukong, "uid: w1", "uid: w1, labels: {snapshots: nightly}", 1)
	files, err := filepath.Glob("../../examples/operations/*.yaml")
	if err != nil || len(files) < 5 {
		t.Fatalf("found no examples: %v, %v", files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		spec := observedtest.YAML(string(b)).GetFields()["spec"].GetStructValue()
		if template := spec.GetFields()["operationTemplate"].GetStructValue(); template != nil {
			spec = template.GetFields()["spec"].GetStructValue()
		}
		for _, step := range spec.GetFields()["pipeline"].GetListValue().GetValues() {
			rsp := operate(t, step.GetStructValue().GetFields()["input"].GetStructValue(), nightly, vm, runs, ready("web-01"))
			if len(rsp.GetDesired().GetResources()) != 1 {
				t.Errorf("%s: want one object, got %v", file, rsp)
			}
		}
	}
}

// TestEveryWukong shows that each action reads every Wukong that the schema accepts.
func TestEveryWukong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wukong := wukongtest.Claim(wukongtest.Spec().Draw(t, "spec"))
		is, err := structpb.NewStruct(wukong)
		if err != nil {
			t.Skip("it is no JSON")
		}
		verb := rapid.SampledFrom([]v1beta1.Verb{
			v1beta1.VerbSnapshot, v1beta1.VerbRestore, v1beta1.VerbRestart, v1beta1.VerbMigrate, v1beta1.VerbStop, v1beta1.VerbStart,
		}).Draw(t, "action")
		req := &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"wukong": {Items: []*fnv1.Resource{{Resource: is}}}}}
		_, _, err = action.Run(req, &v1beta1.Action{Action: verb, Namespace: wukongtest.Namespace, Name: wukongtest.Name})
		if err != nil && strings.Contains(err.Error(), "cannot read") {
			t.Fatal(err)
		}
	})
}

// labelled returns a Wukong with the label env=dev, which runs.
func labelled(namespace, name string) string {
	return "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: " + name + ", namespace: " + namespace + ", uid: " + namespace + name +
		", labels: {env: dev}}, status: {phase: Running}}"
}

// machineOf returns the virtual machine of a Wukong.
func machineOf(namespace, name string) string {
	return "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: " + name + ", namespace: " + namespace +
		", labels: {vm.novasphere.dev/wukong: " + name + "}}}"
}

// TestSelector shows that an action is taken on every Wukong with the labels, whatever keeps it from being taken on others.
func TestSelector(t *testing.T) {
	const all = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Action, selector: {matchLabels: {env: dev}}, action: "
	deleted := strings.Replace(labelled("team-b", "gone"), "labels:", "deletionTimestamp: '2026-01-01T00:00:00Z', labels:", 1)
	unlabelled := strings.Replace(labelled("team-a", "prod"), "env: dev", "env: prod", 1)
	many := []string{}
	for n := range 101 {
		many = append(many, labelled("team-a", fmt.Sprintf("web-%d", n)))
	}
	cases := map[string]struct {
		reason  string
		input   string
		cluster []string
		applies []string
		warns   []string
		refused string
	}{
		"Snapshot": {
			reason: "Each has numbers of its own.", input: all + "Snapshot}",
			cluster: []string{
				labelled("team-a", "web-01"), machineOf("team-a", "web-01"), snapshot("web-01-4"), labelled("team-b", "db"), machineOf("team-b", "db"), unlabelled,
			},
			applies: []string{"team-a/web-01-5", "team-b/db-1"},
		},
		"Stop": {
			reason: "It takes no virtual machine.", input: all + "Stop}",
			cluster: []string{labelled("team-a", "web-01"), labelled("team-b", "db")}, applies: []string{"team-a/web-01", "team-b/db"},
		},
		"Namespace": {
			reason: "Others are not looked for.", input: all + "Stop, namespace: team-b}",
			cluster: []string{labelled("team-a", "web-01"), labelled("team-b", "db")}, applies: []string{"team-b/db"},
		},
		"Some": {
			reason: "What keeps one from it is told, and keeps no other from it.", input: all + "Snapshot}",
			cluster: []string{labelled("team-a", "web-01"), labelled("team-b", "db"), machineOf("team-b", "db"), deleted},
			applies: []string{"team-b/db-1"},
			warns: []string{
				"team-a/web-01: the virtual machine web-01 is not in the cluster of Crossplane", "team-b/gone: the Wukong gone in namespace team-b is being deleted",
			},
		},
		"NoneOfThem": {
			reason: "Nothing is applied.", input: all + "Snapshot}", cluster: []string{deleted},
			refused: "the action is refused for each of the selected Wukongs, first for team-b/gone: ",
		},
		"None": {input: all + "Snapshot}", cluster: []string{unlabelled}, refused: "no Wukong has the labels of the selector"},
		"Many": {
			reason: "All that is looked up goes into one message.", input: all + "Stop}", cluster: many, refused: "101 Wukongs have the labels of the selector",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := operate(t, observedtest.YAML(tc.input), tc.cluster...)
			var applies, warns []string
			for _, r := range rsp.GetDesired().GetResources() {
				metadata := r.GetResource().GetFields()["metadata"].GetStructValue().AsMap()
				applies = append(applies, fmt.Sprint(metadata["namespace"], "/", metadata["name"]))
			}
			slices.Sort(applies)
			refused := ""
			for _, r := range rsp.GetResults() {
				switch r.GetSeverity() {
				case fnv1.Severity_SEVERITY_WARNING:
					warns = append(warns, r.GetMessage())
				case fnv1.Severity_SEVERITY_FATAL:
					refused = r.GetMessage()
				case fnv1.Severity_SEVERITY_NORMAL, fnv1.Severity_SEVERITY_UNSPECIFIED:
				}
			}
			if diff := cmp.Diff(tc.applies, applies); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			isTold := len(warns) == len(tc.warns)
			for i := range tc.warns {
				isTold = isTold && strings.HasPrefix(warns[i], tc.warns[i])
			}
			if !isTold || !strings.Contains(refused, tc.refused) || (refused == "") != (tc.refused == "") {
				t.Errorf("%s Want warnings %q and refused %q, got %q and %q", tc.reason, tc.warns, tc.refused, warns, refused)
			}
		})
	}
}
