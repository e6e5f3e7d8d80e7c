package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// TestRemovedDisks shows that each removed or renamed disk is reported: in DataLoss if it is deleted, in Advice if it is retained. Other resources
// are not.
func TestRemovedDisks(t *testing.T) {
	name := names.Object(wukong(), names.Disk, "system")
	named := func(rs observed.Resources, name string) observed.Resources {
		rs["disk-system"].Object.GetFields()["metadata"].GetStructValue().Fields["name"] = structpb.NewStringValue(name)
		return rs
	}
	retained := func(rs observed.Resources) observed.Resources {
		r := rs["disk-system"]
		r.Retained = true
		rs["disk-system"] = r
		return rs
	}
	lost := func(kind string) []string {
		return []string{"spec.disks: DATA LOSS: disk system is not in the list any more, so its " + kind + " " + name +
			" is deleted with all data on it: a disk is known by its name, and one that is renamed is another disk, without that data"}
	}
	root := v1alpha1.Disk{Name: "root", Size: size("20Gi")}
	cases := map[string]struct {
		disks []v1alpha1.Disk
		rs    observed.Resources

		lost, retained []string
	}{
		"Listed":        {disks: []v1alpha1.Disk{{Name: "system", Size: size("20Gi")}}, rs: named(pvc("Bound"), name)},
		"New":           {disks: []v1alpha1.Disk{root}},
		"NotMade":       {disks: []v1alpha1.Disk{root}, rs: observed.Resources{"disk-system": {Refused: "exceeded quota"}}},
		"Renamed":       {disks: []v1alpha1.Disk{root}, rs: named(dv(), name), lost: lost("DataVolume")},
		"Removed":       {rs: named(pvc("Bound"), name), lost: lost("PersistentVolumeClaim")},
		"Exchanged":     {disks: []v1alpha1.Disk{{Name: "system", ClaimName: "by-hand"}}, rs: named(pvc("Bound"), name), lost: lost("PersistentVolumeClaim")},
		"SomethingElse": {disks: []v1alpha1.Disk{root}, rs: named(pvc("Bound"), "cache")},
		"NotManaged": {
			disks: []v1alpha1.Disk{root},
			rs:    observed.Resources{"disk-system": {Object: named(pvc("Bound"), name)["disk-system"].Object, Unmanaged: true}},
		},
		"Retained": {disks: []v1alpha1.Disk{root}, rs: retained(named(pvc("Bound"), name)), retained: []string{
			"spec.disks: disk system is not in the list any more: its PersistentVolumeClaim " + name + " is retained with all data on it, " +
				"and comes back with a disk of that name, or as claimName: " + name}},
	}
	for reason, tc := range cases {
		t.Run(reason, func(t *testing.T) {
			p, err := Plan(wukong(tc.disks...), Settings{}, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.lost, p.DataLoss); diff != "" {
				t.Errorf("lost: -want, +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.retained, p.Advice); diff != "" {
				t.Errorf("retained: -want, +got:\n%s", diff)
			}
		})
	}

	p, err := Plan(wukong(v1alpha1.Disk{Name: "data", Size: size("30Gi"), Image: "debian"}), Settings{}, observed.Resources{
		"disk-system": named(dv(), name)["disk-system"],
		"disk-data": {Object: func() *structpb.Struct {
			o := dv()["disk-system"].Object
			o.Fields["status"] = structpb.NewStructValue(nil)
			return o
		}()},
	})
	if err != nil || len(p.DataLoss) != 1 || !strings.HasPrefix(p.DataLoss[0], "spec.disks: DATA LOSS") || len(p.Advice) != 1 {
		t.Errorf("want the loss apart from the advice, got %q, %q, %v", p.DataLoss, p.Advice, err)
	}
}
