package argocd

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	vmv1alpha1 "github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/test/argocd/settings"
)

// A want is the health that Argo CD must report, and a part of its message.
type want struct {
	status  health.HealthStatusCode
	message string
}

func healthy(message string) want     { return want{health.HealthStatusHealthy, message} }
func progressing(message string) want { return want{health.HealthStatusProgressing, message} }
func degraded(message string) want    { return want{health.HealthStatusDegraded, message} }
func suspended(message string) want   { return want{health.HealthStatusSuspended, message} }

// A state is an object in the cluster, and the health that it must have.
type state struct {
	name   string
	object *unstructured.Unstructured
	want   want
}

// check returns an error unless Argo CD's own engine reports the health that the object must have.
func (s state) check(overrides map[string]v1alpha1.ResourceOverride) error {
	h, err := health.GetResourceHealth(s.object, lua.ResourceHealthOverrides(overrides))
	if err != nil {
		return err
	}
	if h == nil || h.Status != s.want.status || !strings.Contains(h.Message, s.want.message) {
		return fmt.Errorf("want %s with %q, got %+v", s.want.status, s.want.message, h)
	}
	return nil
}

// scenarios are the states of Wukongs. The function itself derives the conditions of each from what it observes.
var scenarios = map[string]struct {
	// kinds of composite that can be in this state; nil for all.
	kinds []string

	// example that has the manifest; default: cloud-image. observed is the file of examples/observed.
	example, observed string

	// edits of the manifest, and of the observed and the required resources.
	edits []func(t *testing.T, w *wukong)

	// reason that a condition must have, which shows that the edits lead to this state.
	reason string

	want want
}{
	"nothing is there yet": {reason: "VMPending", want: progressing("waiting for")},
	"a network is not there": {
		observed: "running", edits: edits(spec([]any{bridge}, "networks")), reason: "NetworksPending",
		want: progressing("waiting for network lan"),
	},
	"importing":        {observed: "importing", reason: "VolumesImporting", want: progressing("importing 45.3%")},
	"an import failed": {observed: "failed-import", reason: "VolumesFailed", want: degraded("404")},
	"a volume is prepared": {
		observed: "importing", edits: edits(disk("PVCBound", nil)), reason: "VolumesPending",
		want: progressing("its volume is being prepared"),
	},
	"an upload is waited for": {
		observed: "importing", edits: edits(uploaded, disk("UploadReady", nil)), reason: "VolumesAwaitUpload",
		want: progressing("virtctl image-upload dv build-01-system-dt7d7"),
	},
	"the machine is refused": {
		kinds: []string{claim, namespaced}, observed: "refused", reason: "VMFailed", want: degraded("quota of the namespace is used up"),
	},
	"a network is refused": {
		kinds: []string{claim, namespaced}, observed: "refused", edits: edits(spec([]any{bridge}, "networks"), rename("vm", "nad-lan")),
		reason: "NetworksFailed", want: degraded("network lan: refused by the cluster"),
	},
	"starting": {
		observed: "running", edits: edits(vm("Starting")), reason: "VMStarting", want: progressing("it is starting"),
	},
	"running": {observed: "running", reason: "VMRunning", want: healthy("running")},
	"a disk grows": {
		kinds: []string{claim, namespaced}, observed: "running", edits: edits(growingClaim), reason: "VolumesResizing",
		want: progressing("growing from 40Gi to 50Gi"),
	},
	"moving to another node": {
		observed: "running", edits: edits(vm("Migrating")), reason: "VMMigrating", want: healthy("it is moving to another node"),
	},
	"not ready": {
		observed: "running", reason: "VMNotReady",
		edits: edits(
			spec(map[string]any{"tcpSocket": map[string]any{"port": int64(22)}}, "readinessProbe"),
			vm("Running", condition("Ready", "False", "ContainersNotReady", "containers with unready status: [compute]")),
		),
		want: progressing("does not pass its readinessProbe (tcpSocket of port 22)"),
	},
	"paused": {
		observed: "running", edits: edits(vm("Paused")), reason: "VMPaused", want: suspended("virtctl unpause vm build-01"),
	},
	"unschedulable": {
		observed: "running", edits: edits(vm("ErrorUnschedulable")), reason: "VMFailed", want: degraded("unschedulable"),
	},
	"crashing": {
		observed: "running", edits: edits(vm("CrashLoopBackOff")), reason: "VMFailed", want: degraded("it crashes again and again"),
	},
	"restarting": {
		observed: "running", edits: edits(restartRequested), reason: "VMRestarting", want: progressing("it is restarting"),
	},
	"a change waits": {
		observed: "running", edits: edits(vm("Running", condition("RestartRequired", "True", "RestartRequired", "a field was changed"))),
		reason: "RestartRequired", want: healthy("waiting for a restart: a change of "),
	},
	"a change has waited": {
		observed: "running", edits: edits(previously(condition("RestartRequired", "True", "RestartRequired", "a field was changed"))),
		reason: "NoRestartRequired", want: healthy("running"),
	},
	"can move": {
		observed: "running", edits: edits(liveMigrate, vm("Running", condition("LiveMigratable", "True", "", ""))),
		reason: "LiveMigratable", want: healthy("running"),
	},
	"cannot move": {
		observed: "running",
		edits:    edits(liveMigrate, vm("Running", condition("LiveMigratable", "False", "DisksNotLiveMigratable", "PVC is not shared"))),
		reason:   "DisksNotLiveMigratable", want: healthy("running"),
	},
	"may be able to move": {
		observed: "importing", edits: edits(liveMigrate, previously(condition("LiveMigratable", "True", "LiveMigratable", ""))),
		reason: "NotRunning", want: progressing("importing 45.3%"),
	},
	"need not move any more": {
		observed: "running", edits: edits(previously(condition("LiveMigratable", "True", "LiveMigratable", ""))), reason: "NotAskedFor",
		want: healthy("running"),
	},
	"stopping": {
		observed: "running", edits: edits(spec("Halted", "startStrategy", "runStrategy"), vm("Stopping")), reason: "VMStopping",
		want: progressing("it is stopping"),
	},
	"stopped by autoStart": {
		example: "halted", observed: "stopped", edits: edits(spec(false, "startStrategy", "autoStart")), reason: "VMStopped",
		want: healthy("as startStrategy says"),
	},
	"stopped by Halted": {
		example: "halted", observed: "stopped",
		edits: edits(spec("Halted", "startStrategy", "runStrategy"), spec(true, "startStrategy", "autoStart")), reason: "VMStopped",
		want: healthy("as startStrategy says"),
	},
	"stopped by hand": {
		example: "halted", observed: "stopped",
		edits: edits(spec("Manual", "startStrategy", "runStrategy"), spec(false, "startStrategy", "autoStart")), reason: "VMStopped",
		want: healthy("by its guest, or by virtctl"),
	},
	"ended": {
		example: "halted", observed: "stopped",
		edits:  edits(spec(map[string]any{}, "startStrategy"), spec("Never", "highAvailability", "restartPolicy"), ranWith("Once")),
		reason: "VMStopped", want: healthy("by its guest, or by virtctl"),
	},
	"stopped, and about to start": {
		example: "halted", observed: "stopped", edits: edits(spec(true, "startStrategy", "autoStart")), reason: "VMStarting",
		want: progressing("it is about to start"),
	},
	"a Secret is refused": {
		kinds: []string{claim, namespaced}, observed: "refused", edits: edits(rename("cloud-init", "theirs"), rename("vm", "cloud-init")),
		reason: "CloudInitFailed", want: degraded("cloud-init data: refused by the cluster"),
	},
	"out of limits": {
		observed: "running", edits: edits(limited(map[string]any{"images": []any{}})), reason: "OutOfLimits", want: healthy("running"),
	},
	"a disk was to shrink": {
		observed: "running", edits: edits(resized("1Gi")), reason: "ImmutableChange", want: degraded("cannot shrink"),
	},
	"a disk has shrunk back": {
		observed: "running", edits: edits(previously(condition("Stalled", "True", "ImmutableChange", "cannot shrink"))),
		reason: "NotStalled", want: healthy("running"),
	},
	"a disk cannot be read": {
		kinds: []string{claim, namespaced}, observed: "running", edits: edits(renderedBefore, unreadableDisk), reason: "Unreadable",
		want: degraded("cannot be read"),
	},
	"refused when it was new": {
		edits: edits(spec([]any{foreign}, "networks")), reason: "InvalidSpec", want: degraded("spec.networks[0].nadName"),
	},
	"refused when it was edited": {
		observed: "running", edits: edits(renderedBefore, spec([]any{foreign}, "networks")), reason: "InvalidSpec",
		want: degraded("spec.networks[0].nadName"),
	},
}

