package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// clonedFrom returns a disk that is cloned from the disk of its name of something called db-7, in a namespace.
func clonedFrom(kind v1alpha1.ImageKind, namespace string) v1alpha1.Disk {
	return v1alpha1.Disk{Name: "system", ImageFrom: &v1alpha1.ImageReference{Kind: kind, Name: "db-7", Namespace: v1alpha1.OptionalLabel(namespace)}}
}

// vmSnapshots returns the observed VirtualMachineSnapshot db-7 of a namespace with a status, and its content with volumes; nil for none.
func vmSnapshots(namespace string, status object, volumes ...any) observed.Resources {
	rs := observed.Resources{"vmsnapshot-system": {Object: observedtest.Object(object{
		"apiVersion": "snapshot.kubevirt.io/v1beta1", "kind": "VirtualMachineSnapshot", "metadata": object{"namespace": namespace, "name": "db-7"}, "status": status,
	})}}
	if volumes != nil {
		rs["vmsnapshotcontent-system"] = observed.Resource{Object: observedtest.Object(object{
			"apiVersion": "snapshot.kubevirt.io/v1beta1", "kind": "VirtualMachineSnapshotContent", "metadata": object{"namespace": namespace, "name": "content-1"},
			"spec": object{"volumeBackups": volumes},
		})}
	}
	return rs
}

