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
		"Default":          {"A virtual machine runs.", "", nil, kubevirtv1.RunStrategyAlways},
		"AutoStartAlone":   {"An older manifest says only this.", "", &v1alpha1.StartStrategy{AutoStart: ptr.To(true)}, kubevirtv1.RunStrategyAlways},
		"Always":           {"", v1alpha1.RestartPolicyAlways, nil, kubevirtv1.RunStrategyAlways},
		"OnFailure":        {"", v1alpha1.RestartPolicyOnFailure, nil, kubevirtv1.RunStrategyRerunOnFailure},
		"Never":            {"", v1alpha1.RestartPolicyNever, nil, kubevirtv1.RunStrategyOnce},
		"RunStrategyWins":  {"It wins over restartPolicy.", v1alpha1.RestartPolicyNever, &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyRerunOnFailure}, kubevirtv1.RunStrategyRerunOnFailure},
		"RestartPolicy":    {"autoStart: true does not hide restartPolicy.", v1alpha1.RestartPolicyOnFailure, &v1alpha1.StartStrategy{AutoStart: ptr.To(true)}, kubevirtv1.RunStrategyRerunOnFailure},
		"NotStarted":       {"", "", &v1alpha1.StartStrategy{AutoStart: ptr.To(false)}, kubevirtv1.RunStrategyHalted},
		"NotStartedAlways": {"autoStart: false wins.", v1alpha1.RestartPolicyAlways, &v1alpha1.StartStrategy{AutoStart: ptr.To(false), RunStrategy: kubevirtv1.RunStrategyAlways}, kubevirtv1.RunStrategyHalted},
		"Manual":           {"autoStart: false leaves Manual alone.", "", &v1alpha1.StartStrategy{AutoStart: ptr.To(false), RunStrategy: kubevirtv1.RunStrategyManual}, kubevirtv1.RunStrategyManual},
		"Once":             {"", "", &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyOnce}, kubevirtv1.RunStrategyOnce},
		"Halted":           {"", "", &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.RunStrategyHalted}, kubevirtv1.RunStrategyHalted},
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
