package kubevirt

import (
	"testing"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
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

// TestRestart shows that a virtual machine is halted while the very instance that is to go is known to be there, and never else.
func TestRestart(t *testing.T) {
	const always, manual, halted, once = kubevirtv1.RunStrategyAlways, kubevirtv1.RunStrategyManual, kubevirtv1.RunStrategyHalted, kubevirtv1.RunStrategyOnce
	instance := func(uid string) observed.Resource {
		return observed.Resource{Object: observedtest.Object(object{"metadata": object{"uid": uid}, "status": object{}})}
	}
	cases := map[string]struct {
		reason   string
		strategy kubevirtv1.VirtualMachineRunStrategy
		asked    string
		created  bool
		vmi      observed.Resource
		want     kubevirtv1.VirtualMachineRunStrategy
		tells    string
	}{
		"Asked":    {reason: "It is to go.", strategy: always, asked: "i1", created: true, vmi: instance("i1"), want: halted, tells: "VMRestarting"},
		"Once":     {reason: "KubeVirt starts it again.", strategy: once, asked: "i1", created: true, vmi: instance("i1"), want: halted, tells: "VMRestarting"},
		"NotAsked": {strategy: always, created: true, vmi: instance("i1"), want: always, tells: "VMRunning"},
		"NoUID":    {reason: "What cannot be read is no instance.", strategy: always, created: true, vmi: instance(""), want: always, tells: "VMRunning"},
		"Another":  {reason: "It was restarted already.", strategy: always, asked: "i1", created: true, vmi: instance("i2"), want: always, tells: "VMRunning"},
		"Gone":     {reason: "What was seen last of it does not count.", strategy: always, asked: "i1", vmi: instance("i1"), want: always, tells: "VMRunning"},
		"Missing":  {strategy: always, asked: "i1", created: true, vmi: observed.Resource{}, want: always, tells: "VMRunning"},
		"Foreign":  {strategy: always, asked: "i1", created: true, vmi: observed.Resource{Foreign: &observed.Foreign{}}, want: always, tells: "VMRunning"},
		"Manual": {
			reason:   "KubeVirt would not start it again.",
			strategy: manual,
			asked:    "i1",
			created:  true,
			vmi:      instance("i1"),
			want:     manual,
			tells:    "VMRunning",
		},
		"Halted": {reason: "It is to stop for good.", strategy: halted, asked: "i1", created: true, vmi: instance("i1"), want: halted, tells: "VMStopping"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongWith(tc.strategy)
			w.Spec.PodNetwork = ptr.To(true)
			w.Annotations = map[string]string{v1alpha1.AnnotationRestart: tc.asked}
			rs := vmWith(object{"printableStatus": "Running", "created": tc.created})
			rs[keyVMI] = tc.vmi
			if got := *Plan(w, identity.New(w, "", rs), Devices{}, rs).Object.(*kubevirtv1.VirtualMachine).Spec.RunStrategy; got != tc.want {
				t.Errorf("%s\nwant %s, got %s", tc.reason, tc.want, got)
			}
			if got := Report(w, nil, rs).Part; got.Reason != tc.tells || got.Ready != (tc.tells == "VMRunning") {
				t.Errorf("%s\nwant %s, got %+v", tc.reason, tc.tells, got)
			}
		})
	}
}

// TestStartsAgain shows that what is no longer halted is to start, whatever its strategy, and that what stopped by itself stays so.
func TestStartsAgain(t *testing.T) {
	cases := map[kubevirtv1.VirtualMachineRunStrategy]string{
		kubevirtv1.RunStrategyHalted: "VMStarting",
		kubevirtv1.RunStrategyOnce:   "VMStopped",
	}
	for was, want := range cases {
		s := Report(wukongWith(kubevirtv1.RunStrategyOnce), nil, vmWith(object{"printableStatus": "Stopped", "runStrategy": string(was)}))
		if s.Part.Reason != want {
			t.Errorf("stopped by %s: want %s, got %+v", was, want, s.Part)
		}
	}
	if s := Report(wukongWith(kubevirtv1.RunStrategyManual), nil, vmWith(object{"printableStatus": "Stopped", "runStrategy": "Halted"})); s.Part.Reason != "VMStopped" {
		t.Errorf("nothing starts what is run by hand, got %+v", s.Part)
	}
}
