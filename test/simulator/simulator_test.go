package simulator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestSafety checks the safety rules of the function after every step of random edits, reconciliations and faults. At the end the faults stop:
// the cluster must reach the desired state, and the deletion of the Wukong must finish.
//
// A failure prints the seed that repeats it: -rapid.seed=N. A long run: -rapid.checks=10000 -rapid.steps=100 is a million steps.
func TestSafety(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { runLifecycle(t, newWorld(target)) })
		})
	}
}

// runLifecycle runs a Wukong from its creation to its deletion.
func runLifecycle(t *rapid.T, w *world) {
	switch rapid.IntRange(0, 9).Draw(t, "somebody else's virtual machine") {
	case 0:
		w.makeForeign(nil)
	case 1:
		w.makeOfAnotherControlPlane()
	}
	if n := keeps.Draw(t, "keep"); n != nil {
		w.x.spec["snapshots"] = object{"keep": n}
	}
	t.Repeat(map[string]func(*rapid.T){
		"edit":            w.edit,
		"change settings": w.changeSettings,
		"reconcile":       w.reconcile,
		"reconcile again": w.reconcile,
		"provide":         w.runProvider,
		"provide again":   w.runProvider,
		"run":             func(*rapid.T) { w.cluster.Run() },
		"inject fault":    w.injectFault,
		"corrupt":         w.corrupt,
		"administer":      w.administer,
		"recreate":        w.recreate,
		"change input":    w.changeInput,
		"golden image":    w.changeGolden,
		"snapshots":       w.changeSnapshots,
		"":                w.check,
	})
	w.settle(t)
	w.tighten(t)
	if rapid.Bool().Draw(t, "refused labels") {
		w.x.team, w.cluster.policy = refusedTeam, true
		for range rapid.IntRange(0, 8).Draw(t, "rounds") {
			w.reconcile(t)
			w.runProviderOnAll()
		}
	}
	w.remove(t)
}

// A world is a cluster and a Crossplane, with what the test expects of them.
type world struct {
	cluster *Cluster

	// elsewhere is another cluster, in which nothing may be created.
	elsewhere *Cluster

	x *Crossplane

	// accepted is the last spec that was rendered; nil before the first.
	accepted object

	// protected are the UIDs of the objects that must not be deleted: the virtual machine and the disks of the accepted spec.
	protected map[id]string

	// retained are the disks that were last composed with deletionPolicy Retain, completely. retainedUIDs are the UIDs of those that were
	// removed from the spec since.
	retained     map[string]bool
	retainedUIDs map[id]string

	// everRetained are the objects of disks that were retained once. If such a disk returns without its image, its claim stays: nothing
	// distinguishes it from one that a DataVolume created.
	everRetained map[string]bool

	// identities are the fields that objects must keep, by UID. chosen are those that a user has set at some time.
	identities map[string]map[string]string
	chosen     map[string]bool

	// unmanaged is a claim that a user created.
	unmanaged *apiObject

	// attached are the UIDs of the NetworkAttachmentDefinitions that the instance refers to and that existed while it did. unwatched reports that
	// the function may have seen an older state of the virtual machine or of its instance, by which it judges that.
	attached  map[string]string
	unwatched bool

	// wasStuck reports that KubeVirt was stuck in the last step.
	wasStuck bool

	// taken is the number of snapshots that were taken, and kept are the UIDs of those that nothing may delete.
	taken int
	kept  map[id]string

	// foreign are the virtual machine that has the Wukong's name without belonging to it, if there is one, and the disks of that.
	foreign []*apiObject
}

// makeForeign creates a virtual machine with the name of the Wukong that does not belong to it.
func (w *world) makeForeign(metadata map[string]any) {
	leaves := map[string]any{leafRunStrategy: "Always", leafVolumes: []any{}}
	maps.Copy(leaves, metadata)
	w.addForeign(&apiObject{id: id{kindVM, wukongtest.Name}, apiVersion: "kubevirt.io/v1", uid: "uid-foreign", leaves: leaves})
}

