package storage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A machine is a Wukong with what is observed of it.
type machine struct {
	*v1alpha1.Wukong
	rs observed.Resources

	// made is the number of volumes that were made.
	made *int
}

// A step is what is planned for the disks of a machine.
type step struct {
	// Attached are the keys of the volumes that the virtual machine attaches.
	Attached []string

	// Made are the keys of the volumes that are asked for, and Looks the objects that are looked at.
	Made, Looks []string

	// Lost are the messages about data that goes.
	Lost int

	Message string
}

// plan returns what is planned.
func (m machine) plan(t *testing.T) step {
	t.Helper()
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	p, err := Plan(w, Settings{}, m.rs)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Rejected) > 0 {
		t.Errorf("rejected: %v", p.Rejected)
	}
	out := step{Lost: len(p.DataLoss)}
	for i, v := range p.Volumes {
		if v.ClaimName != ClaimName(w, &w.Spec.Disks[i]) || v.Succeeds != (w.Spec.Disks[i].Successor != "") {
			t.Errorf("disk %s attaches %s", v.Name, v.ClaimName)
		}
		out.Attached = append(out.Attached, m.short(key(&w.Spec.Disks[i])))
	}
	for _, r := range p.Resources {
		if !r.Held && strings.HasPrefix(r.Key, keyPrefix) {
			out.Made = append(out.Made, m.short(r.Key))
		}
	}
	for _, r := range Sources(w, m.rs) {
		if h, isLook := strings.CutPrefix(r.Key, lookPrefix); isLook {
			out.Looks = append(out.Looks, m.short(h)+"?")
			continue
		}
		out.Looks = append(out.Looks, r.Object.GetName())
	}
	_, part := Report(w, Settings{}, m.rs, false)
	out.Message = part.Message
	return out
}

// short returns a key without its prefix and its digest: data.r for a restored disk data.
func (m machine) short(k string) string {
	name, suffix, isSuccessor := strings.Cut(strings.TrimPrefix(k, keyPrefix), suffixSeparator)
	if isSuccessor {
		name += "." + suffix[:1]
	}
	return name
}

// keyOf returns the key of the volume that a disk is to have.
func (m machine) keyOf(disk int) string {
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	return key(&w.Spec.Disks[disk])
}

// look lets what is looked for be missing.
func (m machine) look() machine {
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	for _, r := range looks(w, m.rs) {
		m.rs[r.Key] = observed.Resource{Missing: true, LookedFor: r.Object.GetName()}
	}
	return m
}

// attach lets the virtual machine attach what the disks are to have.
func (m machine) attach() {
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	m.rs[plan.KeyVM] = observed.Resource{Object: observedtest.Object(object{"spec": object{"template": object{"spec": object{"volumes": volumesOfDisks(w)}}}})}
}

// run lets an instance run with what the disks are to have.
func (m machine) run() {
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	m.rs[plan.KeyVMI] = observed.Resource{Object: observedtest.Object(object{"spec": object{"volumes": volumesOfDisks(w)}, "status": object{"phase": "Running"}})}
}

func volumesOfDisks(w *v1alpha1.Wukong) []any {
	var out []any
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		out = append(out, object{"name": string(d.Name), "dataVolume": object{"name": ClaimName(w, d)}})
	}
	return out
}

// exist lets a claim without an image exist, of a class.
func (m machine) exist(k, class string) {
	h := strings.TrimPrefix(k, keyPrefix)
	name, suffix, _ := strings.Cut(h, suffixSeparator)
	*m.made++
	m.rs[k] = observed.Resource{Object: observedtest.YAML(fmt.Sprintf("{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s, creationTimestamp: %q}, "+
		"spec: {storageClassName: %s, accessModes: [ReadWriteOnce], volumeMode: Filesystem, resources: {requests: {storage: 20Gi}}}, "+
		"status: {phase: Bound, capacity: {storage: 20Gi}}}", ClaimName(m.Wukong, &v1alpha1.Disk{Name: v1alpha1.Label(name), Successor: suffix}), m.now(), class))}
}

// now returns a time, later than that of each volume before the last one.
func (m machine) now() string { return time.Unix(int64(*m.made), 0).UTC().Format(time.RFC3339) }

