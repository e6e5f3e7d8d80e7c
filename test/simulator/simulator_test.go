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

// TestSafety lets users edit, Crossplane reconcile, the provider apply and the cluster act and fail, all at random, and holds
// the function to its safety rules after every step. At the end the faults stop: then what is must become what was asked for, and
// the deletion of the Wukong must finish.
//
// A failure prints the seed that repeats it: -rapid.seed=N. A long run: -rapid.checks=10000 -rapid.steps=100 is a million steps.
func TestSafety(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { live(t, newWorld(target)) })
		})
	}
}

// live through the life of a Wukong.
func live(t *rapid.T, w *world) {
	switch rapid.IntRange(0, 9).Draw(t, "somebody else's virtual machine") {
	case 0:
		w.makeForeign(nil)
	case 1:
		w.makeOthers()
	}
	t.Repeat(map[string]func(*rapid.T){
		"edit":            w.edit,
		"platform":        w.platform,
		"reconcile":       w.reconcile,
		"reconcile again": w.reconcile,
		"provide":         w.provide,
		"provide again":   w.provide,
		"run":             func(*rapid.T) { w.cluster.Run() },
		"trouble":         w.trouble,
		"disturb":         w.disturb,
		"hand":            w.hand,
		"recreate":        w.recreate,
		"configure":       w.configure,
		"":                w.check,
	})
	w.settle(t)
	if rapid.Bool().Draw(t, "refused labels") {
		w.x.team, w.cluster.policy = refusedTeam, true
		for range rapid.IntRange(0, 8).Draw(t, "rounds") {
			w.reconcile(t)
			w.provideAll()
		}
	}
	w.remove(t)
}

// A world is a cluster, a Crossplane, and what was promised to the user of the Wukong in them.
type world struct {
	cluster *Cluster

	// elsewhere is another cluster, which gets nothing.
	elsewhere *Cluster

	x *Crossplane

	// accepted is the spec that was rendered last; nil before the first time.
	accepted object

	// lives are the UIDs of what must not be deleted: the virtual machine and the disks that are asked for.
	lives map[id]string

	// retains are the disks that were last composed, completely, with deletionPolicy Retain; kept are the UIDs of those that were
	// removed since.
	retains map[string]bool
	kept    map[id]string

	// came are the disks that were retained once. What CDI made of one that comes back without its image stays: nothing tells a claim
	// from one that a DataVolume made.
	came map[string]bool

	// facts are what was seen of the things that must keep it, by their UIDs, and said which of it a user has said at some time.
	facts map[string]map[string]string
	said  map[string]bool

	// byHand is a claim that a user made, as it is to stay.
	byHand *thing

	// foreign are a virtual machine under the name of the Wukong, if there is one, and what belongs to it.
	foreign []*thing
}

// makeForeign makes a virtual machine under the name of the Wukong.
func (w *world) makeForeign(metadata map[string]any) {
	leaves := map[string]any{leafRunStrategy: "Always", leafVolumes: []any{}}
	maps.Copy(leaves, metadata)
	w.give(&thing{id: id{kindVM, wukongtest.Name}, apiVersion: "kubevirt.io/v1", uid: "uid-foreign", leaves: leaves})
}

// makeOthers makes what a Wukong of the same name in another control plane has in the cluster. Without a provider there is no other control
// plane, but what an earlier one left.
func (w *world) makeOthers() {
	const label = "metadata|labels|" + names.LabelWukong
	w.makeForeign(map[string]any{label: wukongtest.Name, "metadata|annotations|" + names.AnnotationComposite: "xr-of-another"})
	if w.x.native != nil {
		return
	}
	w.give(&thing{id: id{kindClaim, stored("data")}, apiVersion: "v1", uid: "uid-others-data", leaves: map[string]any{label: wukongtest.Name, leafStorage: "20Gi", leafClass: defaultClass, leafMode: "Filesystem", leafAccess: []any{"ReadWriteOnce"}}})
}

