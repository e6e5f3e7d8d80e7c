package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestNoWriteIsLost restores disks from snapshots and moves them to other storage classes, while virtual machines start, stop and crash, controllers lag behind and
// the API server refuses what it may. What a guest finds on a disk is what the last guest wrote there, or what a snapshot has that its Wukong is restored from.
// No volume with what was written last is deleted before a guest runs with another one.
func TestNoWriteIsLost(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { runSuccession(t, target) })
		})
	}
}

// A succession is a world with what its test expects of disks whose volumes others succeed.
type succession struct {
	*world

	// written is what the guest wrote last to each disk, or found there.
	written map[string]string

	// instance is the UID of the instance that was seen last.
	instance string

	// permits counts how often each disk may be restored from each snapshot, as NAME/DISK.
	permits map[string]int

	// lost are the snapshots that somebody deleted. They are there again at the end: disks wait for them.
	lost []*apiObject

	// contents are those of all snapshots that ever were, by their names and those of disks.
	contents map[string]map[string]string
}

func runSuccession(t *rapid.T, target string) {
	s := &succession{world: newWorld(target), written: map[string]string{}, permits: map[string]int{}, contents: map[string]map[string]string{}}
	for range 6 {
		s.round(t)
	}
	t.Repeat(map[string]func(*rapid.T){
		"restore":          s.restore,
		"move":             s.move,
		"start or stop":    s.startOrStop,
		"restart":          func(*rapid.T) { s.restart() },
		"take a snapshot":  func(*rapid.T) { s.take() },
		"lose a snapshot":  s.lose,
		"round":            s.round,
		"round again":      s.round,
		"reconcile":        s.reconcile,
		"provide":          s.provideSome,
		"run":              func(*rapid.T) { s.cluster.Run() },
		"inject fault":     s.disturb,
		"delete a machine": s.deleteMachine,
		"":                 s.check,
	})
	s.finish(t)
}

// round lets everything reconcile once.
func (s *succession) round(t *rapid.T) {
	s.compose(s.runFunction(t, s.x.request(nil)), 1000, false)
	s.runProviderOnAll()
	s.cluster.Run()
	s.check(t)
}

func (s *succession) provideSome(t *rapid.T) {
	if len(s.x.composed) > 0 {
		s.runProvider(t)
	}
}

// set changes the spec.
func (s *succession) set(change func(spec object)) {
	spec := runtime.DeepCopyJSON(s.x.spec)
	change(spec)
	s.x.spec = spec
}

// restore asks for a restore, or takes it back.
func (s *succession) restore(t *rapid.T) {
	known := slices.Sorted(maps.Keys(s.contents))
	snapshot := rapid.SampledFrom(append(known, "", "missing")).Draw(t, "snapshot")
	attempt := rapid.Int64Range(1, 2).Draw(t, "attempt")
	s.set(func(spec object) {
		if delete(spec, "restore"); snapshot != "" {
			spec["restore"] = object{"snapshot": snapshot, "attempt": attempt}
		}
	})
	for _, d := range diskNames(s.x.spec) {
		s.permits[snapshot+"/"+d]++
	}
}

// move lets a disk move to a storage class.
func (s *succession) move(t *rapid.T) {
	disk := rapid.IntRange(0, 1).Draw(t, "disk")
	class := rapid.SampledFrom([]string{defaultClass, fastClass}).Draw(t, "class")
	s.set(func(spec object) {
		disks, _ := spec["disks"].([]any)
		d, _ := disks[disk].(object)
		d["storageClassName"], d["migrateStorage"] = class, true
	})
}

func (s *succession) startOrStop(t *rapid.T) {
	strategy := strategies.Draw(t, "strategy")
	s.set(func(spec object) { spec["startStrategy"] = object{"runStrategy": strategy} })
}

// restart ends the instance, so that another one starts.
func (s *succession) restart() { delete(s.cluster.objects, id{kindVMI, wukongtest.Name}) }

