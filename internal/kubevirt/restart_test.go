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
		"Asked":    {"It is to go.", always, "i1", true, instance("i1"), halted, "VMRestarting"},
		"Once":     {"KubeVirt starts it again.", once, "i1", true, instance("i1"), halted, "VMRestarting"},
		"NotAsked": {"", always, "", true, instance("i1"), always, "VMRunning"},
		"NoUID":    {"What cannot be read is no instance.", always, "", true, instance(""), always, "VMRunning"},
		"Another":  {"It was restarted already.", always, "i1", true, instance("i2"), always, "VMRunning"},
		"Gone":     {"What was seen last of it does not count.", always, "i1", false, instance("i1"), always, "VMRunning"},
		"Missing":  {"", always, "i1", true, observed.Resource{}, always, "VMRunning"},
		"Foreign":  {"", always, "i1", true, observed.Resource{Foreign: &observed.Foreign{}}, always, "VMRunning"},
		"Manual":   {"KubeVirt would not start it again.", manual, "i1", true, instance("i1"), manual, "VMRunning"},
		"Halted":   {"It is to stop for good.", halted, "i1", true, instance("i1"), halted, "VMStopping"},
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
