package snapshot

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// keeping returns a Wukong that keeps some snapshots; none for zero.
func keeping(n int32) *v1alpha1.Wukong {
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}}
	if n > 0 {
		w.Spec.Snapshots = &v1alpha1.Snapshots{Keep: n}
	}
	return w
}

// taken is a snapshot of web-01 in a cluster, which is ready and made by an Operation.
type taken struct {
	number                               int
	unready, deleting, byHand, ofEarlier bool
	volumes                              []any
	named, message, at, createdAt        string
}

// object returns it as it is observed.
func (s taken) object() *structpb.Struct {
	o := observedtest.YAML(fmt.Sprintf(`
metadata:
  namespace: team-a
  name: web-01-%d
  uid: s%d
  creationTimestamp: '%s'
  labels: {vm.novasphere.dev/wukong: web-01, app.kubernetes.io/managed-by: function-wukong}
spec: {source: {apiGroup: kubevirt.io, kind: VirtualMachine, name: web-01}}
status: {readyToUse: true, sourceUID: v1, snapshotVolumes: {includedVolumes: [system, data]}}
`, s.number, s.number, time.Date(2026, 3, 1, 2, 15, s.number, 0, time.UTC).Format(time.RFC3339)))
	metadata, status := o.GetFields()["metadata"].GetStructValue().GetFields(), o.GetFields()["status"].GetStructValue().GetFields()
	if s.unready {
		status["readyToUse"] = structpb.NewBoolValue(false)
	}
	if s.deleting {
		metadata["deletionTimestamp"] = structpb.NewStringValue("2026-03-02T00:00:00Z")
	}
	if s.byHand {
		delete(metadata["labels"].GetStructValue().GetFields(), "app.kubernetes.io/managed-by")
	}
	if s.ofEarlier {
		// KubeVirt gives it the UID of the virtual machine that has the name now.
		metadata["creationTimestamp"] = structpb.NewStringValue("2025-06-01T00:00:00Z")
	}
	if s.volumes != nil {
		status["snapshotVolumes"] = structpb.NewStructValue(observedtest.Object(map[string]any{"includedVolumes": s.volumes}))
	}
	if s.named != "" {
		metadata["name"] = structpb.NewStringValue(s.named)
	}
	if s.at != "" {
		metadata["creationTimestamp"] = structpb.NewStringValue(s.at)
	}
	if s.createdAt != "" {
		status["creationTime"] = structpb.NewStringValue(s.createdAt)
	}
	if s.message != "" {
		status["error"] = structpb.NewStructValue(observedtest.YAML("{message: " + s.message + "}"))
	}
	return o
}

// listed returns the state of a cluster with the virtual machine and snapshots.
func listed(all ...taken) observed.Resources {
	items := []*structpb.Struct{}
	for _, s := range all {
		items = append(items, s.object())
	}
	return observed.Resources{
		plan.KeyVM: {Object: observedtest.YAML("{metadata: {namespace: team-a, name: web-01, uid: v1, creationTimestamp: '2025-12-31T00:00:00Z'}}")},
		KeyList:    {Items: items, ReadOnly: true},
	}
}

// with returns a state in which the first snapshot is composed. Deletes reports whether it is deleted with its resource.
func with(rs observed.Resources, deletes bool) observed.Resources {
	rs["snapshot-1"] = observed.Resource{Object: taken{number: 1}.object(), Deletes: deletes}
	return rs
}