// take takes a snapshot of the virtual machine.
func (s *succession) take() {
	vm := s.cluster.objects[id{kindVM, wukongtest.Name}]
	if vm == nil {
		return
	}
	s.taken++
	name := names.Numbered(wukongtest.Name, uint64(s.taken))
	contents, backups := map[string]string{}, []any{}
	for disk, claim := range attachedClaims(vm.list(leafVolumes)) {
		if c := s.cluster.objects[id{kindClaim, claim}]; c != nil && c.status["phase"] == phaseBound {
			contents[disk] = c.content
			backups = append(backups, object{"volumeName": disk, "volumeSnapshotName": "vmsnapshot-" + name + "-" + disk})
		}
	}
	slices.SortFunc(backups, func(a, b any) int { return len(fmt.Sprint(a)) - len(fmt.Sprint(b)) })
	s.contents[name] = contents
	const apiVersion = "snapshot.kubevirt.io/v1beta1"
	s.add(&apiObject{
		id: id{kindSnapshot, name}, apiVersion: apiVersion, contents: contents, leaves: map[string]any{"spec|source|kind": kindVM, "spec|source|name": vm.name},
		status: object{"readyToUse": true, "virtualMachineSnapshotContentName": name + "-content"},
	})
	s.add(&apiObject{id: id{kindContent, name + "-content"}, apiVersion: apiVersion, leaves: map[string]any{"spec|volumeBackups": backups}, status: object{}})
}

// add adds an object of somebody else.
func (s *succession) add(o *apiObject) {
	o.uid, o.owners, o.created = "uid-"+o.name, map[string]map[string]bool{}, s.cluster.tick()
	s.cluster.objects[o.id] = o
}

// lose deletes a snapshot.
func (s *succession) lose(t *rapid.T) {
	if len(s.contents) == 0 || rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
		return
	}
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(s.contents))).Draw(t, "lost")
	for _, k := range []id{{kindSnapshot, name}, {kindContent, name + "-content"}} {
		if o := s.cluster.objects[k]; o != nil {
			s.lost = append(s.lost, o)
		}
		delete(s.cluster.objects, k)
	}
}

// disturb begins or ends a fault.
func (s *succession) disturb(t *rapid.T) {
	c := s.cluster
	switches := []*bool{&c.snapshot, &c.unreachable, &c.waitForConsumer, &c.failingImports, &c.unschedulable, &s.x.plugsVolumes, &s.x.noProfiles}
	fault := rapid.SampledFrom(switches).Draw(t, "fault")
	*fault = !*fault
}

func (s *succession) deleteMachine(t *rapid.T) {
	if rapid.IntRange(0, 5).Draw(t, "rarely") > 0 {
		return
	}
	// Which of two volumes a guest wrote to last nobody remembers but its virtual machine.
	volumes := 0
	for k := range s.cluster.objects {
		if k.kind == kindClaim || k.kind == kindDataVolume {
			volumes++
		}
	}
	for key := range s.x.composed {
		if strings.HasPrefix(key, "successor-") {
			volumes++
		}
	}
	if isBetween := volumes > 2*len(diskNames(s.x.spec))+1; isBetween {
		return
	}
	if vm := s.cluster.objects[id{kindVM, wukongtest.Name}]; vm != nil {
		s.cluster.delete(vm)
	}
}

// attachedClaims returns the claims of volumes by the names of those.
func attachedClaims(volumes []any) map[string]string {
	out := map[string]string{}
	for _, v := range volumes {
		m, _ := v.(object)
		name, _ := m["name"].(string)
		for _, claim := range claimsOf([]any{m}) {
			out[name] = claim
		}
	}
	return out
}

// check checks what the guest finds, and that what it wrote last is there.
func (s *succession) check(t *rapid.T) {
	if vmi := s.cluster.objects[id{kindVMI, wukongtest.Name}]; vmi != nil {
		isNew := vmi.uid != s.instance
		s.instance = vmi.uid
		for disk, claim := range attachedClaims(vmi.list(leafVMIVolumes)) {
			c := s.cluster.objects[id{kindClaim, claim}]
			if c == nil {
				t.Fatalf("disk %s of a guest that runs has no volume", disk)
			}
			if isNew {
				s.checkFound(t, disk, c.content)
			}
			s.written[disk] = c.content
		}
	}
	for disk, content := range s.written {
		has := func(o *apiObject) bool { return o.kind == kindClaim && !o.deleting && o.content == content }
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.cluster.objects)), has) {
			t.Fatalf("what was written last to disk %s is on no volume any more", disk)
		}
	}
}

