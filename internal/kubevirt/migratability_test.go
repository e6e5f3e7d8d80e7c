package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// wukongEvictedBy returns a Wukong with an eviction strategy. Empty for none.
func wukongEvictedBy(strategy kubevirtv1.EvictionStrategy) *v1alpha1.Wukong {
	w := &v1alpha1.Wukong{}
	if strategy != "" {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{EvictionStrategy: &strategy}
	}
	return w
}

func TestMigratability(t *testing.T) {
	const notShared = "cannot migrate VMI: PVC web-01-system is not shared"
	conditionsWith := func(status corev1.ConditionStatus, reason, message string) []kubevirtv1.VirtualMachineCondition {
		return []kubevirtv1.VirtualMachineCondition{{Type: "LiveMigratable", Status: status, Reason: reason, Message: message}}
	}
	no := conditionsWith(corev1.ConditionFalse, "DisksNotLiveMigratable", notShared)
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
		"ClusterDecides": {
			reason:     "The Wukong does not request live migration.",
			created:    true,
			conditions: no,
			want:       Migratability{Status: corev1.ConditionUnknown, Reason: "NotAskedFor"},
		},
		"None": {
			reason:     "The Wukong does not request live migration.",
			strategy:   kubevirtv1.EvictionStrategyNone,
			created:    true,
			conditions: no,
			want:       Migratability{Status: corev1.ConditionUnknown, Reason: "NotAskedFor"},
		},
		"NotYet": {reason: "KubeVirt has not set the condition yet.", strategy: kubevirtv1.EvictionStrategyLiveMigrate, created: true, want: notRunning},
		"Stopped": {
			reason:     "The condition is that of a deleted instance.",
			strategy:   kubevirtv1.EvictionStrategyLiveMigrate,
			conditions: no,
			want:       notRunning,
		},
		"Can": {
			reason:     "KubeVirt gives no reason where it can migrate.",
			strategy:   kubevirtv1.EvictionStrategyLiveMigrate,
			created:    true,
			conditions: conditionsWith(corev1.ConditionTrue, "", ""),
			want:       Migratability{Status: corev1.ConditionTrue, Reason: "LiveMigratable"},
		},
		"Cannot": {
			reason: "The reason is KubeVirt's, and the message adds the consequence.", strategy: kubevirtv1.EvictionStrategyLiveMigrate, created: true, conditions: no,
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "DisksNotLiveMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node waits for ever: " + notShared,
			},
		},
		"CannotIfPossible": {
			reason: "The drain shuts the guest down.", strategy: kubevirtv1.EvictionStrategyLiveMigrateIfPossible, created: true, conditions: no,
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "DisksNotLiveMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node shuts it down: " + notShared,
			},
		},
		"NoReason": {
			reason:     "A condition needs a reason.",
			strategy:   kubevirtv1.EvictionStrategyLiveMigrate,
			created:    true,
			conditions: conditionsWith(corev1.ConditionFalse, "", "x"),
			want: Migratability{
				Status:  corev1.ConditionFalse,
				Reason:  "NotMigratable",
				Message: "the virtual machine cannot migrate live, so that a drain of its node waits for ever: x",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := migratability(wukongEvictedBy(tc.strategy), &kubevirtv1.VirtualMachineStatus{Created: tc.created, Conditions: tc.conditions})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMigrationAdvice(t *testing.T) {
	gpus, disks := []v1alpha1.Device{{Name: "gpu1"}}, []v1alpha1.Disk{{Name: "system"}, {Name: "data", Reservation: true}}
	cases := map[string]struct {
		strategy kubevirtv1.EvictionStrategy
		version  v1beta1.Version
		want     []string
	}{
		"None":       {strategy: kubevirtv1.EvictionStrategyNone},
		"IfPossible": {strategy: kubevirtv1.EvictionStrategyLiveMigrateIfPossible},
		"LiveMigrate": {strategy: kubevirtv1.EvictionStrategyLiveMigrate, version: "1.8", want: []string{
			"spec.gpus: with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: " +
				"give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			"spec.hostDevices: with a device of its node the virtual machine cannot migrate live, so that a drain of the node waits for ever: " +
				"give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			"spec.disks[1].reservation: before version 1.9 KubeVirt does not migrate a virtual machine with SCSI persistent reservations, so that a drain of its " +
				"node waits for ever: give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
			"spec.disks[1].accessModes: no two nodes can attach disk data at once, " +
				"so that the virtual machine cannot migrate live and a drain of its node waits for ever: " +
				"give a disk of another name with ReadWriteMany, or evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongEvictedBy(tc.strategy)
			w.Spec.GPUs, w.Spec.HostDevices, w.Spec.Disks = gpus, gpus, disks
			in := &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: tc.version}}}
			if diff := cmp.Diff(tc.want, MigrationAdvice(w, in, []int{1})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