// TestPlan shows which snapshots are composed to be deleted, which stay composed without that, and which are left out.
func TestPlan(t *testing.T) {
	one, two, three, four := taken{number: 1}, taken{number: 2}, taken{number: 3}, taken{number: 4}
	cases := map[string]struct {
		reason string
		keep   int32
		rs     observed.Resources
		want   map[string]plan.Management
	}{
		"All":  {reason: "Nobody says how many to keep.", rs: listed(one, two, three)},
		"Few":  {reason: "There are no more than are kept.", keep: 3, rs: listed(one, two, three)},
		"Many": {reason: "The oldest have enough newer ones.", keep: 2, rs: listed(three, one, four, two), want: map[string]plan.Management{"snapshot-1": plan.Observe, "snapshot-2": plan.Observe}},
		"Unready": {
			reason: "What is not ready neither counts nor goes.", keep: 2,
			rs: listed(taken{number: 1, unready: true}, two, three, taken{number: 4, unready: true}),
		},
		"Going": {
			reason: "What is being deleted does not count.", keep: 2, rs: listed(one, two, taken{number: 3, deleting: true}),
		},
		"ByHand": {
			reason: "A snapshot of somebody else neither counts nor goes.", keep: 1, rs: listed(taken{number: 1, byHand: true}, two, taken{number: 3, byHand: true}),
		},
		"Earlier": {
			reason: "A virtual machine of the same name that is gone had it.", keep: 1, rs: listed(taken{number: 1, ofEarlier: true}, two),
		},
		"LacksVolume": {
			reason: "The newer one has not all that is in it.", keep: 1, rs: listed(one, taken{number: 2, volumes: []any{"system"}}),
		},
		"HasVolumes": {
			reason: "Enough newer ones have.", keep: 1, rs: listed(one, two, taken{number: 3, volumes: []any{"system"}}),
			want: map[string]plan.Management{"snapshot-1": plan.Observe},
		},
		"Empty": {
			reason: "There is nothing in it.", keep: 1, rs: listed(taken{number: 1, volumes: []any{}}, taken{number: 2, volumes: []any{"system"}}),
			want: map[string]plan.Management{"snapshot-1": plan.Observe},
		},
		"VolumesUnknown": {
			reason: "What is in it is not known.", keep: 1, rs: func() observed.Resources {
				rs := listed(one, two)
				delete(rs[KeyList].Items[1].GetFields()["status"].GetStructValue().GetFields(), "snapshotVolumes")
				return rs
			}(),
		},
		"OtherVM": {reason: "It is of another virtual machine.", keep: 1, rs: func() observed.Resources {
			rs := listed(one, two)
			rs[KeyList].Items[0].GetFields()["status"].GetStructValue().Fields["sourceUID"] = structpb.NewStringValue("v0")
			return rs
		}()},
		"Restoring": {reason: "It may be from the oldest one.", keep: 1, rs: func() observed.Resources {
			rs := listed(one, two)
			rs[plan.KeyVM].Object.Fields["status"] = structpb.NewStructValue(observedtest.YAML("{restoreInProgress: r1}"))
			return rs
		}()},
		"OtherName": {reason: "It has no number.", keep: 1, rs: listed(taken{number: 1, named: "before-upgrade"}, two)},
		"OddNumber": {reason: "That is not how numbers are written.", keep: 1, rs: listed(taken{number: 1, named: "web-01-01"}, two)},
		"ByTime": {
			reason: "When it was taken counts, and not the number.", keep: 1,
			rs: listed(taken{number: 9, at: "2026-01-01T00:00:00Z"}, two), want: map[string]plan.Management{"snapshot-9": plan.Observe},
		},
		"ByNumber": {
			reason: "Taken within one second, 10 is newer than 9.", keep: 1,
			rs:   listed(taken{number: 10, at: "2026-01-01T00:00:00Z"}, taken{number: 9, at: "2026-01-01T00:00:00Z"}),
			want: map[string]plan.Management{"snapshot-9": plan.Observe},
		},
		"NoVM": {
			reason: "Whether it is of this virtual machine is not known.", keep: 1,
			rs: observed.Resources{KeyList: listed(one, two)[KeyList]},
		},
		"Unlisted": {reason: "A look that found nothing says nothing.", keep: 1, rs: observed.Resources{plan.KeyVM: listed()[plan.KeyVM]}},
		"May":      {reason: "It goes with its resource.", keep: 1, rs: with(listed(one, two), true)},
		"MayNot":   {reason: "Its resource must be allowed to first.", keep: 1, rs: with(listed(one, two), false), want: map[string]plan.Management{"snapshot-1": plan.Delete}},
		"Replaced": {
			reason: "Another one has its name now.", keep: 1,
			rs: func() observed.Resources {
				rs := with(listed(one, two), true)
				rs[KeyList].Items[0].GetFields()["metadata"].GetStructValue().GetFields()["uid"] = structpb.NewStringValue("other")
				return rs
			}(),
			want: map[string]plan.Management{"snapshot-1": plan.Observe},
		},
		"KeepsMore": {reason: "It stays after all.", keep: 2, rs: with(listed(one, two), true), want: map[string]plan.Management{"snapshot-1": plan.Observe}},
		"KeepsAll":  {reason: "The field is gone.", rs: with(listed(one, two), true), want: map[string]plan.Management{"snapshot-1": plan.Observe}},
		"Spared":    {reason: "Its resource may have had the right to delete it meanwhile.", keep: 2, rs: with(listed(one, two), false), want: map[string]plan.Management{"snapshot-1": plan.Observe}},
		"Gone": {reason: "Nothing can be deleted any more.", keep: 2, rs: func() observed.Resources {
			rs := listed(two)
			rs["snapshot-1"] = observed.Resource{Missing: true}
			return rs
		}()},
		"Blind": {
			reason: "Nobody knows whether enough newer ones are left.", keep: 1,
			rs: with(observed.Resources{plan.KeyVM: listed()[plan.KeyVM]}, true), want: map[string]plan.Management{"snapshot-1": plan.Observe},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			resources, advice := Plan(keeping(tc.keep), tc.rs)
			var got map[string]plan.Management
			for _, r := range resources {
				if got == nil {
					got = map[string]plan.Management{}
				}
				got[r.Key] = r.Management
				if r.Object.GetNamespace() != "team-a" || r.Key != "snapshot-"+r.Object.GetName()[len("web-01-"):] {
					t.Errorf("%s names %+v", r.Key, r.Object)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			spared := 0
			for _, r := range resources {
				if r.Management == plan.Observe && tc.rs[r.Key].Deletes {
					spared = 1
				}
			}
			if goes := len(Outdated(keeping(tc.keep), tc.rs)) > 0; goes && len(advice) == 0 || !goes && len(advice) != spared {
				t.Errorf("want what goes told, and what was to go, got %q", advice)
			}
		})
	}
}

// TestKept shows that of random snapshots the newest that are ready stay, as many as are kept, and all that somebody else made.
func TestKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.IntRange(1, 4).Draw(t, "keep")
		numbers := rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 0, 12, rapid.ID[int]).Draw(t, "numbers")
		flag := rapid.SampledFrom([]bool{false, false, false, true})
		var all, ready []taken
		for _, n := range numbers {
			s := taken{number: n, unready: flag.Draw(t, "unready"), deleting: flag.Draw(t, "deleting"), byHand: flag.Draw(t, "by hand"), ofEarlier: flag.Draw(t, "earlier")}
			all = append(all, s)
			if !s.unready && !s.deleting && !s.byHand && !s.ofEarlier {
				ready = append(ready, s)
			}
		}
		slices.SortFunc(ready, func(a, b taken) int { return b.number - a.number })
		var want []string
		for _, s := range ready[min(keep, len(ready)):] {
			want = append(want, fmt.Sprintf("web-01-%d", s.number))
		}
		if diff := cmp.Diff(want, Outdated(keeping(int32(keep)), listed(all...))); diff != "" {
			t.Fatalf("-want, +got:\n%s", diff)
		}
	})
}