// give the cluster something that is not the Wukong's.
func (w *world) give(th *thing) {
	th.status = object{}
	w.cluster.things[th.id] = th
	w.foreign = append(w.foreign, th)
}

func newWorld(target string) *world {
	c := newCluster()
	w := &world{
		cluster: c, elsewhere: newCluster(), x: newCrossplane(fn.New(logging.NewNopLogger()), target, c),
		lives: map[id]string{}, retains: map[string]bool{}, kept: map[id]string{}, came: map[string]bool{},
		facts: map[string]map[string]string{}, said: map[string]bool{},
	}
	w.x.spec = firstSpec()
	w.byHand = &thing{id: id{kindClaim, byHandPrefix + "-1"}, apiVersion: "v1", uid: "uid-by-hand", leaves: map[string]any{leafStorage: "20Gi"}, status: object{"phase": phaseBound, "capacity": object{"storage": "20Gi"}}}
	w.cluster.things[w.byHand.id] = w.byHand
	return w
}

// diskNames are the disks of a spec that the function stores.
func diskNames(spec object) []string {
	var out []string
	disks, _ := spec["disks"].([]any)
	for _, d := range disks {
		m, _ := d.(object)
		if name, _ := m["name"].(string); m["claimName"] == nil || m["claimName"] == "" {
			out = append(out, name)
		}
	}
	return out
}

// stored is the name of a disk in the cluster.
func stored(disk string) string {
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: wukongtest.Namespace, Name: wukongtest.Name}}
	return names.Object(w, names.Disk, disk)
}

// edit the spec, or what it was before, where it is refused.
func (w *world) edit(t *rapid.T) {
	w.x.spec = edit(t, w.valid())
}

// valid is the spec that is asked for, or the last one that was accepted.
func (w *world) valid() object {
	switch {
	case !isFatal(w.x.run(w.x.request(nil))):
		return w.x.spec
	case w.accepted != nil:
		return w.accepted
	}
	return firstSpec()
}

// reconcile asks the function, checks its answer, and applies it; or dies on the way.
func (w *world) reconcile(t *rapid.T) {
	lagging := map[string]bool{}
	mask := rapid.Uint16().Draw(t, "lagging")
	if rapid.Bool().Draw(t, "up to date") {
		mask = 0
	}
	for i, key := range slices.Sorted(maps.Keys(w.x.objects)) {
		lagging[key] = mask>>(i%16)&1 == 1
	}
	rsp := w.ask(t, w.x.request(lagging))
	w.compose(rsp, rapid.SampledFrom([]int{1000, 1000, 1000, 0, 1, 2, 4}).Draw(t, "applied"), rapid.Bool().Draw(t, "backwards"))
}

// ask the function, twice, and check what can be checked of any answer.
func (w *world) ask(t *rapid.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	before := proto.CloneOf(req)
	rsp := w.x.run(req)
	if !proto.Equal(before, req) {
		t.Fatalf("the request was changed")
	}
	if !slices.Equal(bytesOf(t, rsp), bytesOf(t, w.x.run(req))) {
		t.Fatalf("the same request gave two answers")
	}
	if isFatal(rsp) {
		if len(rsp.GetDesired().GetResources()) > 0 {
			t.Fatalf("an error renders something: %v", rsp.GetResults())
		}
		return rsp
	}
	want := []string{"vm", "cloud-init"}
	for _, d := range diskNames(w.x.spec) {
		want = append(want, "disk-"+d)
	}
	for _, key := range want {
		if rsp.GetDesired().GetResources()[key] == nil && !w.isTaken(rsp.GetRequirements().GetResources()[key+".look"]) {
			t.Fatalf("%s left the desired state", key)
		}
	}
	return rsp
}

// isTaken says whether something that is not of the Wukong has the name that was looked for.
func (w *world) isTaken(look *fnv1.ResourceSelector) bool {
	t := w.cluster.things[id{look.GetKind(), look.GetMatchName()}]
	return t != nil && t.controller != w.x.uid()
}

func bytesOf(t *rapid.T, rsp *fnv1.RunFunctionResponse) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rsp)
	if err != nil {
		t.Fatalf("the answer cannot be sent: %v", err)
	}
	return b
}