var (
	bridge  = map[string]any{"name": "lan", "type": "bridge"}
	foreign = map[string]any{"name": "lan", "type": "bridge", "nadName": "other/lan"}
)

type edit = func(t *testing.T, w *wukong)

// liveMigrate has the virtual machine migrated when its node is drained.
var liveMigrate = spec("LiveMigrate", "highAvailability", "evictionStrategy")

func edits(e ...edit) []edit { return e }

// spec sets a field of the manifest's spec.
func spec(value any, path ...string) edit {
	return func(t *testing.T, w *wukong) {
		if err := unstructured.SetNestedField(w.manifest.Object, value, append([]string{"spec"}, path...)...); err != nil {
			t.Fatal(err)
		}
	}
}

// resized gives the only disk another size.
func resized(size string) edit {
	return func(t *testing.T, w *wukong) {
		disks, _, err := unstructured.NestedSlice(w.manifest.Object, "spec", "disks")
		if err != nil {
			t.Fatal(err)
		}
		disks[0].(map[string]any)["size"] = size
		spec(disks, "disks")(t, w)
	}
}

// uploaded lets somebody upload the image of the only disk.
func uploaded(t *testing.T, w *wukong) {
	disks, _, err := unstructured.NestedSlice(w.manifest.Object, "spec", "disks")
	if err != nil {
		t.Fatal(err)
	}
	d := disks[0].(map[string]any)
	delete(d, "image")
	d["upload"] = true
	spec(disks, "disks")(t, w)
	_, o := find(t, w, "disk-system")
	o["spec"].(map[string]any)["source"] = map[string]any{"upload": map[string]any{}}
}

