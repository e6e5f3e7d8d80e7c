package kubevirt

import (
	"testing"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestRunStrategy(t *testing.T) {
	cases := map[string]struct {
		reason  string
		restart v1alpha1.RestartPolicy
		start   *v1alpha1.StartStrategy
		want    kubevirtv1.VirtualMachineRunStrategy
	}{
		"Default": {reason: "A virtual machine runs.", want: kubevirtv1.RunStrategyAlways},
		"AutoStartAlone": {
			reason: "An older manifest says only this.",
			start:  &v1alpha1.StartStrategy{AutoStart: ptr.To(true)},
			want:   kubevirtv1.RunStrategyAlways,
		},
		"Always":    {restart: v1alpha1.RestartPolicyAlways, want: kubevirtv1.RunStrategyAlways},
		"OnFailure": {restart: v1alpha1.RestartPolicyOnFailure, want: kubevirtv1.RunStrategyRerunOnFailure},
		"Never":     {restart: v1alpha1.RestartPolicyNever, want: kubevirtv1.RunStrategyOnce},
		"RunStrategyWins": {
			reason:  "It wins over restartPolicy.",
			restart: v1alpha1.RestartPolicyNever,
			start:   &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyRerunOnFailure},
			want:    kubevirtv1.RunStrategyRerunOnFailure,
		},
		"RestartPolicy": {
			reason:  "autoStart: true does not hide restartPolicy.",
			restart: v1alpha1.RestartPolicyOnFailure,
			start:   &v1alpha1.StartStrategy{AutoStart: ptr.To(true)},
			want:    kubevirtv1.RunStrategyRerunOnFailure,
		},
		"NotStarted": {start: &v1alpha1.StartStrategy{AutoStart: ptr.To(false)}, want: kubevirtv1.RunStrategyHalted},
		"NotStartedAlways": {
			reason:  "autoStart: false wins.",
			restart: v1alpha1.RestartPolicyAlways,
			start:   &v1alpha1.StartStrategy{AutoStart: ptr.To(false), RunStrategy: kubevirtv1.RunStrategyAlways},
			want:    kubevirtv1.RunStrategyHalted,
		},
		"Manual": {
			reason: "autoStart: false leaves Manual alone.",
			start:  &v1alpha1.StartStrategy{AutoStart: ptr.To(false), RunStrategy: kubevirtv1.RunStrategyManual},
			want:   kubevirtv1.RunStrategyManual,
		},
		"Once":   {start: &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyOnce}, want: kubevirtv1.RunStrategyOnce},
		"Halted": {start: &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyHalted}, want: kubevirtv1.RunStrategyHalted},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{RestartPolicy: tc.restart}, StartStrategy: tc.start}}
			if got := RunStrategy(w); got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}
