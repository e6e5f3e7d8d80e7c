package names

import (
	"fmt"
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

// TestNamesStayTheSame holds down names of released versions. A change here deletes the disks of every user who upgrades.
func TestNamesStayTheSame(t *testing.T) {
	long := strings.Repeat("long-", 12) + "end"
	got := []string{
		Object(wukong("team-a", "web-01"), Disk, "system"),
		Object(wukong("team-a", "web-01"), Network, "system"),
		Object(wukong("team-a", "web-01"), Seed, "cloud-init"),
		Object(wukong("team-b", "web-01"), Disk, "system"),
		Object(wukong("team-a", "a.dotted.name"), Disk, "system"),
		Object(wukong("team-a", long), Disk, long),
		Interface("br-", "lan"),
		Interface("br-", "twelve-chars"),
		Interface("br-", "thirteen-char"),
		Interface("nic-", "a-very-long-name"),
	}
	want := []string{
		"web-01-system-2cv8m",
		"web-01-system-89ql8",
		"web-01-cloud-init-tr6mx",
		"web-01-system-7bvfw",
		"a-dotted-name-system-z64cw",
		"long-long-long-long-long-long-long-long-long-long-long-lo-p57tl",
		"br-lan",
		"br-twelve-chars",
		"br-thirte-x58wm",
		"nic-a-ver-7b4lb",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestNamesDiffer shows that no two things of many Wukongs with much alike names share a name, and that Kubernetes takes every
// name.
func TestNamesDiffer(t *testing.T) {
	label := rapid.StringMatching(`[a-c]([-a-b]{0,3}[a-c])?`)
	longLabel := rapid.StringMatching(`a{55}[ab]{0,8}`)
	dotted := rapid.StringMatching(`[ab](\.[ab]){0,3}`)

	owners := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		namespace := label.Draw(t, "namespace")
		w := wukong(namespace, rapid.OneOf(label, longLabel, dotted).Draw(t, "wukong"))
		for _, kind := range []Kind{Network, Disk, Seed} {
			for range 20 {
				name := rapid.OneOf(label, longLabel).Draw(t, "name")
				thing := fmt.Sprintf("%s/%s %s %s", namespace, w.GetName(), kind, name)
				got := Object(w, kind, name)
				if messages := validation.IsDNS1123Label(got); len(messages) > 0 {
					t.Fatalf("%s is called %q: %v", thing, got, messages)
				}
				// Only within a namespace and a kind can one be taken for the other.
				key := namespace + " " + string(kind) + " " + got
				if other, taken := owners[key]; taken && other != thing {
					t.Fatalf("%s and %s are both called %q", thing, other, got)
				}
				owners[key] = thing
			}
		}
	})
	t.Logf("%d names", len(owners))
}

func TestInterfacesDiffer(t *testing.T) {
	owners := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-b]([-a-b]{0,20}[a-b])?`).Draw(t, "name")
		got := Interface("br-", name)
		if len(got) > 15 {
			t.Fatalf("%q has more than 15 characters", got)
		}
		if other, taken := owners[got]; taken && other != name {
			t.Fatalf("networks %s and %s would share bridge %q", name, other, got)
		}
		owners[got] = name
	})
}

func TestLabels(t *testing.T) {
	for k, v := range Labels(wukong("team-a", strings.Repeat("a", 63))) {
		if messages := append(validation.IsQualifiedName(k), validation.IsValidLabelValue(v)...); len(messages) > 0 {
			t.Errorf("label %s=%s: %v", k, v, messages)
		}
	}
}