// limited lets the platform team give limits.
func limited(limits map[string]any) edit {
	return func(_ *testing.T, w *wukong) { w.limits = limits }
}

// find returns the observed resource with a key, and the object that it is or manages.
func find(t *testing.T, w *wukong, key string) (resource *unstructured.Unstructured, object map[string]any) {
	t.Helper()
	for _, o := range w.observed {
		if o.GetAnnotations()[crossplane.AnnotationResourceName] != key {
			continue
		}
		if o.GetKind() != "Object" {
			return o, o.Object
		}
		object, ok, err := unstructured.NestedFieldNoCopy(o.Object, "status", "atProvider", "manifest")
		if err != nil || !ok {
			return o, nil
		}
		return o, object.(map[string]any)
	}
	t.Fatalf("%s is not observed", key)
	return nil, nil
}

// vm sets the status of the virtual machine, and conditions in place of those of the same type.
func vm(status string, conditions ...map[string]any) edit {
	return func(t *testing.T, w *wukong) {
		_, o := find(t, w, "vm")
		s := o["status"].(map[string]any)
		s["printableStatus"] = status
		for _, c := range conditions {
			list, _ := s["conditions"].([]any)
			others := slices.DeleteFunc(list, func(had any) bool { return had.(map[string]any)["type"] == c["type"] })
			s["conditions"] = append(others, c)
		}
	}
}

// ranWith sets the run strategy with which the virtual machine last ran.
func ranWith(strategy string) edit {
	return func(t *testing.T, w *wukong) {
		_, o := find(t, w, "vm")
		o["status"].(map[string]any)["runStrategy"] = strategy
	}
}

// disk sets the status of the DataVolume.
func disk(phase string, conditions []any) edit {
	return func(t *testing.T, w *wukong) {
		_, o := find(t, w, "disk-system")
		o["status"] = map[string]any{"phase": phase, "conditions": conditions}
	}
}

// rename changes the key of an observed resource.
func rename(key, to string) edit {
	return func(t *testing.T, w *wukong) {
		r, _ := find(t, w, key)
		r.SetAnnotations(map[string]string{crossplane.AnnotationResourceName: to})
	}
}