// TestAtOnce shows that the oldest of many go first.
func TestAtOnce(t *testing.T) {
	var many []taken
	for n := range 31 {
		many = append(many, taken{number: n})
	}
	resources, _ := Plan(keeping(1), listed(many...))
	var got []string
	for _, r := range resources {
		got = append(got, r.Object.GetName())
	}
	if want := []string{"web-01-9", "web-01-8", "web-01-7", "web-01-6", "web-01-5", "web-01-4", "web-01-3", "web-01-2", "web-01-1", "web-01-0"}; !slices.Equal(want, got) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// TestReport shows what the status says of snapshots.
func TestReport(t *testing.T) {
	rs := listed(
		taken{number: 2, byHand: true, createdAt: "2026-03-01T04:15:09+02:00"},
		taken{number: 1, ofEarlier: true},
		taken{number: 3, unready: true, message: "no VolumeSnapshotClass"},
	)
	want := []v1alpha1.SnapshotStatus{
		{Name: "web-01-3", CreationTime: "2026-03-01T02:15:03Z", Error: "no VolumeSnapshotClass"},
		{Name: "web-01-2", Ready: true, CreationTime: "2026-03-01T02:15:09Z"},
		{Name: "web-01-1", Ready: true, CreationTime: "2025-06-01T00:00:00Z"},
	}
	if diff := cmp.Diff(want, Report(keeping(1), rs)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if got := Report(keeping(0), rs); got != nil {
		t.Errorf("want nothing of snapshots that nobody asks about, got %v", got)
	}
	var many []taken
	for n := range 120 {
		many = append(many, taken{number: n})
	}
	if got := len(Report(keeping(100), listed(many...))); got != MaxReported {
		t.Errorf("want at most %d, got %d", MaxReported, got)
	}
}

// TestRestoredFrom shows that the snapshot that the Wukong is restored from stays, and goes on to count.
func TestRestoredFrom(t *testing.T) {
	rs := listed(taken{number: 1}, taken{number: 2}, taken{number: 3})
	w := keeping(1)
	w.Spec.Restore = &v1alpha1.Restore{Snapshot: "web-01-2"}
	if diff := cmp.Diff([]string{"web-01-1"}, Outdated(w, rs)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