// fill lets a DataVolume exist that clones a disk, in a phase, and its claim, of a class.
func (m machine) fill(k, source, phase, class string) {
	h := strings.TrimPrefix(k, keyPrefix)
	m.exist(k, class)
	if phase == "Succeeded" {
		m.rs[importedClaimPrefix+h] = m.rs[k]
	}
	name := m.rs[k].Object.GetFields()["metadata"].GetStructValue().GetFields()["name"].GetStringValue()
	m.rs[k] = observed.Resource{Object: observedtest.YAML(fmt.Sprintf("{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: %s, creationTimestamp: %q}, "+
		"spec: {source: %s, storage: {storageClassName: %s, resources: {requests: {storage: 20Gi}}}}, status: {phase: %s}}", name, m.now(), source, class, phase))}
}

// snapshot lets the snapshot web-01-1 be there, ready, with volumes.
func (m machine) snapshot(volumes ...any) {
	b := backupOf(m.Wukong, m.rs)
	backups := []any{}
	for _, v := range volumes {
		backups = append(backups, object{"volumeName": v, "volumeSnapshotName": fmt.Sprint("vmsnapshot-1-", v)})
	}
	m.rs[vmSnapshotPrefix+lookedFor(b.disk)] = observed.Resource{Object: observedtest.YAML("{metadata: {namespace: team-a, name: web-01-1}, " +
		"spec: {source: {kind: VirtualMachine, name: web-01}}, status: {readyToUse: true, virtualMachineSnapshotContentName: content-1}}")}
	m.rs[vmSnapshotContentPrefix+lookedFor(b.disk)] = observed.Resource{Object: observedtest.Object(object{
		"metadata": object{"namespace": "team-a", "name": "content-1"}, "spec": object{"volumeBackups": backups},
	})}
}

// newMachine returns a machine whose two empty disks exist and are in use.
func newMachine() machine {
	m := machine{Wukong: wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi")}, v1alpha1.Disk{Name: "data", Size: size("20Gi")}), rs: observed.Resources{}, made: new(int)}
	m.exist("disk-system", "standard")
	m.exist("disk-data", "standard")
	m.attach()
	m.run()
	return m
}

func (m machine) want(t *testing.T, when string, want step) {
	t.Helper()
	got := m.plan(t)
	if !strings.Contains(got.Message, want.Message) {
		t.Errorf("%s: want the message %q, got %q", when, want.Message, got.Message)
	}
	got.Message = want.Message
	slices.Sort(got.Made)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -want, +got:\n%s", when, diff)
	}
}

// TestRestore walks through the steps of a restore.
func TestRestore(t *testing.T) {
	m := newMachine()
	looks := []string{"web-01-1", "content-1"}
	first := []string{"system", "data"}
	restored := []string{"system.r", "data.r"}
	both := []string{"data", "data.r", "system", "system.r"}
	m.want(t, "before", step{Attached: first, Made: []string{"data", "system"}, Message: "2 volumes bound"})

	m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
	m.want(t, "not read", step{Attached: first, Made: []string{"data", "system"}, Looks: looks[:1], Message: "snapshot web-01-1 has not been read yet"})

	m.snapshot("system", "data", "scratch")
	looks = append(looks, "system.r?", "data.r?")
	m.want(t, "read", step{Attached: first, Made: []string{"data", "system"}, Looks: looks, Message: "waiting to restore from snapshot web-01-1"})
	m.look()
	m.want(t, "looked for", step{Attached: restored, Made: []string{"data", "system"}, Looks: looks, Lost: 2, Message: "waiting for disk system"})

	m.attach()
	m.want(t, "attached", step{Attached: restored, Made: both, Looks: looks, Lost: 2, Message: "waiting for disk system"})

	source := "{snapshot: {namespace: team-a, name: vmsnapshot-1-system}}"
	system, data := m.keyOf(0), m.keyOf(1)
	m.fill(system, source, "Succeeded", "standard")
	m.want(t, "one filled", step{Attached: restored, Made: both, Looks: []string{"web-01-1", "content-1", "data.r?"}, Lost: 2, Message: "waiting for disk data"})
	m.fill(data, source, "CloneInProgress", "standard")
	m.want(t, "running with the earlier ones", step{Attached: restored, Made: both, Lost: 2, Message: "cloning VolumeSnapshot team-a/vmsnapshot-1-system"})

	m.run()
	m.want(t, "started too early", step{Attached: restored, Made: []string{"data", "data.r", "system.r"}, Lost: 1, Message: "waiting for disk data"})
	m.fill(data, source, "Succeeded", "standard")
	m.want(t, "running", step{Attached: restored, Made: []string{"data.r", "system.r"}, Message: "2 volumes bound"})
	delete(m.rs, "disk-system")
	delete(m.rs, "disk-data")

	m.Spec.Restore = nil
	m.want(t, "afterwards", step{Attached: restored, Made: []string{"data.r", "system.r"}, Message: "2 volumes bound"})
	delete(m.rs, plan.KeyVM)
	delete(m.rs, plan.KeyVMI)
	m.want(t, "without a virtual machine", step{Attached: restored, Made: []string{"data.r", "system.r"}, Message: "2 volumes bound"})
}