// growingClaim adds the claim of the disk, which has not yet grown to its requested size.
func growingClaim(t *testing.T, w *wukong) {
	resized("50Gi")(t, w)
	r, _ := find(t, w, "disk-system")
	pvc := r.DeepCopy()
	pvc.SetAnnotations(map[string]string{crossplane.AnnotationResourceName: "pvc-system"})
	metadata := map[string]any{"namespace": "team-a", "name": "build-01-system-dt7d7"}
	pvc.Object["spec"].(map[string]any)["forProvider"] = map[string]any{"manifest": map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata,
	}}
	pvc.Object["status"].(map[string]any)["atProvider"] = map[string]any{"manifest": map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim",
		"metadata": metadata,
		"spec":     map[string]any{"resources": map[string]any{"requests": map[string]any{"storage": "50Gi"}}},
		"status":   map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": "40Gi"}},
	}}
	w.observed = append(w.observed, pvc)
}

// restartRequested requests a restart of an instance that still runs.
func restartRequested(t *testing.T, w *wukong) {
	const uid = "5c2f0f0e-7d8e-4f4e-9b0c-1d2e3f405162"
	w.manifest.SetAnnotations(map[string]string{vmv1alpha1.AnnotationRestart: uid})
	if w.kind == native {
		w.required[0].SetUID(uid)
		return
	}
	_, o := find(t, w, "vmi")
	o["metadata"].(map[string]any)["uid"] = uid
}

// previously sets a condition of the status before the function runs.
func previously(c map[string]any) edit {
	return func(_ *testing.T, w *wukong) { w.previousStatus = map[string]any{"conditions": []any{c}} }
}

// renderedBefore sets the status to that of the generation before.
func renderedBefore(t *testing.T, w *wukong) {
	earlier := *w
	earlier.generation--
	w.previousStatus = earlier.status(t).composite
}

// unreadableDisk makes the observed disk an object that the function cannot decode.
func unreadableDisk(t *testing.T, w *wukong) {
	r, _ := find(t, w, "disk-system")
	r.Object["status"].(map[string]any)["atProvider"] = map[string]any{"manifest": map[string]any{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": "?",
		"metadata": map[string]any{"labels": map[string]any{names.LabelWukong: "build-01"}},
	}}
}

// states returns the states of all scenarios, and those that Crossplane causes.
func states(t *testing.T) []state {
	t.Helper()
	reasons := map[string]bool{}
	var out []state
	for _, name := range slices.Sorted(maps.Keys(scenarios)) {
		s := scenarios[name]
		kinds := s.kinds
		if kinds == nil {
			kinds = []string{claim, namespaced, native}
		}
		for _, kind := range kinds {
			w := wukong{
				kind: kind, generation: latest,
				manifest: documents(t, "examples", cmp.Or(s.example, "cloud-image"), "wukong.yaml")[0],
				required: documents(t, "examples", "required", "running.yaml"),
			}
			if s.observed != "" {
				w.observed = documents(t, "examples", "observed", kind, s.observed+".yaml")
			}
			for _, e := range s.edits {
				e(t, &w)
			}
			for role, o := range w.live(t) {
				given := map[string]bool{}
				for _, c := range conditionsOf(o.Object["status"].(map[string]any)) {
					given[c["reason"].(string)] = true
				}
				if !given[s.reason] {
					t.Errorf("%s, %s: want the reason %s, got %q", name, role, s.reason, slices.Sorted(maps.Keys(given)))
				}
				maps.Copy(reasons, given)
				out = append(out, state{name: name + ", " + role, object: o, want: s.want})
			}
		}
	}
	for _, reason := range report.Reasons() {
		if !reasons[reason] {
			t.Errorf("no scenario has the reason %s", reason)
		}
	}
	return append(out, crossplaneStates(t)...)
}

