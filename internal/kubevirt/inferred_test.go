package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/storage"
)

// TestInfer shows that a virtual machine gets the instance type and the preference that its golden image names when it is made, and keeps them.
func TestInfer(t *testing.T) {
	const (
		both  = "instancetype.kubevirt.io/default-instancetype: u1.small, instancetype.kubevirt.io/default-preference: debian"
		other = "instancetype.kubevirt.io/default-instancetype: u1.huge, instancetype.kubevirt.io/default-preference: windows.11"
		kind  = ", instancetype.kubevirt.io/default-instancetype-kind: VirtualMachineInstancetype"
		noted = "vm.novasphere.dev/inferred-instancetype: /u1.large, vm.novasphere.dev/inferred-preference: VirtualMachinePreference/fedora"
	)
	golden := func(labels string) observed.Resource {
		return observed.Resource{Object: observedtest.YAML("{kind: DataSource, metadata: {name: debian, namespace: team-a, labels: {" + labels + "}}}")}
	}
	disk := func(labels string) observed.Resource {
		return observed.Resource{Object: observedtest.YAML("{kind: DataVolume, metadata: {labels: {" + labels + "}, annotations: " +
			"{vm.novasphere.dev/image-from: DataSource team-a/debian}}, spec: {source: {pvc: {namespace: team-a, name: x}}}}")}
	}
	vm := func(annotations, spec string) observed.Resource {
		return observed.Resource{Object: observedtest.YAML("{kind: VirtualMachine, metadata: {annotations: {" + annotations + "}}, spec: {" + spec + "}}")}
	}
	sockets := "template: {spec: {domain: {cpu: {sockets: 2}}}}"
	type want struct {
		instancetype, kind, preference string
		awaited                        bool
		refused                        string
	}
	sized := func(s *v1alpha1.WukongSpec) { s.CPU, s.Memory = ptr.To[int32](2), &v1alpha1.Quantity{} }
	preferring := func(s *v1alpha1.WukongSpec) { s.Preference = &v1alpha1.PreferenceReference{Name: "mine"} }
	typed := func(s *v1alpha1.WukongSpec) { s.Instancetype = &v1alpha1.InstancetypeReference{Name: "mine"} }
	elsewhere := func(s *v1alpha1.WukongSpec) {
		s.Disks = append(s.Disks, v1alpha1.Disk{Name: "boots", Boot: true})
		s.Disks[0].Boot = false
	}
	for name, tc := range map[string]struct {
		spec func(*v1alpha1.WukongSpec)
		rs   observed.Resources
		want want
	}{
		"Unknown":            {want: want{awaited: true}},
		"Both":               {rs: observed.Resources{"datasource-system": golden(both)}, want: want{instancetype: "u1.small", preference: "debian"}},
		"Namespace":          {rs: observed.Resources{"datasource-system": golden(both + kind)}, want: want{instancetype: "u1.small", kind: "VirtualMachineInstancetype", preference: "debian"}},
		"Neither":            {rs: observed.Resources{"datasource-system": golden("")}, want: want{refused: "names no instance type"}},
		"Sized":              {spec: sized, rs: observed.Resources{"datasource-system": golden(both)}, want: want{preference: "debian"}},
		"SizedWithoutLabels": {spec: sized, rs: observed.Resources{"datasource-system": golden("")}},
		"Preferring":         {spec: preferring, rs: observed.Resources{"datasource-system": golden(both)}, want: want{instancetype: "u1.small", preference: "mine"}},
		"Typed":              {spec: typed, rs: observed.Resources{"datasource-system": golden(both)}, want: want{instancetype: "mine", preference: "debian"}},
		"LookedFor": {
			// What an Object looks for while it waits was not made.
			spec: preferring, rs: observed.Resources{"vm": {LastKnown: observedtest.YAML("{kind: VirtualMachine, spec: {preference: {name: mine}}}")}},
			want: want{preference: "mine", awaited: true},
		},
		"Kept": {
			rs:   observed.Resources{"datasource-system": golden(other), "disk-system": disk(other), "vm": vm(noted, "")},
			want: want{instancetype: "u1.large", preference: "fedora"},
		},
		"KeptUnreadable": {rs: observed.Resources{"vm": vm(noted, "template: 1")}, want: want{instancetype: "u1.large", preference: "fedora"}},
		"KeptWithoutImage": {
			spec: func(s *v1alpha1.WukongSpec) { s.Disks[0].ImageFrom = nil; sized(s) }, rs: observed.Resources{"vm": vm(noted, "")}, want: want{preference: "fedora"},
		},
		"KeptElsewhere": {spec: func(s *v1alpha1.WukongSpec) { elsewhere(s) }, rs: observed.Resources{"vm": vm(noted, "")}, want: want{instancetype: "u1.large", preference: "fedora"}},
		"NotInferred":   {spec: sized, rs: observed.Resources{"datasource-system": golden(both), "vm": vm("", sockets)}},
		"MadeAnew": {
			rs:   observed.Resources{"datasource-system": golden(other), "disk-system": disk(both)},
			want: want{instancetype: "u1.small", preference: "debian"},
		},
		"MadeAnewWithout": {rs: observed.Resources{"datasource-system": {Missing: true}, "disk-system": disk(both)}, want: want{instancetype: "u1.small", preference: "debian"}},
		"Corrected": {
			rs:   observed.Resources{"datasource-system": golden(both), "disk-system": disk(other), "vm": {Refused: "Failure to find instancetype u1.huge"}},
			want: want{instancetype: "u1.small", preference: "debian"},
		},
		"SizeTakenAway": {rs: observed.Resources{"vm": vm("", sockets)}, want: want{refused: "put them back"}},
		"GoneBefore":    {spec: sized, rs: observed.Resources{"datasource-system": {Missing: true}}, want: want{awaited: true}},
		"OtherDisk":     {spec: elsewhere, rs: observed.Resources{"datasource-system": golden(both)}, want: want{refused: "the disk to boot from is not cloned from a DataSource"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{
				Name: "system", Boot: true, ImageFrom: &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindDataSource, Name: "debian"},
			}}}}
			w.Name, w.Namespace = "web-01", "team-a"
			if tc.spec != nil {
				tc.spec(&w.Spec)
			}
			inferred, errs := Infer(w, tc.rs)
			got := want{awaited: inferred.Awaits != ""}
			if i := w.Spec.Instancetype; i != nil {
				got.instancetype, got.kind = string(i.Name), i.Kind
			}
			if p := w.Spec.Preference; p != nil {
				got.preference = string(p.Name)
			}
			if tc.want.refused != "" && len(errs) == 1 && strings.Contains(errs[0].Error(), tc.want.refused) {
				got.refused = tc.want.refused
			} else if len(errs) > 0 {
				got.refused = errs.ToAggregate().Error()
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestAttached shows that no guest sees a disk whose image nobody compared: a new virtual machine waits, and one that exists does not get the disk. What it
// has already stays, and a CD-ROM drive is never pulled out.
func TestAttached(t *testing.T) {
	volumes := []storage.Volume{{Name: "system", ClaimName: "s"}, {Name: "checked", ClaimName: "new", Imported: true}}
	drive := []storage.Volume{{Name: "checked", ClaimName: "new", Imported: true, CDROM: true}}
	vm := func(volumes string) observed.Resources {
		return observed.Resources{"vm": {Object: observedtest.YAML("{kind: VirtualMachine, spec: {template: {spec: {volumes: [" + volumes + "]}}}}")}}
	}
	for name, tc := range map[string]struct {
		volumes    []storage.Volume
		unverified []string
		rs         observed.Resources
		want       []storage.Volume
		held       bool
	}{
		"New":      {volumes: volumes, unverified: []string{"checked"}, want: volumes, held: true},
		"Lacks":    {volumes: volumes, unverified: []string{"checked"}, rs: vm("{name: system}"), want: volumes[:1]},
		"Has":      {volumes: volumes, unverified: []string{"checked"}, rs: vm("{name: checked, dataVolume: {name: new}}"), want: volumes},
		"HasOther": {volumes: volumes, unverified: []string{"checked"}, rs: vm("{name: checked, dataVolume: {name: old}}"), want: volumes[:1]},
		"Verified": {volumes: volumes, rs: vm("{name: system}"), want: volumes},
		"EmptyDrive": {
			volumes: drive, unverified: []string{"checked"}, rs: vm("{name: system}"), want: []storage.Volume{{Name: "checked", CDROM: true}},
		},
		"OtherMedium": {
			volumes: drive, unverified: []string{"checked"}, rs: vm("{name: checked, dataVolume: {name: old}}"),
			want: []storage.Volume{{Name: "checked", CDROM: true, ClaimName: "old", Imported: true}},
		},
		"Container": {
			volumes: drive, unverified: []string{"checked"}, rs: vm("{name: checked, containerDisk: {image: tools}}"),
			want: []storage.Volume{{Name: "checked", CDROM: true, Container: "tools"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			attached, held := Attached(tc.volumes, tc.unverified, tc.rs)
			if diff := cmp.Diff(tc.want, attached); diff != "" || held != tc.held {
				t.Errorf("held: %t, -want, +got:\n%s", held, diff)
			}
		})
	}
}
