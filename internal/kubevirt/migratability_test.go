package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// evicted is a Wukong with an eviction strategy; empty for none.
func evicted(strategy kubevirtv1.EvictionStrategy) *v1alpha1.Wukong {
	w := &v1alpha1.Wukong{}
	if strategy != "" {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{EvictionStrategy: &strategy}
	}
	return w
}

func TestMigratability(t *testing.T) {
	const notShared = "cannot migrate VMI: PVC web-01-system is not shared"
	says := func(status corev1.ConditionStatus, reason, message string) []kubevirtv1.VirtualMachineCondition {
		return []kubevirtv1.VirtualMachineCondition{{Type: "LiveMigratable", Status: status, Reason: reason, Message: message}}
	}
	no := says(corev1.ConditionFalse, "DisksNotLiveMigratable", notShared)
	notRunning := Migratability{corev1.ConditionUnknown, "NotRunning", "KubeVirt says whether the virtual machine can migrate live once it runs"}
	cases := map[string]struct {
		reason     string
		strategy   kubevirtv1.EvictionStrategy
		created    bool
		conditions []kubevirtv1.VirtualMachineCondition
		want       Migratability
	}{
		"ClusterDecides": {"Nobody asked.", "", true, no, Migratability{corev1.ConditionUnknown, "NotAskedFor", ""}},
		"None":           {"Nobody asked.", kubevirtv1.EvictionStrategyNone, true, no, Migratability{corev1.ConditionUnknown, "NotAskedFor", ""}},
		"NotYet":         {"The node has not said so.", kubevirtv1.EvictionStrategyLiveMigrate, true, nil, notRunning},
		"Stopped":        {"KubeVirt says it of an instance that is gone.", kubevirtv1.EvictionStrategyLiveMigrate, false, no, notRunning},
		"Can":            {"KubeVirt gives no reason.", kubevirtv1.EvictionStrategyLiveMigrate, true, says(corev1.ConditionTrue, "", ""), Migratability{corev1.ConditionTrue, "LiveMigratable", ""}},
		"Cannot": {
			"KubeVirt's own reason, and what comes of it.", kubevirtv1.EvictionStrategyLiveMigrate, true, no,
			Migratability{corev1.ConditionFalse, "DisksNotLiveMigratable", "the virtual machine cannot migrate live, so that a drain of its node waits for ever: " + notShared},
		},
		"CannotIfPossible": {
			"The drain goes on.", kubevirtv1.EvictionStrategyLiveMigrateIfPossible, true, no,
			Migratability{corev1.ConditionFalse, "DisksNotLiveMigratable", "the virtual machine cannot migrate live, so that a drain of its node shuts it down: " + notShared},
		},
		"NoReason": {
			"A condition needs a reason.", kubevirtv1.EvictionStrategyLiveMigrate, true, says(corev1.ConditionFalse, "", "x"),
			Migratability{corev1.ConditionFalse, "NotMigratable", "the virtual machine cannot migrate live, so that a drain of its node waits for ever: x"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := migratability(evicted(tc.strategy), &kubevirtv1.VirtualMachineStatus{Created: tc.created, Conditions: tc.conditions})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMigrationAdvice(t *testing.T) {
	gpus, disks := []v1alpha1.GPU{{Name: "gpu1"}}, []v1alpha1.Disk{{Name: "system"}, {Name: "data"}}
	cases := map[string]struct {
		strategy kubevirtv1.EvictionStrategy
		want     []string
	}{
		"None":       {strategy: kubevirtv1.EvictionStrategyNone},
		"IfPossible": {strategy: kubevirtv1.EvictionStrategyLiveMigrateIfPossible},
		"LiveMigrate": {strategy: kubevirtv1.EvictionStrategyLiveMigrate, want: []string{
			"spec.gpus: with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			"spec.disks[1].accessModes: no two nodes can attach disk data at once, so that the virtual machine cannot migrate live and a drain of its node waits for ever: give a disk of another name with ReadWriteMany, or evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := evicted(tc.strategy)
			w.Spec.GPUs, w.Spec.Disks = gpus, disks
			if diff := cmp.Diff(tc.want, MigrationAdvice(w, []int{1})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