// makeOfAnotherControlPlane creates the objects of a Wukong of the same name in another control plane. Without a provider there is only the
// virtual machine that an earlier control plane left.
func (w *world) makeOfAnotherControlPlane() {
	const label = "metadata|labels|" + names.LabelWukong
	w.makeForeign(map[string]any{label: wukongtest.Name, "metadata|annotations|" + names.AnnotationComposite: "xr-of-another"})
	if w.x.native != nil {
		return
	}
	w.addForeign(&apiObject{
		id: id{kindClaim, diskObject("data")}, apiVersion: "v1", uid: "uid-others-data",
		leaves: map[string]any{
			label: wukongtest.Name, leafStorage: "20Gi", leafClass: defaultClass, leafMode: "Filesystem", leafAccess: []any{"ReadWriteOnce"},
		},
	})
}

// addForeign adds an object that does not belong to the Wukong.
func (w *world) addForeign(o *apiObject) {
	o.status = object{}
	w.cluster.objects[o.id] = o
	w.foreign = append(w.foreign, o)
}

func newWorld(target string) *world {
	c := newCluster()
	w := &world{
		cluster: c, elsewhere: newCluster(), x: newCrossplane(fn.New(logging.NewNopLogger()), target, c),
		protected: map[id]string{}, retained: map[string]bool{}, retainedUIDs: map[id]string{}, everRetained: map[string]bool{},
		identities: map[string]map[string]string{}, chosen: map[string]bool{}, attached: map[string]string{},
	}
	w.x.spec = firstSpec()
	w.unmanaged = &apiObject{
		id: id{kindClaim, unmanagedClaim}, apiVersion: "v1", uid: "uid-unmanaged", leaves: map[string]any{leafStorage: "20Gi"},
		status: object{"phase": phaseBound, "capacity": object{"storage": "20Gi"}},
	}
	w.cluster.objects[w.unmanaged.id] = w.unmanaged
	w.lead(Namespace)
	return w
}

// diskNames returns the disks of a spec that the function creates.
func diskNames(spec object) []string {
	var out []string
	disks, _ := spec["disks"].([]any)
	for _, d := range disks {
		m, _ := d.(object)
		if name, _ := m["name"].(string); m["type"] != "cdrom" && (m["claimName"] == nil || m["claimName"] == "") {
			out = append(out, name)
		}
	}
	return out
}

// diskObject returns the name of a disk's claim and DataVolume.
func diskObject(disk string) string {
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: wukongtest.Namespace, Name: wukongtest.Name}}
	return names.Object(w, names.Disk, disk)
}

// edit edits the spec, or the last accepted one if the spec is refused.
func (w *world) edit(t *rapid.T) {
	w.x.spec = edit(t, w.validSpec())
}

// validSpec returns the spec unless it is refused, and else the last accepted one.
func (w *world) validSpec() object {
	switch {
	case !isFatal(w.x.mustRunFunction(w.x.request(nil))):
		return w.x.spec
	case w.accepted != nil:
		return w.accepted
	}
	return firstSpec()
}

// reconcile calls the function, checks its response, and applies all of it or a part, as a Crossplane does that is stopped.
func (w *world) reconcile(t *rapid.T) {
	lagging := map[string]bool{}
	mask := rapid.Uint16().Draw(t, "lagging")
	if rapid.Bool().Draw(t, "up to date") {
		mask = 0
	}
	for i, key := range slices.Sorted(maps.Keys(w.x.composed)) {
		lagging[key] = mask>>(i%16)&1 == 1
	}
	w.unwatched = w.unwatched || mask != 0
	rsp := w.runFunction(t, w.x.request(lagging))
	w.compose(rsp, rapid.SampledFrom([]int{1000, 1000, 1000, 0, 1, 2, 4}).Draw(t, "applied"), rapid.Bool().Draw(t, "backwards"))
}