func isFatal(rsp *fnv1.RunFunctionResponse) bool {
	return slices.ContainsFunc(rsp.GetResults(), func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL })
}

// compose does with an answer what Crossplane does, as far as the first composed resources.
func (w *world) compose(rsp *fnv1.RunFunctionResponse, first int, backwards bool) {
	if isFatal(rsp) {
		return
	}
	desired := rsp.GetDesired()
	asked := diskNames(w.x.spec)
	for _, d := range diskNames(w.accepted) {
		if slices.Contains(asked, d) {
			continue
		}
		for _, kind := range []string{kindClaim, kindDataVolume} {
			k := id{kind, stored(d)}
			if uid := w.lives[k]; uid != "" && w.retains[d] {
				w.kept[k], w.came[stored(d)] = uid, true
			}
			delete(w.lives, k)
		}
		delete(w.retains, d)
	}
	w.accepted = w.x.spec
	w.noteSaid(w.accepted)
	for _, o := range w.x.collect(desired.GetResources()) {
		w.noteRetained(o)
	}
	w.x.apply(desired, first, backwards)

	complete := first >= len(desired.GetResources())
	disks, _ := w.x.spec["disks"].([]any)
	for _, d := range disks {
		m, _ := d.(object)
		name, _ := m["name"].(string)
		retained := m["deletionPolicy"] == "Retain"
		w.retains[name] = retained && (complete || w.retains[name])
	}
}

// noteRetained remembers what stays when an Object goes, whether or not Crossplane got to the end of composing it so.
func (w *world) noteRetained(o *Object) {
	if o.may("Create") && !o.may("Delete") {
		w.came[o.target().name] = true
	}
}

// provide lets the provider look at some of the Objects.
func (w *world) provide(t *rapid.T) {
	keys := slices.Sorted(maps.Keys(w.x.objects))
	if len(keys) == 0 {
		t.Skip("there is nothing to look at")
	}
	if rapid.Bool().Draw(t, "all") {
		w.provideAll()
		return
	}
	w.look(rapid.SampledFrom(keys).Draw(t, "key"))
}

func (w *world) provideAll() {
	for _, key := range slices.Sorted(maps.Keys(w.x.objects)) {
		w.look(key)
	}
}

func (w *world) look(key string) {
	o, cluster := w.x.objects[key], w.cluster
	if o.config["name"] == configElsewhere {
		cluster = w.elsewhere
	}
	if cluster.provide(o) {
		w.x.forget(key)
	}
}

// trouble comes, or goes.
func (w *world) trouble(t *rapid.T) {
	c := w.cluster
	switches := []*bool{&c.noInstancetypes, &c.noExpansion, &c.snapshot, &c.unreachable, &c.waitForConsumer, &c.failingImports, &c.policy}
	kind := rapid.IntRange(0, len(switches)+1).Draw(t, "trouble")
	if kind < len(switches) {
		*switches[kind] = !*switches[kind]
		return
	}
	for _, k := range c.ids() {
		switch th := c.things[k]; {
		case th == nil:
		case th.kind == kindVM && kind == len(switches):
			c.crash(th, rapid.SampledFrom([]string{"CrashLoopBackOff", "ErrorUnschedulable", "Paused", "Migrating", "Levitating"}).Draw(t, "status"))
		case th.kind == kindClaim && kind > len(switches) && th != w.byHand:
			th.status = object{"phase": phaseLost}
			c.touch(th)
		}
	}
}

// disturb shows the function something broken, or ends the call; what it answers is not applied, as Crossplane would not have asked so.
func (w *world) disturb(t *rapid.T) {
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
			s.Fields[f] = rapid.SampledFrom([]*structpb.Value{structpb.NewNullValue(), structpb.NewStringValue("x"), structpb.NewNumberValue(-1), structpb.NewBoolValue(true), structpb.NewListValue(nil), structpb.NewStructValue(nil), {}}).Draw(t, "value")
			break
		}
	}
	w.ask(t, req)
}

