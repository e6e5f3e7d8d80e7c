package edit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/snapshot"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/validation"
)

// What a plan says of a change.
var (
	msgHeldByStrategy  = message.New(message.Report, "plan-held-by-strategy", "the rollout strategy Stage applies nothing while the guest runs")
	msgHeldByCondition = message.New(message.Report, "plan-held-by-condition", "an earlier change waits for a restart already, and until then this one does, too")
	msgHeldBy          = message.New(message.Report, "plan-held-by", "it would take effect while the guest runs, but {field} needs a restart, and until then this one waits, too")
	msgNotMigrated     = message.New(message.Report, "plan-not-migrated", "KubeVirt does not migrate by itself here: virtctl migrate {name} lets it take effect")
	msgUnplugged       = message.New(message.Report, "plan-network-unplugged",
		"the guest loses the interface at once, and the virtual machine leaves the network when it moves to another node (virtctl migrate {name}) or restarts")
	msgAssumed       = message.New(message.Report, "plan-assumed", "the instance type or the preference decides, and is not known here")
	msgNotComparable = message.New(message.Report, "plan-not-comparable", "it was refused before the edit, so that nothing can be said of that: {reason}")
	msgNoWukong      = message.New(message.Report, "plan-state-without-wukong",
		"{value} itself is not in the state: what it said before is guessed from its objects, so give it, as kubectl get wukong -o yaml prints it")
	msgNotRead        = message.New(message.Report, "plan-not-read", "{value} may be new, as not all files could be read that may have it before the edit")
	msgLost           = message.New(message.Report, "plan-disk-lost", "the {kind} {name} is deleted with all that it holds")
	msgMedium         = message.New(message.Report, "plan-medium-deleted", "the medium {name} is deleted, and can be imported, or uploaded, again")
	msgSnapshots      = message.New(message.Report, "plan-snapshots-lost", "deleted, with what only they hold: {snapshots}")
	msgOlderSnapshots = message.New(message.Report, "plan-older-snapshots-lost",
		"the newest {number} of the snapshots that are ready stay, and older ones are deleted: the status of the Wukong (kubectl get wukong -o yaml) would name them")
	msgRestores = message.New(message.Report, "plan-restores",
		"from its next start the virtual machine has what snapshot {name} has of its disks, and what they hold now is deleted, or retained by their deletionPolicy")
	msgMoves = message.New(message.Report, "plan-disk-moves",
		"the disk is copied once the virtual machine has stopped: it starts with the copy, and the earlier volume is then deleted, or retained by its deletionPolicy")
	msgNotTakenBack = message.New(message.Report, "plan-restore-removed", "what has been restored stays")
	msgKept         = message.New(message.Report, "plan-disk-kept", "the {kind} {name} stays with all that it holds, and is no longer attached")
)

// A side is a Wukong before or after an edit.
type side struct {
	repository *preview.Repository
	wukong     *preview.Wukong
}

// plan returns what the Wukong asks for in a state; nil stands for the observed one.
func (s side) plan(rs observed.Resources) (fn.Planned, error) {
	req, err := s.repository.Request(s.wukong)
	if err != nil {
		return fn.Planned{}, err
	}
	return fn.PlanFor(req, rs)
}

// existed returns what the Wukong asked for in a state, as one that was accepted before the edit.
func (s side) existed(rs observed.Resources) (fn.Planned, error) {
	req, err := s.repository.Request(s.wukong)
	if err != nil {
		return fn.Planned{}, err
	}
	return fn.PlanExisting(req, rs)
}

// spec returns the spec as its author wrote it, without the fields that Crossplane adds.
func (s side) spec() map[string]any {
	spec, _ := s.wukong.Document.Object["spec"].(map[string]any)
	out := maps.Clone(spec)
	maps.DeleteFunc(out, func(name string, _ any) bool { return !validation.SpecStructure.Has(name) })
	return out
}