// runFunction calls the function twice and checks what holds for every response.
func (w *world) runFunction(t *rapid.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	before := proto.CloneOf(req)
	rsp := w.x.mustRunFunction(req)
	if !proto.Equal(before, req) {
		t.Fatalf("the function changed the request")
	}
	if !slices.Equal(bytesOf(t, rsp), bytesOf(t, w.x.mustRunFunction(req))) {
		t.Fatalf("the same request gave two responses")
	}
	if isFatal(rsp) {
		if len(rsp.GetDesired().GetResources()) > 0 {
			t.Fatalf("a fatal response has desired resources: %v", rsp.GetResults())
		}
		return rsp
	}
	w.checkDesired(t, rsp.GetDesired().GetResources())
	want := []string{"vm"}
	if takesSeed(w.x.spec) {
		want = append(want, "cloud-init")
	}
	for _, d := range diskNames(w.x.spec) {
		want = append(want, "disk-"+d)
	}
	for _, key := range want {
		look := rsp.GetRequirements().GetResources()[key+".look"]
		if !hasVolume(rsp.GetDesired().GetResources(), key) && !w.isNameTaken(look) && !w.mayBeHeld(look) {
			t.Fatalf("%s left the desired state", key)
		}
	}
	return rsp
}

// hasVolume reports whether resources have one with a key, or a disk's successor.
func hasVolume(resources map[string]*fnv1.Resource, key string) bool {
	for k := range resources {
		if k == key || strings.HasPrefix(k, key+".r") || strings.HasPrefix(k, key+".m") {
			return true
		}
	}
	return false
}

// takesSeed reports whether the guest of a spec reads what cloud-init, or cloudbase-init, is given.
func takesSeed(spec object) bool {
	windows, given := spec["windows"].(object)
	return !given || windows["cloudbaseInit"] == true
}

// mayBeHeld reports whether a required object does not exist, and a disk is cloned from a DataSource that the Wukong has to wait for.
func (w *world) mayBeHeld(required *fnv1.ResourceSelector) bool {
	if required == nil || w.cluster.objects[id{required.GetKind(), required.GetMatchName()}] != nil {
		return false
	}
	disks, _ := w.x.spec["disks"].([]any)
	return slices.ContainsFunc(disks, func(d any) bool {
		m, _ := d.(object)
		from, _ := m["imageFrom"].(object)
		return from["kind"] == kindDataSource
	})
}

// isNameTaken reports whether a required object exists that the composite does not control.
func (w *world) isNameTaken(required *fnv1.ResourceSelector) bool {
	t := w.cluster.objects[id{required.GetKind(), required.GetMatchName()}]
	return t != nil && t.controller != w.x.uid()
}

func bytesOf(t *rapid.T, rsp *fnv1.RunFunctionResponse) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rsp)
	if err != nil {
		t.Fatalf("cannot encode the response: %v", err)
	}
	return b
}

func isFatal(rsp *fnv1.RunFunctionResponse) bool {
	return slices.ContainsFunc(rsp.GetResults(), func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL })
}

// compose applies the first of the desired resources of a response, as Crossplane does.
func (w *world) compose(rsp *fnv1.RunFunctionResponse, first int, backwards bool) {
	if isFatal(rsp) {
		return
	}
	desired := rsp.GetDesired()
	for _, o := range w.deletedWith(desired.GetResources()) {
		delete(w.kept, o.id)
	}
	current := diskNames(w.x.spec)
	for _, d := range diskNames(w.accepted) {
		if slices.Contains(current, d) || desired.GetResources()["disk-"+d] != nil {
			// A disk that exists stays one when it is called a drive.
			continue
		}
		w.recordRemoved(d)
		for _, kind := range []string{kindClaim, kindDataVolume} {
			delete(w.protected, id{kind, diskObject(d)})
		}
		delete(w.retained, d)
	}
	w.accepted = w.x.spec
	w.recordChoices(w.accepted)
	for _, o := range w.x.deleteUndesired(desired.GetResources()) {
		w.recordRetained(o)
	}
	w.x.apply(desired, first, backwards)

	complete := first >= len(desired.GetResources())
	disks, _ := w.x.spec["disks"].([]any)
	for _, d := range disks {
		m, _ := d.(object)
		name, _ := m["name"].(string)
		w.retained[name] = m["deletionPolicy"] == "Retain" && (complete || w.retained[name])
	}
}