// isNoted reports whether it is known of a claim how large CDI made it: by a note on it or its DataVolume, or as CDI added nothing. Once it has
// grown, nothing else tells.
func (w *world) isNoted(claim *thing) bool {
	dv := w.cluster.things[id{kindDataVolume, claim.name}]
	return claim.leaves[leafCreated] != nil || dv != nil && dv.leaves[leafCreated] != nil || claim.made.Cmp(claim.disk) == 0
}

// hand is what an administrator does past the Wukong. The function gets to see it: a Wukong that is deleted in that very moment could
// not be, where what the administrator changed cannot be changed back.
func (w *world) hand(t *rapid.T) {
	if w.cluster.unreachable || isFatal(w.x.run(w.x.request(nil))) {
		t.Skip("nothing can be done, or seen")
	}
	vm := w.cluster.things[id{kindVM, wukongtest.Name}]
	if rapid.Bool().Draw(t, "delete the virtual machine") {
		if vm != nil && len(w.foreign) < 2 {
			w.cluster.delete(vm)
			delete(w.lives, vm.id)
			w.foreign = nil
		}
		return
	}
	for _, d := range diskNames(w.x.spec) {
		k := id{kindClaim, stored(d)}
		th := w.cluster.things[k]
		if w.lives[k] != "" && !slices.Contains(w.foreign, th) && th.status["phase"] == phaseBound && th.leaves[leafClass] != fixedClass && w.isNoted(th) {
			grown := quantity(th.leaves[leafStorage])
			grown.Add(resource.MustParse("1Gi"))
			th.own("kubectl", map[string]any{leafStorage: grown.String()})
			w.cluster.touch(th)
			for range 3 {
				w.provideAll()
				w.compose(w.ask(t, w.x.request(nil)), 1000, false)
			}
			w.provideAll()
			return
		}
	}
}

// configure has the Input give other labels, and name another ProviderConfig. A Wukong of which nothing was composed yet would rightly go where that one leads.
func (w *world) configure(t *rapid.T) {
	w.x.team = rapid.SampledFrom([]string{"", "a", refusedTeam}).Draw(t, "team")
	configs := []string{configDefault, configRenamed}
	if len(w.x.objects) > 0 {
		configs = append(configs, configElsewhere)
	}
	w.x.noProfiles = rapid.Bool().Draw(t, "no profiles")
	w.x.config = rapid.SampledFrom(configs).Draw(t, "config")
	if w.x.config != configElsewhere && rapid.Bool().Draw(t, "allowed") {
		w.x.allowed = w.x.config
	}
}

// recreate deletes the Wukong, and makes another of the same name.
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

// check that nothing was lost that was promised.
func (w *world) check(t *rapid.T) {
	w.checkIdentity(t)
	if is := w.cluster.things[w.byHand.id]; is != w.byHand || is.deleting || len(is.owners) > 0 {
		t.Fatalf("the claim that was made by hand was touched")
	}
	for _, th := range w.foreign {
		if is := w.cluster.things[th.id]; is != th || is.deleting || len(is.owners) > 0 {
			t.Fatalf("somebody else's %s was touched", th.kind)
		}
	}
	if len(w.elsewhere.things) > 0 {
		t.Fatalf("another cluster got something: %v", w.elsewhere.ids())
	}
	if w.accepted != nil {
		if w.foreign == nil {
			w.watch(t, id{kindVM, wukongtest.Name})
		}
		for _, d := range diskNames(w.accepted) {
			w.watch(t, id{kindClaim, stored(d)})
			w.watch(t, id{kindDataVolume, stored(d)})
		}
	}
	for k, uid := range w.kept {
		if is := w.cluster.things[k]; is == nil || is.uid != uid || is.deleting {
			t.Fatalf("%s %s was to be retained and is lost", k.kind, k.name)
		}
	}
}