// compare returns what the edit of a Wukong does. A problem is a Wukong that is refused after the edit. The Wukong before is nil where no more than
// its objects are known.
func compare(before *side, after side) (Wukong, []manifest.Problem) {
	out := describe(after.wukong, Change)
	e := edit{after: after, before: before}
	var err error
	if after.wukong.IsObserved() {
		if e.becomes, err = after.plan(nil); err != nil {
			return out, after.wukong.Problems(err)
		}
		e.observed = e.becomes.Observed
	}
	switch {
	case before != nil && e.observed == nil:
		e.was, e.observed, err = settled(before.repository.Target(), observed.Resources{}, before.existed)
	case before != nil:
		e.was, err = before.existed(e.observed)
	}
	if err != nil {
		return out, notComparable(before.wukong, err)
	}
	if !after.wukong.IsObserved() {
		if e.becomes, err = after.plan(e.observed); err != nil {
			return out, after.wukong.Problems(err)
		}
	}
	e.know()
	if out.Changes, err = e.changes(); err != nil {
		return out, after.wukong.Problems(err)
	}
	out.Lost, out.Kept = e.lost, e.kept
	if len(out.Changes) == 0 && len(out.Lost) == 0 && len(out.Kept) == 0 {
		out.Action = Keep
	}
	return out, nil
}

// notComparable returns a warning about a Wukong that is refused before the edit. What mends it must not fail for that.
func notComparable(w *preview.Wukong, err error) []manifest.Problem {
	problems := w.Problems(err)
	return []manifest.Problem{w.Document.Problem(manifest.Warning, problems[0].Field, msgNotComparable.With(problems[0].Text))}
}

// describe returns a Wukong of a plan without its changes.
func describe(w *preview.Wukong, a Action) Wukong {
	return Wukong{Position: w.Document.Position(""), Namespace: w.Document.GetNamespace(), Name: w.Document.GetName(), Action: a}
}

// An edit is a Wukong before and after it, with what exists.
type edit struct {
	// before is nil where no more than the objects are known.
	before *side

	after side

	// was and becomes are what the Wukong asks for. The former is empty where there is no before.
	was, becomes fn.Planned

	observed observed.Resources

	// What follows from these is known once for all fields: the state of the virtual machine, what the edit changes of it, the disks whose data is
	// deleted and those that stay, and the specs with all defaults.
	state       kubevirt.RolloutState
	differences []kubevirt.Difference
	lost, kept  []Disk
	from, to    map[string]leaf

	// rejections are the changes that what exists does not allow.
	rejections []FieldChange
}

// know fills in what follows from the plans.
func (e *edit) know() {
	e.rejections = e.rejected()
	e.state = e.rolloutState()
	e.differences = e.rollout()
	e.lost, e.kept = e.disks()
	e.from, e.to = defaulted(e.was), defaulted(e.becomes)
}

// changes returns the changes of the fields, and those of the virtual machine that no field explains.
func (e edit) changes() ([]FieldChange, error) {
	var out []FieldChange
	if e.before != nil {
		from, to := leavesOf(withSystemDisk(e.before.spec())), leavesOf(withSystemDisk(e.after.spec()))
		for _, f := range fieldsOf(from, to) {
			if c, counts := e.change(f, from, to); counts {
				out = append(out, c)
			}
		}
	}
	objects, err := e.objectChanges()
	if err != nil {
		return nil, err
	}
	out = append(out, objects...)
	out = append(out, e.refused(out)...)
	explained := func(d kubevirt.Difference) bool {
		return slices.ContainsFunc(out, func(c FieldChange) bool { return e.concerns(d, c.Field) })
	}
	for _, d := range e.differences {
		if !explained(d) {
			c := changeOf(d)
			c.Message = e.because(d)
			out = append(out, c)
		}
	}
	out = e.withLosses(e.withMedia(out))
	slices.SortStableFunc(out, compareChanges)
	return out, nil
}

// withSystemDisk returns a spec with the disk that osImage and osImageFrom imply, where it lists none.
func withSystemDisk(spec map[string]any) map[string]any {
	disks, _ := spec["disks"].([]any)
	if len(disks) > 0 || spec["osImage"] == nil && spec["osImageFrom"] == nil {
		return spec
	}
	out := maps.Clone(spec)
	out["disks"] = []any{map[string]any{"name": admission.DefaultDiskName}}
	return out
}