// recordRemoved records the objects that must stay when a disk is removed.
func (w *world) recordRemoved(disk string) {
	for _, kind := range []string{kindClaim, kindDataVolume} {
		k := id{kind, diskObject(disk)}
		if uid := w.protected[k]; uid != "" && w.retained[disk] {
			w.retainedUIDs[k], w.everRetained[diskObject(disk)] = uid, true
		}
	}
}

// recordRetained records what stays when an Object is deleted, whether or not Crossplane composed everything.
func (w *world) recordRetained(o *Object) {
	if o.allows("Create") && !o.allows("Delete") {
		w.everRetained[o.target().name] = true
	}
}

// runProvider lets the provider reconcile one of the Objects, or all.
func (w *world) runProvider(t *rapid.T) {
	keys := slices.Sorted(maps.Keys(w.x.composed))
	if len(keys) == 0 {
		t.Skip("there are no Objects")
	}
	if rapid.Bool().Draw(t, "all") {
		w.runProviderOnAll()
		return
	}
	w.unwatched = true
	w.runProviderOn(rapid.SampledFrom(keys).Draw(t, "key"))
}

// runProviderOnAll lets the provider reconcile all Objects.
func (w *world) runProviderOnAll() {
	for _, key := range slices.Sorted(maps.Keys(w.x.composed)) {
		w.runProviderOn(key)
	}
}

// runProviderOn lets the provider reconcile an Object.
func (w *world) runProviderOn(key string) {
	o, cluster := w.x.composed[key], w.cluster
	if o.config["name"] == configElsewhere {
		cluster = w.elsewhere
	}
	if cluster.reconcileObject(o) {
		w.x.forget(key)
	}
}

// injectFault begins or ends a fault.
func (w *world) injectFault(t *rapid.T) {
	c := w.cluster
	switches := []*bool{&c.noInstancetypes, &c.noExpansion, &c.snapshot, &c.unreachable, &c.waitForConsumer, &c.failingImports, &c.policy, &c.noMigrations}
	kind := rapid.IntRange(0, len(switches)+1).Draw(t, "fault")
	if kind < len(switches) {
		*switches[kind] = !*switches[kind]
		return
	}
	for _, k := range c.ids() {
		switch o := c.objects[k]; {
		case o == nil:
		case o.kind == kindVM && kind == len(switches):
			c.crash(o, rapid.SampledFrom([]string{"CrashLoopBackOff", "ErrorUnschedulable", "Paused", "Migrating", "Levitating"}).Draw(t, "status"))
		case o.kind == kindClaim && kind > len(switches) && o != w.unmanaged:
			o.status = object{"phase": phaseLost}
			c.touch(o)
		}
	}
}

// corrupt calls the function with a broken observed resource, and with a cancelled context. The response is not applied, as Crossplane sends no
// such requests.
func (w *world) corrupt(t *rapid.T) {
	req := proto.CloneOf(w.x.request(nil))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.x.fn.RunFunction(ctx, req); status.Code(err) != codes.Canceled {
		t.Fatalf("a cancelled call must end so, got %v", err)
	}
	keys := slices.Sorted(maps.Keys(req.GetObserved().GetResources()))
	if len(keys) == 0 {
		return
	}
	key := rapid.SampledFrom(keys).Draw(t, "key")
	if rapid.Bool().Draw(t, "missing") {
		delete(req.GetObserved().GetResources(), key)
	} else {
		s := req.GetObserved().GetResources()[key].GetResource()
		for range rapid.IntRange(1, 8).Draw(t, "depth") {
			fields := slices.Sorted(maps.Keys(s.GetFields()))
			if len(fields) == 0 {
				break
			}
			f := rapid.SampledFrom(fields).Draw(t, "field")
			if next := s.GetFields()[f].GetStructValue(); next != nil && rapid.IntRange(0, 3).Draw(t, "deeper") > 0 {
				s = next
				continue
			}
			s.Fields[f] = rapid.SampledFrom([]*structpb.Value{
				structpb.NewNullValue(), structpb.NewStringValue("x"), structpb.NewNumberValue(-1), structpb.NewBoolValue(true),
				structpb.NewListValue(nil), structpb.NewStructValue(nil), {},
			}).Draw(t, "value")
			break
		}
	}
	w.runFunction(t, req)
}