// crossplaneStates returns the states that Crossplane causes for a Wukong that runs.
func crossplaneStates(t *testing.T) []state {
	t.Helper()
	var out []state
	for _, kind := range []string{claim, namespaced} {
		running := wukong{
			kind: kind, generation: latest,
			manifest: documents(t, "examples/cloud-image/wukong.yaml")[0], observed: documents(t, "examples/observed", kind, "running.yaml"),
		}.live(t)[kind]
		for name, s := range map[string]struct {
			want want
			edit change
		}{
			"not seen by Crossplane": {
				progressing("waiting for Crossplane to see it"), func(o *unstructured.Unstructured) { delete(o.Object, "status") },
			},
			"being deleted": {progressing("Pending deletion"), deleted},
			"paused for Crossplane": {
				healthy("is paused via the pause annotation"),
				withConditions(condition("Synced", "False", "ReconcilePaused", "Reconciliation (including deletion) is paused via the pause annotation")),
			},
			"paused for an older Crossplane": {healthy("crossplane.io/paused"), withConditions(condition("Synced", "False", "ReconcilePaused", ""))},
			"paused on its way": {
				suspended("crossplane.io/paused"),
				withConditions(condition("Synced", "False", "ReconcilePaused", ""), condition("Ready", "False", "Creating", "")),
			},
			"paused after an error": {degraded("404"), func(o *unstructured.Unstructured) {
				withConditions(
					condition("Synced", "False", "ReconcilePaused", ""), condition("Ready", "False", "Creating", ""),
					condition("Stalled", "True", "VolumesFailed", "404"),
				)(o)
			}},
			"not reconciled": {
				degraded("cannot apply composed resource"),
				withConditions(condition("Synced", "False", "ReconcileError", "cannot apply composed resource")),
			},
			"not reconciled, without a reason": {
				degraded("cannot reconcile it"), withConditions(condition("Synced", "False", "ReconcileError", "")),
			},
			"the function does not answer": {
				degraded("cannot be told"), withConditions(condition("VirtualMachineReady", "Unknown", "FatalError", "A fatal error occurred")),
			},
			"its conditions are not written yet": {progressing("waiting for VM"), recreatesVM},
			"the composite is not ready": {
				progressing("Unready resources: vm"), withConditions(condition("Ready", "False", "Creating", "Unready resources: vm")),
			},
		} {
			o := running.DeepCopy()
			s.edit(o)
			out = append(out, state{name: name + ", " + kind, object: o, want: s.want})
		}
		out = append(out, edited(running, kind)...)
	}
	return out
}

// edited returns the states of a Wukong after an edit, in the order in which they occur. The status of a claim does not say which edit its
// composite has: all tools repeat the health before the edit.
func edited(running *unstructured.Unstructured, kind string) []state {
	now := running.DeepCopy()
	now.SetGeneration(latest + 1)
	with := func(changes ...change) *unstructured.Unstructured {
		o := now.DeepCopy()
		for _, c := range changes {
			c(o)
		}
		return o
	}
	paused := condition("Synced", "False", "ReconcilePaused", "")
	if kind == claim {
		return []state{
			{name: "edited just now, claim", object: now, want: healthy("running")},
			{name: "edited while it is paused, claim", object: with(withConditions(paused)), want: healthy("crossplane.io/paused")},
			{
				name: "edited just now, claim on Crossplane 2", object: with(withConditionGeneration(latest)),
				want: progressing("the last edit"),
			},
			{
				name: "handed to its composite, claim on Crossplane 2", object: with(withConditionGeneration(latest + 1)),
				want: healthy("running"),
			},
		}
	}
	paused["observedGeneration"] = int64(latest + 1)
	return []state{
		{name: "edited just now, " + kind, object: now, want: progressing("the last edit")},
		{name: "edited while it is paused, " + kind, object: with(withConditions(paused)), want: suspended("crossplane.io/paused")},
		{
			name: "corrected just now after it was refused when it was new, " + kind, object: with(neverRendered),
			want: progressing("the last edit"),
		},
		{
			name: "edited, and its conditions not written yet, " + kind, object: with(recreatesVM),
			want: progressing("the last edit"),
		},
	}
}

// neverRendered sets the status of a Wukong that was refused when it was new.
func neverRendered(o *unstructured.Unstructured) {
	o.Object["status"] = map[string]any{}
	synced := condition("Synced", "False", "ReconcileError", "cannot compose resources")
	synced["observedGeneration"] = int64(latest)
	const message = "spec.networks[0].nadName"
	withConditions(synced, condition("Valid", "False", "InvalidSpec", message), condition("Stalled", "True", "InvalidSpec", message))(o)
}

// recreatesVM sets the status of a Wukong whose virtual machine is being created again.
func recreatesVM(o *unstructured.Unstructured) {
	status := o.Object["status"].(map[string]any)
	status["phase"], status["message"] = "Creating", "waiting for VM"
	if _, ok := status["observedGeneration"]; ok {
		status["observedGeneration"] = o.GetGeneration()
	}
}