// withMedia returns the changes, of which one says that the medium of a CD-ROM drive is deleted.
func (e edit) withMedia(changes []FieldChange) []FieldChange {
	for _, r := range storage.Removed(e.becomes.Wukong, e.observed) {
		of := func(c FieldChange) bool { return within(c.Field, "disks["+r.Name+"]") && c.Message == "" }
		if i := slices.IndexFunc(changes, of); r.Medium && i >= 0 {
			changes[i].Message = msgMedium.With(r.Object)
		}
	}
	return changes
}

// withLosses returns the changes with one for each disk whose data is deleted.
func (e edit) withLosses(changes []FieldChange) []FieldChange {
	for _, d := range e.lost {
		item := "disks[" + d.Name + "]"
		isTold := func(c FieldChange) bool { return c.Effect == plan.EffectDataLoss && within(c.Field, item) }
		// What else goes of the disk follows from that.
		changes = slices.DeleteFunc(changes, func(c FieldChange) bool { return c.Action == Delete && within(c.Field, item) && !isTold(c) })
		if slices.ContainsFunc(changes, isTold) {
			continue
		}
		changes = append(changes, FieldChange{Field: item, Action: Delete, From: d.Size, Effect: plan.EffectDataLoss, Message: msgLost.With(d.Kind, d.Object)})
	}
	return changes
}

// changeOf returns a difference of the virtual machine as a change.
func changeOf(d kubevirt.Difference) FieldChange {
	return FieldChange{
		Field: d.Field, Object: kubevirtv1.VirtualMachineGroupVersionKind.Kind, Path: d.Path, Action: actionOf(d.From, d.To), From: d.From, To: d.To,
		Effect: d.Effect, Assumed: d.Assumed,
	}
}

// refused returns the changes that are refused and that no change of a field is about, as those of the platform's settings.
func (e edit) refused(known []FieldChange) []FieldChange {
	var out []FieldChange
	for _, r := range e.rejections {
		if !slices.ContainsFunc(known, func(c FieldChange) bool { return c.Message == r.Message }) {
			out = append(out, r)
		}
	}
	return out
}

// rollout returns what the edit changes of the virtual machine. What was applied last tells of changes of the platform's settings as well.
func (e edit) rollout() []kubevirt.Difference {
	was, complete := applied(e.observed)
	if !complete && e.before != nil {
		was, complete = virtualMachine(e.was), true
	}
	becomes := virtualMachine(e.becomes)
	if was == nil || becomes == nil {
		return nil
	}
	out := kubevirt.Rollout(was, becomes, e.becomes.Input.Cluster, e.state)
	if complete {
		return out
	}
	// KubeVirt added what no field of a Wukong says.
	return slices.DeleteFunc(out, func(d kubevirt.Difference) bool { return d.To == "" && d.Field == "" })
}

// rolloutState returns what is known of the virtual machine before the edit.
func (e edit) rolloutState() kubevirt.RolloutState {
	out := kubevirt.ObservedRolloutState(e.observed)
	if w := e.was.Wukong; w != nil {
		settings := storage.Settings{NoProfiles: !*e.was.Input.Cluster.StorageProfiles}
		out.NotMigratable = len(storage.NotShared(w, settings, e.observed)) > 0
	}
	if e.halts() {
		// All else comes with the next start.
		out.Runs = false
	}
	return out
}

// fieldsOf returns what changes, sorted: fields, and items of lists that are added or removed.
func fieldsOf(from, to map[string]leaf) []string {
	had, has := items(from), items(to)
	var out []string
	for _, field := range changedFields(from, to) {
		if item := itemOf(field); item != "" && had[item] != has[item] {
			field = item
		}
		out = append(out, field)
	}
	return slices.Compact(out)
}

// change returns the change of a field. It does not count where the field means the same as before.
func (e edit) change(field string, from, to map[string]leaf) (FieldChange, bool) {
	was, becomes := from[field], to[field]
	c := FieldChange{Field: field, From: was.shown(), To: becomes.shown()}
	pattern := cmp.Or(was.pattern, becomes.pattern)
	if strings.HasSuffix(field, "]") {
		had, has := items(from)[field], items(to)[field]
		c.From, c.To, pattern = summary(field, from, had), summary(field, to, has), patternOf(field)
	}
	c.Action = actionOf(c.From, c.To)
	c.Effect = kubevirt.EffectOf(pattern)
	e.settle(&c)
	return c, !e.meansTheSame(c, pattern)
}