// hasCreatedSize reports whether the size that CDI gave a claim is known: by an annotation of the claim or its DataVolume, or because CDI added
// no overhead. Nothing else shows it once the claim has grown.
func (w *world) hasCreatedSize(claim *apiObject) bool {
	dv := w.cluster.objects[id{kindDataVolume, claim.name}]
	return claim.leaves[leafCreated] != nil || dv != nil && dv.leaves[leafCreated] != nil || claim.createdSize.Cmp(claim.requestedSize) == 0
}

// administer deletes the virtual machine or grows a claim without the Wukong. The function observes the growth at once: if the Wukong were
// deleted before, its deletion could not finish, because the growth cannot be undone.
func (w *world) administer(t *rapid.T) {
	if w.cluster.unreachable || isFatal(w.x.mustRunFunction(w.x.request(nil))) {
		t.Skip("the cluster is unreachable, or the spec is refused")
	}
	vm := w.cluster.objects[id{kindVM, wukongtest.Name}]
	if rapid.Bool().Draw(t, "delete the virtual machine") {
		if vm != nil && len(w.foreign) < 2 {
			w.cluster.delete(vm)
			delete(w.protected, vm.id)
			w.foreign = nil
		}
		return
	}
	for _, d := range diskNames(w.x.spec) {
		k := id{kindClaim, diskObject(d)}
		o := w.cluster.objects[k]
		if w.protected[k] != "" && !slices.Contains(w.foreign, o) && o.status["phase"] == phaseBound && o.leaves[leafClass] != fixedClass && w.hasCreatedSize(o) {
			grown := quantity(o.leaves[leafStorage])
			grown.Add(resource.MustParse("1Gi"))
			o.own("kubectl", map[string]any{leafStorage: grown.String()})
			w.cluster.touch(o)
			for range 3 {
				w.runProviderOnAll()
				w.compose(w.runFunction(t, w.x.request(nil)), 1000, false)
			}
			w.runProviderOnAll()
			return
		}
	}
}

// changeInput changes the labels and the ProviderConfig of the Input. It names another cluster only once something is composed: before, the
// Wukong would rightly be created there.
func (w *world) changeInput(t *rapid.T) {
	w.x.team = rapid.SampledFrom([]string{"", "a", refusedTeam}).Draw(t, "team")
	configs := []string{configDefault, configRenamed}
	if len(w.x.composed) > 0 {
		configs = append(configs, configElsewhere)
	}
	w.x.plugsVolumes = rapid.Bool().Draw(t, "plugs volumes")
	w.x.noProfiles = rapid.Bool().Draw(t, "no profiles")
	w.x.config = rapid.SampledFrom(configs).Draw(t, "config")
	if w.x.config != configElsewhere && rapid.Bool().Draw(t, "allowed") {
		w.x.allowedConfig = w.x.config
	}
}

// recreate deletes the Wukong, and creates another one of the same name.
func (w *world) recreate(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "rarely") > 0 {
		t.Skip("rarely")
	}
	w.remove(t)
	w.x.incarnation++
	w.x.config = configDefault
	w.x.spec, w.x.status, w.accepted = firstSpec(), &structpb.Struct{}, nil
	for range rapid.IntRange(0, 3).Draw(t, "edits") {
		w.edit(t)
	}
}