// TestRestoreWithdrawn shows that a restore can be taken back until a volume is asked for, and changes nothing later: a guest may have written to it by the time
// that this is seen.
func TestRestoreWithdrawn(t *testing.T) {
	m := newMachine()
	m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
	m.snapshot("system", "data")
	m.look().attach()
	m.Spec.Restore = nil
	m.want(t, "before a volume", step{Attached: []string{"system", "data"}, Made: []string{"data", "system"}, Message: "2 volumes bound"})

	m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
	m.attach()
	m.fill(m.keyOf(0), "{snapshot: {namespace: team-a, name: s}}", "CloneInProgress", "standard")
	m.fill(m.keyOf(1), "{snapshot: {namespace: team-a, name: d}}", "CloneInProgress", "standard")
	m.Spec.Restore = nil
	m.want(t, "with volumes", step{
		Attached: []string{"system.r", "data.r"}, Made: []string{"data", "data.r", "system", "system.r"}, Lost: 2, Message: "cloning VolumeSnapshot team-a/s",
	})
}

// TestRestoreOnceMore shows that another attempt restores from the same snapshot again.
func TestRestoreOnceMore(t *testing.T) {
	m := newMachine()
	m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
	m.snapshot("system", "data")
	first := m.look().keyOf(0)
	m.attach()
	m.fill(first, "{snapshot: {namespace: team-a, name: s}}", "Succeeded", "standard")
	m.fill(m.keyOf(1), "{snapshot: {namespace: team-a, name: d}}", "Succeeded", "standard")
	m.run()
	m.Spec.Restore.Attempt = new(int32(2))
	m.snapshot("system", "data")
	if again := m.look().keyOf(0); again == first || again == "disk-system" {
		t.Errorf("want another volume than %s, got %s", first, again)
	}
	m.Spec.Restore.Attempt = new(int32(1))
	if again := m.keyOf(0); again != first {
		t.Errorf("the first attempt is made: want %s, got %s", first, again)
	}
}