// settle gives a change its effect: that of the edit on what exists, before what the field does usually.
func (e edit) settle(c *FieldChange) {
	rejection := slices.IndexFunc(e.rejections, func(r FieldChange) bool { return within(r.Field, c.Field) || within(c.Field, r.Field) })
	switch {
	case rejection >= 0:
		c.Effect, c.Message = plan.EffectRefused, e.rejections[rejection].Message
	case c.Action == Delete && strings.HasPrefix(c.Field, "disks[") && strings.HasSuffix(c.Field, "]"):
		e.settleDisk(c)
	case strings.HasSuffix(c.Field, ".claimName") && c.Action == Create && e.loses(c):
	case e.losesState(c), e.losesSnapshots(c), e.restores(c), e.moves(c):
	case e.stops(c.Field):
		c.Effect = plan.EffectStop
	case !e.follow(c):
		e.settleUsual(c)
	}
}

// follow gives a change the effect that it has on the virtual machine. It returns false where it has none.
func (e edit) follow(c *FieldChange) bool {
	usual, found := c.Effect, false
	for _, d := range e.differences {
		if e.concerns(d, c.Field) && (!found || isWorse(d.Effect, c.Effect)) {
			c.Effect, c.Assumed, c.Message, found = d.Effect, d.Assumed, e.because(d), true
		}
	}
	if found && usual == plan.EffectNewDisk && c.Effect == plan.EffectRestart {
		c.Effect = usual
	}
	return found
}

// settleUsual gives a change that does not reach the virtual machine the effect that the field has usually, as far as that applies.
func (e edit) settleUsual(c *FieldChange) {
	waits := slices.Contains([]plan.Effect{plan.EffectRestart, plan.EffectMigration}, c.Effect)
	switch {
	case c.Effect == plan.EffectRefused, waits && e.isUnused(c.Field), isField(c.Field)("imageSecret"), e.isOfDrive(c.Field) && slices.ContainsFunc(ofMedium, isField(c.Field)):
		// Nothing that exists is asked to change.
		c.Effect = plan.EffectNone
	case c.Effect == plan.EffectDataLoss:
		// Nothing is lost by a disk that is added.
		c.Effect = plan.EffectRestart
	case waits && !e.state.Runs:
		c.Effect = plan.EffectStart
	}
}

// ofMedium are the fields of a disk that are those of the medium, where the disk is a CD-ROM drive.
var ofMedium = []string{
	"size", "storageClassName", "accessModes", "volumeMode", "deletionPolicy", "imageFrom.kind", "imageFrom.name", "imageFrom.namespace", "upload",
}

// isField returns a function that reports whether a field of an item has a name.
func isField(field string) func(string) bool {
	return func(name string) bool { return strings.HasSuffix(field, "]."+name) }
}

// isOfDrive reports whether a field is one of a disk that is a CD-ROM drive after the edit.
func (e edit) isOfDrive(field string) bool {
	return slices.ContainsFunc(e.becomes.Wukong.Spec.Disks, func(d v1alpha1.Disk) bool {
		return d.IsCDROM() && within(field, "disks["+string(d.Name)+"]")
	})
}

// concernsMedium reports whether a difference of the virtual machine follows from the change of a field that makes another medium of that of a CD-ROM
// drive.
func (e edit) concernsMedium(d kubevirt.Difference, field string) bool {
	item := itemOf(field)
	return item != "" && within(d.Field, item+".image") && e.isOfDrive(field) && slices.ContainsFunc(ofMedium, isField(field))
}

// concernsMove reports whether a difference of the virtual machine follows from the change of a field by which a disk moves.
func concernsMove(d kubevirt.Difference, field string) bool {
	item := itemOf(field)
	return item != "" && within(d.Field, item) && slices.ContainsFunc(append([]string{"migrateStorage"}, ofMove...), isField(field))
}