// checkFound checks what a guest that starts finds on a disk.
func (s *succession) checkFound(t *rapid.T, disk, content string) {
	if last, ran := s.written[disk]; !ran || last == content {
		return
	}
	for _, snapshot := range slices.Sorted(maps.Keys(s.contents)) {
		if s.contents[snapshot][disk] == content && s.permits[snapshot+"/"+disk] > 0 {
			s.permits[snapshot+"/"+disk]--
			return
		}
	}
	t.Fatalf("a guest finds %q on disk %s, to which %q was written last; restored from: %v", content, disk, s.written[disk], s.x.spec["restore"])
}

// finish ends all faults, lets the virtual machine start some times, and checks that each disk has one volume: that which the spec asks for.
func (s *succession) finish(t *rapid.T) {
	s.x.plugsVolumes, s.x.noProfiles = false, false
	*s.cluster = Cluster{objects: s.cluster.objects, clock: s.cluster.clock, writes: s.cluster.writes}
	s.set(func(spec object) { spec["startStrategy"] = object{"runStrategy": "Always"} })
	for _, o := range s.lost {
		s.cluster.objects[o.id] = o
	}
	for range 4 {
		s.rest(t)
		s.restart()
	}
	s.rest(t)
	vm := s.cluster.objects[id{kindVM, wukongtest.Name}]
	if vm == nil || vm.status["printableStatus"] != statusRunning {
		t.Fatalf("the virtual machine does not run: %v: %s", vm.status, s.message())
	}
	attached := attachedClaims(vm.list(leafVolumes))
	for k, o := range s.cluster.objects {
		if k.kind != kindClaim || o == s.unmanaged || k.name == attached["system"] || k.name == attached["data"] {
			continue
		}
		if !strings.Contains(s.told(), k.name+", which an earlier edit asked for") {
			t.Fatalf("volume %s is left: %s: %s", k.name, s.state(), s.message())
		}
	}
	disks, _ := s.x.spec["disks"].([]any)
	for _, d := range disks {
		m, _ := d.(object)
		name, _ := m["name"].(string)
		claim := s.cluster.objects[id{kindClaim, attached[name]}]
		if class := m["storageClassName"]; class != nil && claim.leaves[leafClass] != class {
			t.Fatalf("disk %s has class %v and asks for %v: %v: %s", name, claim.leaves[leafClass], class, s.state(), s.message())
		}
	}
}

// rest lets everything reconcile until nothing happens any more.
func (s *succession) rest(t *rapid.T) {
	const maxRounds, quietRounds = 40, 4
	for round, quiet := 0, 0; quiet < quietRounds; round++ {
		if round == maxRounds {
			t.Fatalf("the cluster does not settle: %s: %s", s.state(), s.message())
		}
		before := s.cluster.clock
		s.round(t)
		if quiet++; s.cluster.clock != before {
			quiet = 0
		}
	}
}

// state returns the objects with their states.
func (s *succession) state() string {
	var out []string
	for _, k := range s.cluster.ids() {
		o := s.cluster.objects[k]
		out = append(out, fmt.Sprint(k.kind, " ", k.name, " ", o.status["phase"], " ", o.deleting, " ", o.content, o.claims, o.leaves[leafSourceName]))
	}
	for key, o := range s.x.composed {
		out = append(out, fmt.Sprint("composed ", key, " ", o.policies, o.failure))
	}
	out = append(out, fmt.Sprint("spec ", s.x.spec), fmt.Sprint("results ", s.told()))
	return strings.Join(out, "\n")
}

// told returns what the function says of the spec.
func (s *succession) told() string {
	return fmt.Sprint(s.x.mustRunFunction(s.x.request(nil)).GetResults())
}

// message returns what the status says.
func (s *succession) message() string {
	return (&structpb.Struct{Fields: s.x.status.GetFields()}).String()
}