// withConditionGeneration sets the observedGeneration of all conditions, as Crossplane 2 does on a claim.
func withConditionGeneration(generation int64) change {
	return func(o *unstructured.Unstructured) {
		for _, c := range conditionsOf(o.Object["status"].(map[string]any)) {
			c["observedGeneration"] = generation
		}
	}
}

// A change of an object in the cluster.
type change = func(o *unstructured.Unstructured)

// withConditions sets conditions as Crossplane does: their observedGeneration stays.
func withConditions(cs ...map[string]any) change {
	return func(o *unstructured.Unstructured) {
		status := o.Object["status"].(map[string]any)
		conditions := map[string]any{}
		for _, c := range conditionsOf(status) {
			conditions[c["type"].(string)] = c
		}
		for _, c := range cs {
			before, _ := conditions[c["type"].(string)].(map[string]any)
			if g, ok := before["observedGeneration"]; ok && c["observedGeneration"] == nil {
				c["observedGeneration"] = g
			}
			conditions[c["type"].(string)] = c
		}
		status["conditions"] = withConditionMap(status, conditions)["conditions"]
	}
}

// deleted marks an object as being deleted, as Kubernetes and Crossplane do.
func deleted(o *unstructured.Unstructured) {
	o.SetDeletionTimestamp(&metav1.Time{Time: time.Unix(1, 0)})
	withConditions(condition("Ready", "False", "Deleting", ""))(o)
}

// TestHealthOfWukongs shows which health Argo CD reports in each state of a Wukong.
func TestHealthOfWukongs(t *testing.T) {
	all := states(t)
	s := readSettings(t)
	for _, c := range all {
		if err := c.check(s.Overrides); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	checkMutants(t, "wukong.lua", all, "vm.novasphere.dev/Wukong", "vm.novasphere.dev/XWukong")
}

// packageWith returns a package of Crossplane with conditions.
func packageWith(kind string, conditions ...map[string]any) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "pkg.crossplane.io/v1", "kind": kind, "metadata": map[string]any{"name": "a"}}}
	if len(conditions) > 0 {
		list := make([]any, len(conditions))
		for i := range conditions {
			list[i] = conditions[i]
		}
		o.Object["status"] = map[string]any{"conditions": list}
	}
	return o
}