// isUnused reports whether a field is of a network for which the Wukong makes no NetworkAttachmentDefinition after the edit.
func (e edit) isUnused(field string) bool {
	item, isNetwork := strings.CutPrefix(field, "networks[")
	name, _, _ := strings.Cut(item, "]")
	return isNetwork && !slices.ContainsFunc(e.becomes.Resources, func(r plan.Resource) bool { return r.Key == "nad-"+name && !r.Leaving })
}

// stops reports whether a field is one by which the edit halts a virtual machine that runs.
func (e edit) stops(field string) bool {
	return e.halts() && kubevirt.ObservedRolloutState(e.observed).Runs &&
		slices.Contains(append(alternatives["startStrategy.runStrategy"], "startStrategy.runStrategy"), field)
}

// halts reports whether the virtual machine is halted after the edit.
func (e edit) halts() bool {
	return kubevirt.RunStrategy(e.becomes.Wukong) == kubevirtv1.RunStrategyHalted
}

// loses reports whether the data of a disk goes, because the disk now is an existing claim, and says so.
func (e edit) loses(c *FieldChange) bool {
	for _, d := range e.lost {
		if c.Field == "disks["+d.Name+"].claimName" {
			c.Effect, c.Message = plan.EffectDataLoss, msgLost.With(d.Kind, d.Object)
			return true
		}
	}
	return false
}

// losesState reports whether a change deletes what the virtual machine keeps beside its disks, and says so.
func (e edit) losesState(c *FieldChange) bool {
	for _, text := range kubevirt.DataLoss(e.becomes.Wukong, e.observed) {
		field, why, _ := strings.Cut(strings.TrimPrefix(text, "spec."), ": ")
		if within(c.Field, field) || within(field, c.Field) {
			c.Effect, c.Message = plan.EffectDataLoss, why
			return true
		}
	}
	return false
}

// losesSnapshots reports whether a change lets fewer snapshots stay than there are, or may be, and says so.
func (e edit) losesSnapshots(c *FieldChange) bool {
	becomes, was := e.becomes.Wukong.Spec.Snapshots, e.was.Wukong.Spec.Snapshots
	if c.Field != "snapshots.keep" || becomes == nil || was != nil && was.Keep <= becomes.Keep {
		return false
	}
	ready, known := e.readySnapshots()
	keep := int(becomes.Keep)
	switch {
	case !known:
		c.Effect, c.Message = plan.EffectDataLoss, msgOlderSnapshots.With(strconv.Itoa(keep))
	case len(ready) > keep:
		c.Effect, c.Message = plan.EffectDataLoss, msgSnapshots.With(report.List(ready[keep:]))
	default:
		return false
	}
	return true
}

// restores reports whether a change gives the disks what a snapshot has, or no longer does, and says so.
func (e edit) restores(c *FieldChange) bool {
	restore := e.becomes.Wukong.Spec.Restore
	switch {
	case !within(c.Field, "restore"):
		return false
	case restore == nil:
		c.Effect, c.Message = plan.EffectNone, msgNotTakenBack.String()
	default:
		c.Effect, c.Message = plan.EffectDataLoss, msgRestores.With(restore.Snapshot)
	}
	return true
}

// moves reports whether a disk moves because of a change, and says so.
func (e edit) moves(c *FieldChange) bool {
	isMoving := func(d v1alpha1.Disk) bool {
		return within(c.Field, "disks["+string(d.Name)+"]") && (d.Awaited != "" || d.Successor != "") && d.MigrateStorage
	}
	if !slices.ContainsFunc(ofMove, isField(c.Field)) || !slices.ContainsFunc(e.becomes.Wukong.Spec.Disks, isMoving) {
		return false
	}
	c.Effect, c.Message = plan.EffectRestart, msgMoves.String()
	if !e.state.Runs {
		c.Effect = plan.EffectStart
	}
	return true
}

// ofMove are the fields of a disk by which it moves.
var ofMove = []string{"storageClassName", "accessModes", "volumeMode"}