// TestRestoreParts shows what is restored where a snapshot does not have all disks, or is not one of this virtual machine, and of a new Wukong.
func TestRestoreParts(t *testing.T) {
	both := []string{"data", "system"}
	looks := []string{"web-01-1", "content-1"}
	key := vmSnapshotPrefix + suffixSeparator + successor(restoredMark, "web-01-1", "1")
	for name, tc := range map[string]struct {
		change func(machine)
		want   step
	}{
		"OneDisk": {
			change: func(m machine) { m.snapshot("data") },
			want:   step{Attached: []string{"system", "data.r"}, Made: both, Looks: append(looks, "data.r?"), Lost: 1, Message: "waiting for disk data"},
		},
		"NoDisk": {
			change: func(m machine) { m.snapshot("scratch") },
			want:   step{Attached: []string{"system", "data"}, Made: both, Looks: looks, Message: "snapshot web-01-1 has no volume of a disk that can be"},
		},
		"Missing": {
			change: func(m machine) { m.rs[key] = observed.Resource{Missing: true} },
			want:   step{Attached: []string{"system", "data"}, Made: both, Looks: looks[:1], Message: "there is no snapshot web-01-1"},
		},
		"Unread": {
			change: func(m machine) { m.rs[key] = observed.Resource{Refused: "forbidden"} },
			want:   step{Attached: []string{"system", "data"}, Made: both, Looks: looks[:1], Message: "snapshot web-01-1 cannot be read: forbidden"},
		},
		"OfAnother": {
			change: func(m machine) {
				m.rs[key] = observed.Resource{Object: observedtest.YAML("{metadata: {namespace: team-a, name: web-01-1}, spec: {source: {name: web-02}}}")}
			},
			want: step{Attached: []string{"system", "data"}, Made: both, Looks: looks[:1], Message: "snapshot web-01-1 is of virtual machine web-02"},
		},
		"NotReady": {
			change: func(m machine) {
				m.rs[key] = observed.Resource{Object: observedtest.YAML("{metadata: {namespace: team-a, name: web-01-1}, spec: {source: {name: web-01}}, " +
					"status: {error: {message: no class}}}")}
			},
			want: step{Attached: []string{"system", "data"}, Made: both, Looks: looks[:1], Message: "waiting to restore: snapshot web-01-1: no class"},
		},
		"Shareable": {
			change: func(m machine) {
				m.Spec.Disks[1].Shareable = true
				m.snapshot("system", "data")
			},
			want: step{Attached: []string{"system.r", "data"}, Made: both, Looks: append(looks, "system.r?"), Lost: 1, Message: "waiting for disk system"},
		},
		"Retained": {
			change: func(m machine) {
				m.Spec.Disks[1].DeletionPolicy = v1alpha1.DeletionPolicyRetain
				m.snapshot("system", "data")
			},
			want: step{Attached: []string{"system.r", "data.r"}, Made: both, Looks: append(looks, "system.r?", "data.r?"), Lost: 1, Message: "waiting for disk system"},
		},
		"New": {
			change: func(m machine) {
				clear(m.rs)
				m.snapshot("system")
			},
			want: step{Attached: []string{"system.r", "data"}, Made: []string{"data", "system.r"}, Looks: looks, Message: "waiting for disk system"},
		},
		"Added": {
			change: func(m machine) {
				delete(m.rs, "disk-data")
				m.rs[key] = observed.Resource{Missing: true}
			},
			want: step{Attached: []string{"system", "data"}, Made: both, Looks: looks[:1], Message: "there is no snapshot web-01-1"},
		},
		"NewAndGone": {
			change: func(m machine) {
				clear(m.rs)
				m.rs[key] = observed.Resource{Missing: true}
			},
			want: step{Attached: []string{"system.r", "data.r"}, Looks: looks[:1], Message: "there is no VirtualMachineSnapshot team-a/web-01-1"},
		},
		"NewAndUnread": {
			change: func(m machine) { clear(m.rs) },
			want: step{
				Attached: []string{"system.r", "data.r"}, Looks: looks[:1],
				Message: "waiting for disk system: its VirtualMachineSnapshot team-a/web-01-1 has not been read yet",
			},
		},
		"Gone": {
			// The snapshot is deleted when one volume is there and the other is not.
			change: func(m machine) {
				m.snapshot("system", "data")
				m.look().attach()
				m.fill(m.keyOf(0), "{snapshot: {namespace: team-a, name: s}}", "Succeeded", "standard")
				m.rs[key] = observed.Resource{Missing: true}
			},
			want: step{
				Attached: []string{"system.r", "data.r"}, Made: []string{"data", "system", "system.r"}, Looks: []string{"web-01-1", "data.r?"}, Lost: 2,
				Message: "disk data: there is no VirtualMachineSnapshot team-a/web-01-1",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
			tc.change(m)
			m.look().want(t, name, tc.want)
		})
	}
}