// TestHealthOfPackages shows which health Argo CD reports of Crossplane's packages.
func TestHealthOfPackages(t *testing.T) {
	s := readSettings(t)
	now := func(c map[string]any) map[string]any {
		c["lastTransitionTime"] = time.Now().UTC().Format(time.RFC3339)
		return c
	}
	isInstalled, isHealthy := condition("Installed", "True", "ActivePackageRevision", ""), condition("Healthy", "True", "HealthyPackageRevision", "")
	isUnhealthy := condition("Healthy", "False", "UnhealthyPackageRevision", "its deployment is not available")
	var all []state
	for _, kind := range []string{"Provider", "Function", "Configuration"} {
		for name, c := range map[string]struct {
			conditions []map[string]any
			want       want
		}{
			"new":       {nil, progressing("waiting for Crossplane to install it")},
			"installed": {[]map[string]any{isInstalled}, progressing("waiting for Crossplane to install it")},
			"healthy":   {[]map[string]any{isInstalled, isHealthy}, healthy("installed and healthy")},
			"healthy, not installed": {
				[]map[string]any{now(condition("Installed", "False", "UnpackingPackage", "")), isHealthy}, progressing("UnpackingPackage"),
			},
			"cannot be pulled": {
				[]map[string]any{condition("Installed", "False", "UnpackingPackage", "cannot fetch it"), isHealthy}, degraded("cannot fetch it"),
			},
			"not healthy yet":      {[]map[string]any{isInstalled, now(maps.Clone(isUnhealthy))}, progressing("its deployment is not available")},
			"not healthy for long": {[]map[string]any{isInstalled, isUnhealthy}, degraded("its deployment is not available")},
			"not known to be healthy": {
				[]map[string]any{isInstalled, now(condition("Healthy", "Unknown", "UnknownPackageRevisionHealth", ""))},
				progressing("UnknownPackageRevisionHealth"),
			},
			"without a time": {[]map[string]any{isInstalled, {"type": "Healthy", "status": "False"}}, progressing("Healthy")},
			"paused":         {[]map[string]any{condition("Synced", "False", "ReconcilePaused", "")}, suspended("crossplane.io/paused")},
		} {
			all = append(all, state{name: kind + " " + name, object: packageWith(kind, c.conditions...), want: c.want})
		}
	}
	for _, c := range all {
		if err := c.check(s.Overrides); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	checkMutants(t, "package.lua", all, "pkg.crossplane.io/Provider", "pkg.crossplane.io/Function", "pkg.crossplane.io/Configuration")
}

// TestHealthOfApplications shows which health Argo CD reports of an Application in another one.
func TestHealthOfApplications(t *testing.T) {
	s := readSettings(t)
	var all []state
	for name, c := range map[string]struct {
		status map[string]any
		want   want
	}{
		"new":     {nil, progressing("waiting for the first sync")},
		"missing": {map[string]any{"health": map[string]any{"status": "Missing"}}, progressing("waiting for the first sync")},
		"unknown": {map[string]any{"health": map[string]any{"status": "Unknown"}}, progressing("waiting for the first sync")},
		"syncing": {
			map[string]any{"health": map[string]any{"status": "Healthy"}, "operationState": map[string]any{"phase": "Running", "message": "waiting for healthy state"}},
			progressing("waiting for healthy state"),
		},
		"starting": {
			map[string]any{"health": map[string]any{"status": "Healthy"}, "operationState": map[string]any{"phase": "Running"}},
			progressing(""),
		},
		"healthy": {
			map[string]any{"health": map[string]any{"status": "Healthy"}, "operationState": map[string]any{"phase": "Succeeded"}}, healthy(""),
		},
		"degraded": {map[string]any{"health": map[string]any{"status": "Degraded", "message": "why"}}, degraded("why")},
		"stopped":  {map[string]any{"health": map[string]any{"status": "Suspended"}}, suspended("")},
	} {
		o := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": map[string]any{"name": "a"}}}
		if c.status != nil {
			o.Object["status"] = c.status
		}
		all = append(all, state{name: name, object: o, want: c.want})
	}
	for _, c := range all {
		if err := c.check(s.Overrides); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	checkMutants(t, "application.lua", all, "argoproj.io/Application")
}

// checkMutants fails the test if a file of rules can be changed in one place without changing the health of any of these objects.
func checkMutants(t *testing.T, file string, all []state, keys ...string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "examples", "argocd", "health", file))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for change, script := range mutants(string(b)) {
		n++
		overrides := map[string]v1alpha1.ResourceOverride{}
		for _, key := range keys {
			overrides[key] = v1alpha1.ResourceOverride{HealthLua: script}
		}
		if !slices.ContainsFunc(all, func(s state) bool { return s.check(overrides) != nil }) {
			t.Errorf("no state notices this change of %s: %s", file, change)
		}
	}
	if n < 10 {
		t.Errorf("found only %d changes of %s", n, file)
	}
}

// mutants returns scripts that differ from a given one in a single place, by the changed line.
func mutants(script string) map[string]string {
	out := map[string]string{}
	lines := strings.Split(script, "\n")
	for i, line := range lines {
		code := strings.TrimSpace(line)
		if code == "" || strings.HasPrefix(code, "--") {
			continue
		}
		for from, to := range map[string]string{
			"==": "~=", "~=": "==", " and ": " or ", " or ": " and ", " < ": " > ", "return hs(": "error(", "return {": "error {",
		} {
			for at, parts := 0, strings.Split(line, from); at < len(parts)-1; at++ {
				changed := strings.Join(parts[:at+1], from) + to + strings.Join(parts[at+1:], from)
				mutant := slices.Clone(lines)
				mutant[i] = changed
				out[fmt.Sprintf("line %d: %s", i+1, strings.TrimSpace(changed))] = strings.Join(mutant, "\n")
			}
		}
	}
	return out
}

// readSettings returns the settings of examples/argocd.
func readSettings(t *testing.T) settings.Settings {
	t.Helper()
	s, err := settings.Read(t.Context(), filepath.Join(root, "examples", "argocd", "argocd-cm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