// readySnapshots returns the names of the snapshots that are ready, the newest first, as the status of the Wukong before the edit has them. One that somebody took by hand may be among them where its name is like theirs.
func (e edit) readySnapshots() (ready []string, known bool) {
	status, _ := e.before.wukong.Document.Object["status"].(map[string]any)
	all, _ := status["snapshots"].([]any)
	for _, s := range objectsOf(all) {
		name, _ := s["name"].(string)
		_, isNumbered := names.NumberOf(e.before.wukong.Document.GetName(), name)
		if isReady, _ := s["ready"].(bool); isReady && isNumbered {
			ready = append(ready, name)
		}
	}
	// An empty list may be one that could not be read, and a full one may leave out others.
	return ready, len(all) > 0 && len(all) < snapshot.MaxReported
}

// settleDisk gives the removal of a disk its effect.
func (e edit) settleDisk(c *FieldChange) {
	is := func(d Disk) bool { return "disks["+d.Name+"]" == c.Field }
	if i := slices.IndexFunc(e.lost, is); i >= 0 {
		c.Effect, c.Message = plan.EffectDataLoss, msgLost.With(e.lost[i].Kind, e.lost[i].Object)
		return
	}
	c.Effect = plan.EffectRestart
	if !e.follow(c) && !e.state.Runs {
		c.Effect = plan.EffectStart
	}
	if i := slices.IndexFunc(e.kept, is); i >= 0 {
		c.Message = msgKept.With(e.kept[i].Kind, e.kept[i].Object)
	}
}

// isWorse reports whether an effect is listed before another one.
func isWorse(a, b plan.Effect) bool { return slices.Index(order, a) < slices.Index(order, b) }

// concerns reports whether a difference of the virtual machine follows from the change of a field, or of an item of a list.
func (e edit) concerns(d kubevirt.Difference, field string) bool {
	return concerns(d, field) || e.concernsMedium(d, field) || concernsMove(d, field)
}

// concerns does so by what the names of the fields say.
func concerns(d kubevirt.Difference, field string) bool {
	if d.Field == "" || field == "" {
		return false
	}
	if within(d.Field, field) || within(field, d.Field) {
		return true
	}
	return slices.ContainsFunc(alternatives[d.Field], func(other string) bool { return within(other, field) || within(field, other) })
}

// alternatives are the other fields that decide on a part of the virtual machine, by the one that a difference names.
var alternatives = map[string][]string{
	"startStrategy.runStrategy":          {"startStrategy.autoStart", "highAvailability.restartPolicy"},
	"highAvailability.antiAffinityGroup": {"highAvailability.antiAffinity"},
	"coresPerSocket":                     {"cpu", "preference"},
	"maxCPU":                             {"coresPerSocket", "preference"},
	"cpu":                                {"coresPerSocket", "preference"},
}