// check checks the safety rules: nothing protected, retained or foreign was changed or deleted.
func (w *world) check(t *rapid.T) {
	w.checkIdentity(t)
	w.checkSources(t)
	w.checkAttached(t)
	w.checkPlugged(t)
	w.checkSnapshots(t)
	for _, o := range append(slices.Clone(w.foreign), w.unmanaged) {
		if current := w.cluster.objects[o.id]; current != o || current.deleting || len(current.owners) > 0 {
			t.Fatalf("%s %s, which does not belong to the Wukong, was changed", o.kind, o.name)
		}
	}
	if len(w.elsewhere.objects) > 0 {
		t.Fatalf("objects were created in another cluster: %v", w.elsewhere.ids())
	}
	if w.accepted != nil {
		if w.foreign == nil {
			w.checkProtected(t, id{kindVM, wukongtest.Name})
		}
		for _, d := range diskNames(w.accepted) {
			w.checkProtected(t, id{kindClaim, diskObject(d)})
			w.checkProtected(t, id{kindDataVolume, diskObject(d)})
		}
	}
	for k, uid := range w.retainedUIDs {
		if current := w.cluster.objects[k]; current == nil || current.uid != uid || current.deleting {
			t.Fatalf("%s %s with deletionPolicy Retain was deleted", k.kind, k.name)
		}
	}
}

// checkPlugged checks that KubeVirt can give the instance what the function renders.
func (w *world) checkPlugged(t *rapid.T) {
	if w.cluster.stuck != "" && !w.wasStuck && !w.unwatched {
		t.Fatalf("KubeVirt tries for ever: %s", w.cluster.stuck)
	}
	w.wasStuck = w.cluster.stuck != ""
}

// checkAttached checks that no NetworkAttachmentDefinition is deleted while the instance refers to it.
func (w *world) checkAttached(t *rapid.T) {
	vmi := w.cluster.objects[id{kindVMI, wukongtest.Name}]
	if vmi == nil || w.unwatched || w.accepted == nil || w.foreign != nil {
		clear(w.attached)
		return
	}
	referred := vmi.attachments()
	maps.DeleteFunc(w.attached, func(name, _ string) bool { return !slices.Contains(referred, name) })
	for _, name := range referred {
		nad := w.cluster.objects[id{kindNAD, name}]
		uid, known := w.attached[name]
		switch {
		case known && (nad == nil || nad.uid != uid || nad.deleting):
			t.Fatalf("NetworkAttachmentDefinition %s was deleted while the instance refers to it", name)
		case nad != nil && !nad.deleting && !w.isBeingReplaced(nad):
			w.attached[name] = nad.uid
		}
	}
}

// checkProtected checks that a desired object stays once it exists, and that it is the retained one if there is one.
func (w *world) checkProtected(t *rapid.T, k id) {
	current := w.cluster.objects[k]
	if w.protected[k] == "" {
		if current != nil && !current.deleting && !w.isBeingReplaced(current) {
			w.protected[k] = current.uid
			if uid := w.retainedUIDs[k]; uid != "" && uid != current.uid {
				t.Fatalf("%s %s was retained with UID %s, and now has UID %s", k.kind, k.name, uid, current.uid)
			}
			delete(w.retainedUIDs, k)
		}
		return
	}
	if current == nil || current.uid != w.protected[k] || current.deleting {
		t.Fatalf("%s %s is desired, and was deleted", k.kind, k.name)
	}
}

// isBeingReplaced reports whether an object was removed from the spec and is desired again before it is gone: the Object that deletes it is
// being deleted, or its controller is, or is gone.
func (w *world) isBeingReplaced(current *apiObject) bool {
	for _, o := range w.x.composed {
		if o.deleting && o.allows("Delete") && o.target().name == current.name {
			return true
		}
	}
	if current.kind != kindClaim || current.controller == "" {
		return false
	}
	dv := w.cluster.objects[id{kindDataVolume, current.name}]
	return dv == nil || dv.uid != current.controller || dv.deleting
}