// TestMove walks through the steps of a disk that moves to another storage class, and back.
func TestMove(t *testing.T) {
	m := newMachine()
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
	attached, looks := []string{"system", "data.m"}, []string{"data.m?"}
	m.want(t, "asked for", step{Attached: []string{"system", "data"}, Made: []string{"data", "system"}, Looks: looks, Message: "2 volumes bound"})
	m.look()
	m.want(t, "looked for", step{Attached: attached, Made: []string{"data", "system"}, Looks: looks, Message: "waiting for disk data"})
	m.attach()
	delete(m.rs, plan.KeyVMI)
	m.want(t, "stopped", step{Attached: attached, Made: []string{"data", "data.m", "system"}, Looks: looks, Message: "waiting for disk data"})
	m.fill(m.keyOf(1), "{pvc: {namespace: team-a, name: "+ClaimName(m.Wukong, &v1alpha1.Disk{Name: "data"})+"}}", "Succeeded", "fast")
	m.want(t, "copied", step{Attached: attached, Made: []string{"data", "data.m", "system"}, Message: "2 volumes bound"})
	m.run()
	m.want(t, "running", step{Attached: attached, Made: []string{"data.m", "system"}, Message: "2 volumes bound"})
	delete(m.rs, "disk-data")
	moved := m.keyOf(1)

	m.Spec.Disks[1].StorageClassName = "standard"
	back := m.look().keyOf(1)
	if back == moved || back == "disk-data" {
		t.Errorf("want a volume of its own for the way back, got %s", back)
	}
	m.attach()
	m.want(t, "back", step{Attached: attached, Made: []string{"data.m", "data.m", "system"}, Looks: looks, Message: "waiting for disk data"})
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", false
	m.want(t, "withdrawn", step{Attached: attached, Made: []string{"data.m", "system"}, Message: "2 volumes bound"})
}

// TestOtherControlPlane shows that a virtual machine which another control plane made keeps the volumes that it attaches, as they are found.
func TestOtherControlPlane(t *testing.T) {
	m := newMachine()
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
	m.look().attach()
	vm := m.rs[plan.KeyVM]
	clear(m.rs)
	m.rs[plan.KeyVM] = observed.Resource{Object: vm.Object, Unmanaged: true}
	m.want(t, "taken over", step{Attached: []string{"system", "data.m"}, Made: []string{"data.m", "system"}, Message: "waiting for disk system"})
	m.rs["disk-data"] = observed.Resource{LastKnown: observedtest.YAML("{kind: PersistentVolumeClaim}"), Unasked: true}
	m.want(t, "looked for", step{Attached: []string{"system", "data.m"}, Made: []string{"data.m", "system"}, Message: "waiting for disk system"})
}

// TestUnasked shows that a move whose volume seems to be only looked for is not taken back: the volume may be made, and written to, by now.
func TestUnasked(t *testing.T) {
	m := newMachine()
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
	next := m.look().keyOf(1)
	m.attach()
	m.rs[next] = observed.Resource{LastKnown: observedtest.YAML("{kind: DataVolume}"), Unasked: true}
	m.Spec.Disks[1].StorageClassName = "standard"
	m.want(t, "stays", step{
		Attached: []string{"system", "data.m"}, Made: []string{"data", "data.m", "system"}, Looks: []string{"data.m?"},
		Message: "waiting for disk data: it is copied once the virtual machine has stopped, which then starts with the copy",
	})
}

// TestMistypedSnapshot shows that the disks of a new Wukong are made without the snapshot that there was not, once the field is removed.
func TestMistypedSnapshot(t *testing.T) {
	m := newMachine()
	clear(m.rs)
	m.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-1"}
	system, data := m.keyOf(0), m.keyOf(1)
	m.attach()
	for _, k := range []string{system, data} {
		m.rs[k] = observed.Resource{LastKnown: observedtest.YAML("{kind: DataVolume, metadata: {annotations: {vm.novasphere.dev/image-from: " +
			"VirtualMachineSnapshot team-a/web-01-1}}, spec: {}}"), Unasked: true}
	}
	m.want(t, "unread", step{
		Attached: []string{"system.r", "data.r"}, Looks: []string{"web-01-1"}, Message: "its VirtualMachineSnapshot team-a/web-01-1 has not been read yet",
	})
	m.snapshot("system")
	m.want(t, "read", step{
		Attached: []string{"system.r", "data.r"}, Made: []string{"data.r", "system.r"}, Looks: []string{"web-01-1", "content-1"}, Message: "waiting for disk system",
	})
	if w := m.DeepCopy(); w.Spec.Restore != nil {
		Settle(w, m.rs)
		Succeed(w, m.rs)
		if from := w.Spec.Disks[0].ImageFrom; from == nil || from.Name != "web-01-1" || w.Spec.Disks[1].ImageFrom != nil {
			t.Errorf("want disk system alone to be made from the snapshot, got %v, %v", from, w.Spec.Disks[1].ImageFrom)
		}
	}
	m.Spec.Restore = nil
	m.want(t, "removed", step{Attached: []string{"system.r", "data.r"}, Made: []string{"data.r", "system.r"}, Message: "waiting for disk system"})
}