// watch something that is asked for: once it is there, it stays, and what was retained is found again.
func (w *world) watch(t *rapid.T, k id) {
	is := w.cluster.things[k]
	if w.lives[k] == "" {
		if is != nil && !is.deleting && !w.doomed(is) {
			w.lives[k] = is.uid
			if kept := w.kept[k]; kept != "" && kept != is.uid {
				t.Fatalf("%s %s was retained, and is another now", k.kind, k.name)
			}
			delete(w.kept, k)
		}
		return
	}
	if is == nil || is.uid != w.lives[k] || is.deleting {
		t.Fatalf("%s %s is asked for, and was deleted", k.kind, k.name)
	}
}

// doomed reports whether a user removed something, and asked for it again before it was gone: the Object that deletes it is to go, or what
// controls it goes or is gone.
func (w *world) doomed(is *thing) bool {
	for _, o := range w.x.objects {
		if o.deleting && o.may("Delete") && o.target().name == is.name {
			return true
		}
	}
	if is.kind != kindClaim || is.controller == "" {
		return false
	}
	dv := w.cluster.things[id{kindDataVolume, is.name}]
	return dv == nil || dv.uid != is.controller || dv.deleting
}

// settle stops the faults and shows that what is becomes what is asked for.
func (w *world) settle(t *rapid.T) {
	*w.cluster = Cluster{things: w.cluster.things, clock: w.cluster.clock}
	w.x.spec = w.valid()
	// What an Object says changes nothing in the cluster, but what the function does next: so a few quiet rounds are needed.
	const enough = 40
	var rsp *fnv1.RunFunctionResponse
	for round, quiet := 0, 0; quiet < 8; round++ {
		if round == enough {
			t.Fatalf("the cluster does not settle")
		}
		before := w.cluster.clock
		rsp = w.ask(t, w.x.request(nil))
		w.compose(rsp, 1000, false)
		w.provideAll()
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
	w.checkConfigs(t, rsp)
	vm := w.cluster.things[id{kindVM, wukongtest.Name}]
	if vm == nil {
		t.Fatalf("there is no virtual machine")
	}
	if asked, is := w.x.spec["cpu"], vm.leaves[leafSockets]; asked != nil && fmt.Sprint(is) != fmt.Sprint(asked) {
		t.Fatalf("the virtual machine has %v CPUs, not %v as asked for", is, asked)
	}
	var refused []string
	for key, o := range w.x.objects {
		if o.refused != "" {
			refused = append(refused, key+": "+o.refused)
		}
	}
	if n := w.x.native; n != nil && n.said != "" {
		refused = append(refused, n.said)
	}
	if phase := w.x.phase(); len(refused) == 0 && vm.status["printableStatus"] != statusNoClaim && phase != statusRunning && phase != statusStopped {
		t.Fatalf("the Wukong is %s: %v", phase, w.x.status)
	}
	for k, th := range w.cluster.things {
		if w.x.team == "" && w.x.native == nil && w.outlives(th, leafTeam) {
			continue
		}
		if team, ok := th.leaves[leafTeam]; w.x.lives(k) && len(refused) == 0 && (ok != (w.x.team != "") || ok && team != w.x.team) {
			t.Fatalf("%s %s is labelled %v, and not %q", k.kind, k.name, team, w.x.team)
		}
	}
	w.checkSizes(t, rsp)
	if len(refused) == 0 {
		w.checkSeed(t, vm)
	}
}

// outlives reports whether a field of a thing stays though it is not applied any more: an Object that applied it is gone, such as the one that
// changed a disk before that was to be retained. Nobody else can take it away.
func (w *world) outlives(th *thing, leaf string) bool {
	managers := map[string]bool{}
	for _, o := range w.x.objects {
		managers[o.manager()] = true
	}
	for owner := range th.owners[leaf] {
		if !managers[owner] {
			return true
		}
	}
	return len(th.owners[leaf]) == 0
}

// checkConfigs shows that the Wukong is by the ProviderConfig which the Input names, or that its user is told why not.
func (w *world) checkConfigs(t *rapid.T, rsp *fnv1.RunFunctionResponse) {
	for key, o := range w.x.objects {
		is := o.config["name"]
		// It has a kind before it, but for claims.
		message := strings.ReplaceAll(rsp.GetConditions()[0].GetMessage(), v1beta1.KindClusterProviderConfig+" ", "")
		told := isCut(message) || strings.Contains(message, fmt.Sprintf("and %s may reach another cluster", w.x.config))
		if !o.deleting && is != w.x.config && (!told || w.x.allowed == w.x.config) {
			t.Fatalf("%s is by %s, the Input names %s, the Wukong allows %q, told: %q", key, is, w.x.config, w.x.allowed, message)
		}
	}
}

// isCut reports whether a message has no room for all that there is to tell. The rest is in events.
func isCut(message string) bool {
	return strings.Contains(message, " more, which the events of the Wukong say")
}

// checkSizes shows that a disk is as large as it is asked to be, or that its user is told why not.
func (w *world) checkSizes(t *rapid.T, rsp *fnv1.RunFunctionResponse) {
	told := rsp.GetConditions()[0].GetMessage() + " " + w.x.status.GetFields()["message"].GetStringValue()
	if n := w.x.native; n != nil {
		told += strings.ReplaceAll(n.said, "disk-", "disk ")
	}
	disks, _ := w.x.spec["disks"].([]any)
	for i, d := range disks {
		m, _ := d.(object)
		name, _ := m["name"].(string)
		claim := w.cluster.things[id{kindClaim, stored(name)}]
		if m["claimName"] != nil && m["claimName"] != "" || claim == nil {
			continue
		}
		is, asked := claim.guest(), quantity(m["size"])
		if is.Cmp(asked) < 0 && !isCut(told) && !strings.Contains(told, fmt.Sprintf("spec.disks[%d].size", i)) && !strings.Contains(told, "disk "+name) {
			t.Fatalf("disk %s has %s, not %s, and nobody is told: %s", name, is.String(), asked.String(), told)
		}
	}
}

// remove the Wukong: its deletion must finish, whatever was edited and whatever trouble there is but that of an API server which does
// not answer, and leave nothing but what was retained.
func (w *world) remove(t *rapid.T) {
	w.cluster.unreachable = false
	for _, th := range w.cluster.things {
		if th.leaves[leafTeam] == refusedTeam && th.kind != "Secret" {
			// What it refuses of what is there can be neither changed nor deleted.
			w.cluster.policy = false
		}
	}
	for _, d := range diskNames(w.accepted) {
		for _, kind := range []string{kindClaim, kindDataVolume} {
			k := id{kind, stored(d)}
			if uid := w.lives[k]; uid != "" && w.retains[d] {
				w.kept[k], w.came[stored(d)] = uid, true
			}
		}
	}
	w.accepted, w.lives = nil, map[id]string{}
	for _, o := range w.x.objects {
		w.noteRetained(o)
	}

	keys := slices.Sorted(maps.Keys(w.x.objects))
	if rapid.Bool().Draw(t, "backwards") {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		o := w.x.objects[key]
		if o == nil {
			continue
		}
		o.deleting = true
		if maker := w.x.objects[key+".change"]; maker != nil {
			// Kubernetes collects both within milliseconds. What was made between them would stay.
			maker.deleting = true
		}
		if rapid.IntRange(0, 3).Draw(t, "at once") == 0 {
			w.provideAll()
		}
	}
	if w.x.native != nil {
		w.x.native.remove(w.x.uid())
	}
	const rounds = 20
	for range rounds {
		if quiet := w.cluster.quiet(); quiet && len(w.x.objects) == 0 {
			break
		}
		w.provideAll()
		w.check(t)
	}
	for key, o := range w.x.objects {
		t.Fatalf("the deletion waits for %s for ever: %s", key, o.refused)
	}
	for k := range w.cluster.things {
		if w.kept[k] == "" && !w.came[k.name] && k != w.byHand.id && !slices.ContainsFunc(w.foreign, func(th *thing) bool { return th.name == k.name }) {
			t.Fatalf("%s %s is left behind", k.kind, k.name)
		}
	}
}