// within reports whether a field is another one, or a part of it.
func within(field, other string) bool {
	rest, ok := strings.CutPrefix(field, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// because returns why a difference has its effect, where that is not its own.
func (e edit) because(d kubevirt.Difference) string {
	switch d.HeldBy {
	case "":
	case kubevirt.HeldByStrategy:
		return msgHeldByStrategy.String()
	case kubevirt.HeldByCondition:
		return msgHeldByCondition.String()
	default:
		i := slices.IndexFunc(e.differences, func(o kubevirt.Difference) bool { return o.Path == d.HeldBy })
		name := d.HeldBy
		if i >= 0 && e.differences[i].Field != "" {
			name = e.differences[i].Field
		}
		return msgHeldBy.With(name)
	}
	switch {
	case d.Assumed:
		return msgAssumed.String()
	case d.Unplugs():
		return msgUnplugged.With(e.becomes.Wukong.GetName())
	case d.Effect == plan.EffectMigration && !kubevirt.MigratesItself(e.becomes.Input.Cluster):
		return msgNotMigrated.With(e.becomes.Wukong.GetName())
	}
	return ""
}

// rejected returns the changes that what exists does not allow. Messages name items of lists by their indexes, and changes by their names.
func (e edit) rejected() []FieldChange {
	spec := e.after.spec()
	var out []FieldChange
	for _, text := range e.becomes.Rejected {
		path, why, _ := strings.Cut(text, ": ")
		out = append(out, FieldChange{Field: named(strings.TrimPrefix(path, "spec."), spec), Action: Change, Effect: plan.EffectRefused, Message: why})
	}
	return out
}

// named returns a path with the items of lists by their names in place of their indexes.
func named(path string, spec map[string]any) string {
	list, rest, found := strings.Cut(path, "[")
	index, after, _ := strings.Cut(rest, "]")
	values, _ := spec[list].([]any)
	for i, item := range objectsOf(values) {
		if found && strconv.Itoa(i) == index {
			return list + "[" + nameOf(item, i) + "]" + after
		}
	}
	return path
}

// meansTheSame reports whether a change is one of words alone: with all defaults, both specs have the same value there, and nothing is refused.
func (e edit) meansTheSame(c FieldChange, pattern string) bool {
	if c.Effect == plan.EffectRefused || c.Effect == plan.EffectDataLoss {
		return false
	}
	was, had := e.from[c.Field]
	becomes, has := e.to[c.Field]
	return had && has && was.pattern == pattern && equal(was.value, becomes.value)
}

// defaulted returns the leaves of a spec with all defaults.
func defaulted(p fn.Planned) map[string]leaf {
	if p.Wukong == nil {
		return nil
	}
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&p.Wukong.Spec)
	if err != nil {
		// A spec that was planned can be written.
		return nil
	}
	return leavesOf(spec)
}

// actionOf returns what becomes of something with a value before and a value after.
func actionOf(from, to string) Action {
	switch {
	case from == "":
		return Create
	case to == "":
		return Delete
	default:
		return Change
	}
}

// patternOf returns an item of a list without its name, with the field that stands for the item: disks[].name.
func patternOf(item string) string {
	list, _, _ := strings.Cut(item, "[")
	for _, name := range []string{"name", "key"} {
		if pattern := list + "[]." + name; kubevirt.Changes()[pattern] != "" {
			return pattern
		}
	}
	return list + "[]"
}

// summary returns what an item of a list is, in a few words; empty for an item that is not there.
func summary(item string, leaves map[string]leaf, exists bool) string {
	if !exists {
		return ""
	}
	var words []string
	for _, name := range []string{"size", "type", "image", "imageFrom.kind", "imageFrom.name", "claimName", "nadName", "vlanId", "deviceName"} {
		if l, found := leaves[item+"."+name]; found {
			words = append(words, l.shown())
		}
	}
	return cmp.Or(strings.Join(words, ", "), "with no more than its name")
}

// disks returns the disks that the Wukong gives up: those whose data is deleted, and those that stay.
func (e edit) disks() (lost, kept []Disk) { return removed(e.becomes.Wukong, e.was, e.observed) }

// removed returns the disks that exist and that a Wukong no longer lists: those whose data is deleted, and those that stay. Their sizes are those that
// the Wukong gave before, or those of their volumes.
func removed(w *v1alpha1.Wukong, was fn.Planned, rs observed.Resources) (lost, kept []Disk) {
	sizes := sizesOf(was)
	for _, r := range storage.Removed(w, rs) {
		if r.Medium {
			continue
		}
		d := Disk{Name: r.Name, Kind: r.Kind, Object: r.Object, Size: cmp.Or(sizes[r.Name], sizeOf(rs, r.Name))}
		if r.Retained {
			kept = append(kept, d)
		} else {
			lost = append(lost, d)
		}
	}
	return lost, kept
}

// sizeOf returns the size of a disk's observed volume; empty where it is not known.
func sizeOf(rs observed.Resources, disk string) string {
	for _, key := range []string{"pvc-" + disk, "disk-" + disk} {
		for _, path := range [][]string{{"spec"}, {"spec", "storage"}, {"spec", "pvc"}} {
			requests := fields.In(rs[key].Object, append(path, "resources", "requests")...)
			if size := requests.GetFields()["storage"].GetStringValue(); size != "" {
				return size
			}
		}
	}
	return ""
}

// sizesOf returns the sizes of a Wukong's disks by their names.
func sizesOf(p fn.Planned) map[string]string {
	out := map[string]string{}
	if p.Wukong == nil {
		return out
	}
	for _, d := range p.Wukong.Spec.Disks {
		if d.Size != nil {
			out[string(d.Name)] = d.Size.String()
		}
	}
	return out
}