// TestCopyFails shows that the message about a copy which cannot be made does not have anybody delete the disk.
func TestCopyFails(t *testing.T) {
	m := newMachine()
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
	next := m.look().keyOf(1)
	m.attach()
	m.fill(next, "{pvc: {namespace: team-a, name: a}}", "Failed", "fast")
	m.Spec.Disks[1].StorageClassName = "standard"
	w := m.DeepCopy()
	Settle(w, m.rs)
	Succeed(w, m.rs)
	p, err := Plan(w, Settings{}, m.rs)
	if err != nil || len(p.Rejected) != 1 || !strings.Contains(p.Rejected[0], "the disk uses storage class fast") {
		t.Errorf("got %v, %q", err, p.Rejected)
	}
}

// TestOlder shows that only volumes go that are older than the one that an instance is seen to run with: what is seen of that may be old.
func TestOlder(t *testing.T) {
	m := newMachine()
	m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
	next := m.look().keyOf(1)
	m.fill(next, "{pvc: {namespace: team-a, name: a}}", "Succeeded", "fast")
	m.want(t, "running with the older one", step{Attached: []string{"system", "data"}, Made: []string{"data", "data.m", "system"}, Message: "2 volumes bound"})
}

// TestNoMove shows which disks do not move.
func TestNoMove(t *testing.T) {
	for name, change := range map[string]func(*v1alpha1.Disk){
		"NotAsked":  func(d *v1alpha1.Disk) { d.StorageClassName = "fast" },
		"SameClass": func(d *v1alpha1.Disk) { d.StorageClassName, d.MigrateStorage = "standard", true },
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			change(&m.Spec.Disks[1])
			if got := m.look().keyOf(1); got != "disk-data" {
				t.Errorf("want the disk to stay, got %s", got)
			}
		})
	}
}

// TestLeftover shows that what is there of an earlier attempt is not taken for a copy of what a disk holds now.
func TestLeftover(t *testing.T) {
	for name, tc := range map[string]struct{ metadata, message string }{
		"There": {message: "disk data cannot be restored or moved: DataVolume web-01-data-m"},
		"Going": {metadata: ", deletionTimestamp: '2026-01-01T00:00:00Z'", message: "waiting for disk data: DataVolume web-01-data-m"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
			w := m.DeepCopy()
			Succeed(w, m.rs)
			for _, r := range looks(w, m.rs) {
				m.rs[r.Key] = observed.Resource{ReadOnly: true, Object: observedtest.YAML("{kind: DataVolume, metadata: {name: " + r.Object.GetName() + tc.metadata + "}}")}
			}
			m.want(t, "found", step{Attached: []string{"system", "data"}, Made: []string{"data", "system"}, Looks: []string{"data.m?"}, Message: tc.message})
		})
	}
}

// TestCopyAwaitsInstance shows that a disk is not copied while an instance may write to it.
func TestCopyAwaitsInstance(t *testing.T) {
	without, with := []string{"data", "system"}, []string{"data", "data.m", "system"}
	for name, tc := range map[string]struct {
		created  bool
		instance func(machine)
		made     []string
	}{
		"Running":   {created: true, made: without},
		"Unknown":   {created: true, instance: func(m machine) { delete(m.rs, plan.KeyVMI) }, made: without},
		"Stopped":   {instance: func(m machine) { delete(m.rs, plan.KeyVMI) }, made: with},
		"Restarted": {created: true, instance: machine.run, made: with},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine()
			m.Spec.Disks[1].StorageClassName, m.Spec.Disks[1].MigrateStorage = "fast", true
			m.look().attach()
			m.rs[plan.KeyVM].Object.Fields["status"] = structpb.NewStructValue(observedtest.Object(object{"created": tc.created}))
			if tc.instance != nil {
				tc.instance(m)
			}
			m.want(t, name, step{Attached: []string{"system", "data.m"}, Made: tc.made, Looks: []string{"data.m?"}, Message: "waiting for disk data: it is copied once"})
		})
	}
}
