package kubevirt

import (
	"testing"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
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

// TestRestart shows that a virtual machine is halted while the instance of a requested restart exists, and in no other case.
func TestRestart(t *testing.T) {
	const always, manual, halted, once = kubevirtv1.RunStrategyAlways, kubevirtv1.RunStrategyManual, kubevirtv1.RunStrategyHalted, kubevirtv1.RunStrategyOnce
	instance := func(uid string) observed.Resource {
		return observed.Resource{Object: observedtest.Object(object{"metadata": object{"uid": uid}, "status": object{}})}
	}
	cases := map[string]struct {
		reason    string
		strategy  kubevirtv1.VirtualMachineRunStrategy
		requested string
		created   bool
		vmi       observed.Resource
		want      kubevirtv1.VirtualMachineRunStrategy
		condition string
	}{
		"Requested": {
			reason:    "The instance stops.",
			strategy:  always,
			requested: "i1",
			created:   true,
			vmi:       instance("i1"),
			want:      halted,
			condition: "VMRestarting",
		},
		"Once": {
			reason:    "KubeVirt starts it again.",
			strategy:  once,
			requested: "i1",
			created:   true,
			vmi:       instance("i1"),
			want:      halted,
			condition: "VMRestarting",
		},
		"NotRequested": {strategy: always, created: true, vmi: instance("i1"), want: always, condition: "VMRunning"},
		"NoUID":        {reason: "An unreadable object is no instance.", strategy: always, created: true, vmi: instance(""), want: always, condition: "VMRunning"},
		"Another": {
			reason:    "It was restarted already.",
			strategy:  always,
			requested: "i1",
			created:   true,
			vmi:       instance("i2"),
			want:      always,
			condition: "VMRunning",
		},
		"Gone": {
			reason:    "The last state of a deleted instance does not count.",
			strategy:  always,
			requested: "i1",
			vmi:       instance("i1"),
			want:      always,
			condition: "VMRunning",
		},
		"Missing": {strategy: always, requested: "i1", created: true, vmi: observed.Resource{}, want: always, condition: "VMRunning"},
		"Foreign": {
			strategy:  always,
			requested: "i1",
			created:   true,
			vmi:       observed.Resource{Foreign: &observed.Foreign{}},
			want:      always,
			condition: "VMRunning",
		},
		"Manual": {
			reason:    "KubeVirt would not start it again.",
			strategy:  manual,
			requested: "i1",
			created:   true,
			vmi:       instance("i1"),
			want:      manual,
			condition: "VMRunning",
		},
		"Halted": {
			reason:    "The virtual machine stops for good.",
			strategy:  halted,
			requested: "i1",
			created:   true,
			vmi:       instance("i1"),
			want:      halted,
			condition: "VMStopping",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongWith(tc.strategy)
			w.Spec.PodNetwork = ptr.To(true)
			w.Annotations = map[string]string{v1alpha1.AnnotationRestart: tc.requested}
			rs := vmWith(object{"printableStatus": "Running", "created": tc.created})
			rs[plan.KeyVMI] = tc.vmi
			if got := *Plan(w, identity.New(w, "", rs), Devices{}, template.Choice{}, rs).Object.(*kubevirtv1.VirtualMachine).Spec.RunStrategy; got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
			if got := Report(w, nil, nil, "", rs).Part; got.Reason != tc.condition || got.Ready != (tc.condition == "VMRunning") {
				t.Errorf("%s\nwant %s, got %+v", tc.reason, tc.condition, got)
			}
		})
	}
}

// TestStartsAfterHalt shows that a virtual machine that is no longer halted starts, whatever its strategy, and that one whose guest shut down
// does not.
func TestStartsAfterHalt(t *testing.T) {
	cases := map[kubevirtv1.VirtualMachineRunStrategy]string{
		kubevirtv1.RunStrategyHalted: "VMStarting",
		kubevirtv1.RunStrategyOnce:   "VMStopped",
	}
	for strategy, want := range cases {
		s := Report(wukongWith(kubevirtv1.RunStrategyOnce), nil, nil, "", vmWith(object{"printableStatus": "Stopped", "runStrategy": string(strategy)}))
		if s.Part.Reason != want {
			t.Errorf("stopped by %s: want %s, got %+v", strategy, want, s.Part)
		}
	}
	s := Report(wukongWith(kubevirtv1.RunStrategyManual), nil, nil, "", vmWith(object{"printableStatus": "Stopped", "runStrategy": "Halted"}))
	if s.Part.Reason != "VMStopped" {
		t.Errorf("nothing starts what is run by hand, got %+v", s.Part)
	}
}