// settle stops the faults and checks that the cluster reaches the desired state.
func (w *world) settle(t *rapid.T) {
	*w.cluster = Cluster{objects: w.cluster.objects, clock: w.cluster.clock, writes: w.cluster.writes}
	w.lead(Namespace)
	w.x.spec = w.validSpec()
	// The status of an Object does not change the cluster, but affects what the function does next. So one round without a change is not enough.
	const maxRounds, quietRounds = 40, 8
	var rsp *fnv1.RunFunctionResponse
	for round, quiet := 0, 0; quiet < quietRounds; round++ {
		if round == maxRounds {
			t.Fatalf("the cluster does not settle")
		}
		before := w.cluster.clock
		// From the second round on the function sees what there is.
		w.unwatched = round < 2
		if isFatal(w.x.mustRunFunction(w.x.request(nil))) {
			// Without a provider, a virtual machine that somebody deleted counts as new. The platform allows what it allowed when that was made.
			w.x.settings = maps.Clone(w.x.settings)
			w.x.settings["limits"] = object{"templatePaths": []any{"*"}}
		}
		rsp = w.runFunction(t, w.x.request(nil))
		w.compose(rsp, 1000, false)
		w.runProviderOnAll()
		w.cluster.Run()
		w.check(t)
		if quiet++; w.cluster.clock != before {
			quiet = 0
		}
	}

	if w.foreign != nil {
		if s := fmt.Sprint(w.x.status); !strings.Contains(s, "does not belong to this Wukong") && !strings.Contains(s, "belongs to another Wukong") {
			t.Fatalf("nobody is told of the other virtual machine: %s", s)
		}
		return
	}
	w.checkProviderConfigs(t, rsp)
	vm := w.cluster.objects[id{kindVM, wukongtest.Name}]
	if vm == nil {
		t.Fatalf("there is no virtual machine")
	}
	if desired, actual := w.x.spec["cpu"], vm.leaves[leafSockets]; desired != nil && fmt.Sprint(actual) != fmt.Sprint(desired) {
		t.Fatalf("want %v CPUs, got %v", desired, actual)
	}
	var refused []string
	for key, o := range w.x.composed {
		if o.failure != "" {
			refused = append(refused, key+": "+o.failure)
		}
	}
	if n := w.x.native; n != nil && n.syncError != "" {
		refused = append(refused, n.syncError)
	}
	if phase := w.x.phase(); len(refused) == 0 && vm.status["printableStatus"] != statusNoClaim && phase != statusRunning && phase != statusStopped {
		t.Fatalf("the Wukong is %s: %v", phase, w.x.status)
	}
	for k, o := range w.cluster.objects {
		if w.x.team == "" && w.x.native == nil && w.isOrphaned(o, leafTeam) {
			continue
		}
		if k.kind == kindSnapshot {
			// One that is composed has only been looked at.
			continue
		}
		if team, ok := o.leaves[leafTeam]; w.x.composes(k) && len(refused) == 0 && (ok != (w.x.team != "") || ok && team != w.x.team) {
			t.Fatalf("%s %s: want the label %q, got %v", k.kind, k.name, w.x.team, team)
		}
	}
	w.checkSizes(t, rsp)
	w.checkRetention(t)
	if len(refused) == 0 {
		w.checkSeed(t, vm)
	}
}

// isOrphaned reports whether an object that last applied a leaf is gone, so that the leaf stays though it is no longer desired. Such an
// Object is the editor of a disk that was retained.
func (w *world) isOrphaned(o *apiObject, leaf string) bool {
	managers := map[string]bool{}
	for _, composed := range w.x.composed {
		managers[composed.manager()] = true
	}
	for owner := range o.owners[leaf] {
		if !managers[owner] {
			return true
		}
	}
	return len(o.owners[leaf]) == 0
}

