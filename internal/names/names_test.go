package names

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func wukong(namespace, name string) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// TestNamesStayTheSame pins the names of released versions. A change here deletes the disks of every user who upgrades.
func TestNamesStayTheSame(t *testing.T) {
	long := strings.Repeat("long-", 12) + "end"
	got := []string{
		Object(wukong("team-a", "web-01"), Disk, "system"),
		Object(wukong("team-a", "web-01"), Network, "system"),
		Object(wukong("team-a", "web-01"), Seed, "cloud-init"),
		Object(wukong("team-b", "web-01"), Disk, "system"),
		Object(wukong("team-a", "a.dotted.name"), Disk, "system"),
		Object(wukong("team-a", long), Disk, long),
		Composed("web-01-x7k2p", "disk-system"),
		Composed("web-01-x7k2p", "disk-system.change", "uid", "3"),
		Composed(long+"-x7k2p", "disk-"+long, "uid", "3"),
		Interface("br-", "lan"),
		Interface("br-", "twelve-chars"),
		Interface("br-", "thirteen-char"),
		Interface("nic-", "a-very-long-name"),
		Serial("system"),
		Serial("twenty-characters-ab"),
		Serial("twenty-one-characters"),
		Serial(long),
	}
	want := []string{
		"web-01-system-2cv8m",
		"web-01-system-89ql8",
		"web-01-cloud-init-tr6mx",
		"web-01-system-7bvfw",
		"a-dotted-name-system-z64cw",
		"long-long-long-long-long-long-long-long-long-long-long-lo-p57tl",
		"web-01-x7k2p-disk-system-66bfq",
		"web-01-x7k2p-disk-system-change-q9wtw",
		"long-long-long-long-long-long-long-long-long-long-long-long-end-x7k2p-disk-long-long-long-long-long-lo-p899l",
		"br-lan",
		"br-twelve-chars",
		"br-thirte-x58wm",
		"nic-a-ver-7b4lb",
		"system",
		"twenty-characters-ab",
		"twenty-one-cha-q98m7",
		"long-long-long-8drh6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// labels returns all DNS labels of up to n characters out of a, b and the hyphen.
func labels(n int) []string {
	var out []string
	var grow func(prefix string)
	grow = func(prefix string) {
		if len(validation.IsDNS1123Label(prefix)) == 0 {
			out = append(out, prefix)
		}
		if len(prefix) < n {
			for _, c := range []string{"a", "b", "-"} {
				grow(prefix + c)
			}
		}
	}
	grow("")
	return out
}

// TestNamesDiffer shows that every name is valid in Kubernetes, and that no two objects share one, however similar their own names are.
func TestNamesDiffer(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	wukongs := append(labels(4), "a.b", "a.b.c", "a.b-c", "a-b.c", long(55), long(56), long(57), long(58), long(62), long(63))
	things := append(labels(4), long(55), long(56), long(57), long(58), long(62), long(63))

	owners := map[string]string{}
	for _, namespace := range []string{"a", "a-b", "b"} {
		for _, name := range wukongs {
			w := wukong(namespace, name)
			for _, kind := range []Kind{Network, Disk, Seed} {
				for _, thing := range things {
					got := Object(w, kind, thing)
					if messages := validation.IsDNS1123Label(got); len(messages) > 0 {
						t.Fatalf("%s %s of %s/%s has the name %q: %v", kind, thing, namespace, name, got, messages)
					}
					// Names need to be unique within a namespace and a kind.
					key, owner := namespace+" "+string(kind)+" "+got, name+" "+thing
					if other, taken := owners[key]; taken {
						t.Errorf("%s %q is both that of Wukong and thing %q and of %q", kind, got, other, owner)
					}
					owners[key] = owner
				}
			}
		}
	}
	t.Logf("%d names", len(owners))
}

// TestShortNamesDiffer shows that names which must be short are, and that no two things share one.
func TestShortNamesDiffer(t *testing.T) {
	bridge := func(network string) string { return Interface("br-", network) }
	for kind, c := range map[string]struct {
		name func(string) string
		most int
	}{"Bridge": {bridge, 15}, "Serial": {Serial, 20}} {
		t.Run(kind, func(t *testing.T) {
			owners := map[string]string{}
			rapid.Check(t, func(t *rapid.T) {
				name := rapid.StringMatching(`[a-b]([-a-b]{0,30}[a-b])?`).Draw(t, "name")
				got := c.name(name)
				if len(got) > c.most {
					t.Fatalf("%q has more than %d characters", got, c.most)
				}
				if other, taken := owners[got]; taken && other != name {
					t.Fatalf("%s and %s would share %q", name, other, got)
				}
				owners[got] = name
			})
		})
	}
}

func TestLabels(t *testing.T) {
	for k, v := range Labels(wukong("team-a", strings.Repeat("a", 63))) {
		if messages := append(validation.IsQualifiedName(k), validation.IsValidLabelValue(v)...); len(messages) > 0 {
			t.Errorf("label %s=%s: %v", k, v, messages)
		}
	}
}