// TestVMSnapshot shows when a disk is cloned from a snapshot of a virtual machine, and what it says as long as it is not.
func TestVMSnapshot(t *testing.T) {
	ready := object{"readyToUse": true, "virtualMachineSnapshotContentName": "content-1"}
	system := object{"volumeName": "system", "volumeSnapshotName": "vmsnapshot-1-system"}
	data := object{"volumeName": "data", "volumeSnapshotName": "vmsnapshot-1-data"}
	without := func(key string, r observed.Resource) observed.Resources {
		rs := vmSnapshots("team-a", ready, system)
		rs[key] = r
		return rs
	}
	for name, tc := range map[string]struct {
		namespace string
		rs        observed.Resources
		want      string
		says      string
		failed    bool
		looks     []string
	}{
		"Own":    {rs: vmSnapshots("team-a", ready, data, system), want: "team-a/vmsnapshot-1-system", looks: []string{"db-7", "content-1"}},
		"Shared": {namespace: "golden", rs: vmSnapshots("golden", ready, system), want: "golden/vmsnapshot-1-system", looks: []string{"db-7", "content-1"}},
		"Unread": {
			rs: observed.Resources{}, says: "waiting for disk system: its VirtualMachineSnapshot team-a/db-7 has not been read yet", looks: []string{"db-7"},
		},
		"ContentUnread": {rs: vmSnapshots("team-a", ready), says: "team-a/db-7 has not been read yet", looks: []string{"db-7", "content-1"}},
		"Missing": {
			rs: observed.Resources{"vmsnapshot-system": {Missing: true}}, failed: true, looks: []string{"db-7"},
			says: "disk system: there is no VirtualMachineSnapshot team-a/db-7 to clone it from",
		},
		"Refused": {
			rs: observed.Resources{"vmsnapshot-system": {Refused: "forbidden"}}, failed: true, says: "team-a/db-7 cannot be read: forbidden", looks: []string{"db-7"},
		},
		"ContentRefused": {
			rs: without("vmsnapshotcontent-system", observed.Resource{Refused: "forbidden"}), failed: true, says: "team-a/db-7 cannot be read: forbidden",
			looks: []string{"db-7", "content-1"},
		},
		"NotReady": {
			rs: vmSnapshots("team-a", object{"readyToUse": false, "error": object{"message": "no VolumeSnapshotClass"}}), looks: []string{"db-7"},
			says: "waiting for disk system: its VirtualMachineSnapshot team-a/db-7 has no image yet: no VolumeSnapshotClass",
		},
		"InProgress": {rs: vmSnapshots("team-a", object{}), says: "has no image yet: it is not ready to use", looks: []string{"db-7"}},
		"OtherDisks": {
			rs: vmSnapshots("team-a", ready, data), failed: true, looks: []string{"db-7", "content-1"},
			says: "disk system: its VirtualMachineSnapshot team-a/db-7 has no volume of this name",
		},
		"Excluded": {
			rs: vmSnapshots("team-a", ready, object{"volumeName": "system"}), failed: true, says: "has no volume of this name", looks: []string{"db-7", "content-1"},
		},
		"OfOtherNamespace": {namespace: "golden", rs: vmSnapshots("team-a", ready, system), says: "golden/db-7 has not been read yet", looks: []string{"db-7"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := wukong(clonedFrom(v1alpha1.ImageKindVMSnapshot, tc.namespace))
			p, err := Plan(w, shared, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			r := p.Resources[0]
			dv, _ := r.Object.(*cdiv1.DataVolume)
			got := ""
			if dv.Spec.Source != nil {
				got = dv.Spec.Source.Snapshot.Namespace + "/" + dv.Spec.Source.Snapshot.Name
			}
			if got != tc.want || r.Held != (tc.want == "") || (dv.Spec.SourceRef == nil) == r.Held {
				t.Errorf("want the source %q, got held: %t, %q", tc.want, r.Held, got)
			}
			if _, part := Report(w, shared, tc.rs, false); part.Failed != tc.failed || !strings.Contains(part.Message, tc.says) {
				t.Errorf("want failed: %t, %q, got %+v", tc.failed, tc.says, part)
			}
			var looks []string
			for _, s := range Sources(w, tc.rs) {
				looks = append(looks, s.Object.GetName())
				if s.Shared != (tc.namespace != "") {
					t.Errorf("%s is shared: %t", s.Key, s.Shared)
				}
			}
			if diff := cmp.Diff(tc.looks, looks); diff != "" {
				t.Errorf("looks at: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestVMSnapshotOfDisks shows that each disk of a virtual machine looks at the snapshot by itself, whatever that is called.
func TestVMSnapshotOfDisks(t *testing.T) {
	from := &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindVMSnapshot, Name: "db.change"}
	w := wukong(v1alpha1.Disk{Name: "system", ImageFrom: from}, v1alpha1.Disk{Name: "data", ImageFrom: from})
	seen := observedtest.YAML("{metadata: {namespace: team-a, name: db.change}, status: {readyToUse: true, virtualMachineSnapshotContentName: content-1}}")
	var got []string
	for _, s := range Sources(w, observed.Resources{"vmsnapshot-system": {Object: seen}, "vmsnapshot-data": {Object: seen}}) {
		got = append(got, s.Key+" "+s.Object.GetName())
	}
	want := []string{"vmsnapshot-system db.change", "vmsnapshotcontent-system content-1", "vmsnapshot-data db.change", "vmsnapshotcontent-data content-1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestVMSnapshotMoves shows that a disk which was asked for keeps what it was asked for with, whatever becomes of the snapshot.
func TestVMSnapshotMoves(t *testing.T) {
	ready := object{"readyToUse": true, "virtualMachineSnapshotContentName": "content-1"}
	w := wukong(clonedFrom(v1alpha1.ImageKindVMSnapshot, ""))
	asked := manifestOf(t, w, shared, vmSnapshots("team-a", ready, object{"volumeName": "system", "volumeSnapshotName": "first"}))
	for name, rs := range map[string]observed.Resources{
		"Other": vmSnapshots("team-a", ready, object{"volumeName": "system", "volumeSnapshotName": "second"}),
		"Gone":  {"vmsnapshot-system": {Missing: true}},
	} {
		t.Run(name, func(t *testing.T) {
			rs["disk-system"] = observed.Resource{LastKnown: asked}
			if diff := cmp.Diff(asked.AsMap()["spec"], manifestOf(t, w, shared, rs).AsMap()["spec"]); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			rs["disk-system"] = observed.Resource{Object: asked}
			if got := Sources(w, rs); len(got) > 0 {
				t.Errorf("want nothing to be looked at for a disk that exists, got %v", got)
			}
			p, err := Plan(w, shared, rs)
			if err != nil || len(p.Rejected) > 0 {
				t.Errorf("want nothing to be refused, got %v, %q", err, p.Rejected)
			}
		})
	}
}

// TestOtherWukong shows that a disk is cloned from the claim that the virtual machine of another Wukong has for a disk of its name, and what it says as long as it is
// not. The preview names that Wukong as the source.
func TestOtherWukong(t *testing.T) {
	machine := func(namespace, label, volumes string) observed.Resources {
		return observed.Resources{"machine-system": {Object: observedtest.YAML("{metadata: {namespace: " + namespace + ", name: db-7, labels: {vm.novasphere.dev/wukong: " +
			label + "}}, spec: {template: {spec: {volumes: [" + volumes + "]}}}}")}}
	}
	const claim, imported = "{name: system, persistentVolumeClaim: {claimName: db-7-system-r1}}", "{name: system, dataVolume: {name: db-7-system-m1}}"
	for name, tc := range map[string]struct {
		namespace string
		rs        observed.Resources
		want      string
		says      string
		failed    bool
	}{
		"Claim":    {rs: machine("team-a", "db-7", "{name: data}, "+claim), want: "team-a/db-7-system-r1"},
		"Imported": {rs: machine("team-a", "db-7", imported), want: "team-a/db-7-system-m1"},
		"Shared":   {namespace: "golden", rs: machine("golden", "db-7", claim), want: "golden/db-7-system-r1"},
		"Unread":   {rs: observed.Resources{}, says: "waiting for disk system: its Wukong team-a/db-7 has not been read yet"},
		"Missing":  {rs: observed.Resources{"machine-system": {Missing: true}}, failed: true, says: "there is no Wukong team-a/db-7 to clone it from"},
		"Handmade": {rs: machine("team-a", "other", claim), failed: true, says: "there is no Wukong team-a/db-7 to clone it from"},
		"NoDisk":   {rs: machine("team-a", "db-7", "{name: data}"), failed: true, says: "its Wukong team-a/db-7 has no disk of this name"},
		"Medium":   {rs: machine("team-a", "db-7", "{name: system, containerDisk: {image: a}}"), failed: true, says: "has no disk of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			w := wukong(clonedFrom(v1alpha1.ImageKindWukong, tc.namespace))
			p, err := Plan(w, shared, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			dv, _ := p.Resources[0].Object.(*cdiv1.DataVolume)
			got := ""
			if dv.Spec.Source != nil {
				got = dv.Spec.Source.PVC.Namespace + "/" + dv.Spec.Source.PVC.Name
			}
			if got != tc.want || p.Resources[0].Held != (tc.want == "") {
				t.Errorf("want the source %q, got held: %t, %q", tc.want, p.Resources[0].Held, got)
			}
			if from := From(dv); got != "" && !strings.Contains(from, "Wukong "+imageNamespace(&w.Spec.Disks[0], w)+"/db-7") {
				t.Errorf("want the Wukong to be told, got %q", from)
			}
			if _, part := Report(w, shared, tc.rs, false); part.Failed != tc.failed || !strings.Contains(part.Message, tc.says) {
				t.Errorf("want failed: %t, %q, got %+v", tc.failed, tc.says, part)
			}
			if looks := Sources(w, tc.rs); len(looks) != 1 || looks[0].Shared != (tc.namespace != "") {
				t.Errorf("looks at %v", looks)
			}
		})
	}
}