// checkProviderConfigs checks that each Object has the ProviderConfig of the Input, or that the condition Valid says why not.
func (w *world) checkProviderConfigs(t *rapid.T, rsp *fnv1.RunFunctionResponse) {
	for key, o := range w.x.composed {
		// Only messages about claims leave out the kind.
		message := strings.ReplaceAll(rsp.GetConditions()[0].GetMessage(), v1beta1.KindClusterProviderConfig+" ", "")
		reported := isShortened(message) || strings.Contains(message, fmt.Sprintf("and %s may reach another cluster", w.x.config))
		config := o.config["name"]
		if !o.deleting && config != w.x.config && (!reported || w.x.allowedConfig == w.x.config) {
			t.Fatalf("%s has ProviderConfig %s: the Input names %s, the Wukong allows %q, reported: %q", key, config, w.x.config, w.x.allowedConfig, message)
		}
	}
}

// isShortened reports whether a message leaves out problems that are only in events.
func isShortened(message string) bool {
	return strings.Contains(message, " more, which the events of the Wukong say")
}

// checkSizes checks that each disk has its desired size, or that the status says why not.
func (w *world) checkSizes(t *rapid.T, rsp *fnv1.RunFunctionResponse) {
	reported := rsp.GetConditions()[0].GetMessage() + " " + w.x.status.GetFields()["message"].GetStringValue()
	if n := w.x.native; n != nil {
		reported += strings.ReplaceAll(n.syncError, "disk-", "disk ")
	}
	disks, _ := w.x.spec["disks"].([]any)
	for i, d := range disks {
		m, _ := d.(object)
		name, _ := m["name"].(string)
		claim := w.cluster.objects[id{kindClaim, diskObject(name)}]
		if m["claimName"] != nil && m["claimName"] != "" || m["type"] == "cdrom" || claim == nil {
			continue
		}
		actual, desired := claim.guestSize(), quantity(m["size"])
		explained := isShortened(reported) || strings.Contains(reported, fmt.Sprintf("spec.disks[%d].size", i)) || strings.Contains(reported, "disk "+name)
		if actual.Cmp(desired) < 0 && !explained {
			t.Fatalf("disk %s: want %s, got %s, which the status does not explain: %s", name, desired.String(), actual.String(), reported)
		}
	}
}

// remove deletes the Wukong. The deletion must finish after any edits and faults except an unreachable API server, and leave only what was
// retained.
func (w *world) remove(t *rapid.T) {
	w.cluster.unreachable = false
	for _, o := range w.cluster.objects {
		if o.leaves[leafTeam] == refusedTeam && o.kind != "Secret" {
			// An existing object that the policy refuses can be neither changed nor deleted.
			w.cluster.policy = false
		}
	}
	for _, d := range diskNames(w.accepted) {
		w.recordRemoved(d)
	}
	w.accepted, w.protected = nil, map[id]string{}
	for _, o := range w.x.composed {
		w.recordRetained(o)
	}

	keys := slices.Sorted(maps.Keys(w.x.composed))
	if rapid.Bool().Draw(t, "backwards") {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		o := w.x.composed[key]
		if o == nil {
			continue
		}
		o.deleting = true
		if editor := w.x.composed[key+".change"]; editor != nil {
			// Kubernetes deletes both within milliseconds. An object created between the two deletions would stay.
			editor.deleting = true
		}
		if rapid.IntRange(0, 3).Draw(t, "at once") == 0 {
			w.runProviderOnAll()
		}
	}
	if w.x.native != nil {
		w.x.native.remove(w.x.uid())
	}
	const maxRounds = 20
	for range maxRounds {
		if idle := w.cluster.runIsIdle(); idle && len(w.x.composed) == 0 {
			break
		}
		w.runProviderOnAll()
		w.check(t)
	}
	for key, o := range w.x.composed {
		t.Fatalf("the deletion does not finish: %s: %s", key, o.failure)
	}
	for k := range w.cluster.objects {
		isForeign := slices.ContainsFunc(w.foreign, func(o *apiObject) bool { return o.name == k.name })
		if w.retainedUIDs[k] == "" && !w.everRetained[k.name] && k != w.unmanaged.id && k.kind != kindDataSource && k.kind != kindSnapshot && !isForeign {
			t.Fatalf("the deletion leaves %s %s", k.kind, k.name)
		}
	}
}
