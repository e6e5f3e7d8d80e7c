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
	notRunning := Migratability{
		Status:  corev1.ConditionUnknown,
		Reason:  "NotRunning",
		Message: "KubeVirt says whether the virtual machine can migrate live once it runs",
	}
	cases := map[string]struct {
		reason     string
		strategy   kubevirtv1.EvictionStrategy
		created    bool
		conditions []kubevirtv1.VirtualMachineCondition
		want       Migratability
	}{
		"ClusterDecides": {reason: "Nobody asked.", created: true, conditions: no, want: Migratability{Status: corev1.ConditionUnknown, Reason: "NotAskedFor"}},
		"None": {
			reason:     "Nobody asked.",
			strategy:   kubevirtv1.EvictionStrategyNone,
			created:    true,
			conditions: no,
			want:       Migratability{Status: corev1.ConditionUnknown, Reason: "NotAskedFor"},
		},
		"NotYet": {reason: "The node has not said so.", strategy: kubevirtv1.EvictionStrategyLiveMigrate, created: true, want: notRunning},
		"Stopped": {
			reason:     "KubeVirt says it of an instance that is gone.",
			strategy:   kubevirtv1.EvictionStrategyLiveMigrate,
			conditions: no,
			want:       notRunning,
		},
		"Can": {
			reason:     "KubeVirt gives no reason.",
			strategy:   kubevirtv1.EvictionStrategyLiveMigrate,
			created:    true,
			conditions: says(corev1.ConditionTrue, "", ""),
			want:       Migratability{Status: corev1.ConditionTrue, Reason: "LiveMigratable"},
		},
		"Cannot": {
			reason: "KubeVirt's own reason, and what comes of it.", strategy: kubevirtv1.EvictionStrategyLiveMigrate, created: true, conditions: no,
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "DisksNotLiveMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node waits for ever: " + notShared,
			},
		},
		"CannotIfPossible": {
			reason: "The drain goes on.", strategy: kubevirtv1.EvictionStrategyLiveMigrateIfPossible, created: true, conditions: no,
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "DisksNotLiveMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node shuts it down: " + notShared,
			},
		},
		"NoReason": {
			reason: "A condition needs a reason.", strategy: kubevirtv1.EvictionStrategyLiveMigrate, created: true, conditions: says(corev1.ConditionFalse, "", "x"),
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "NotMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node waits for ever: x",
			},
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
