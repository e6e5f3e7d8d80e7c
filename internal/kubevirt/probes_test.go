package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

func TestProbes(t *testing.T) {
	const (
		early   = "spec.livenessProbe.initialDelaySeconds: a guest that does not answer within about 30 seconds of its start is stopped, though it may still be booting: give more, such as 300"
		stays   = "spec.livenessProbe: Kubernetes stops a guest that is not alive, and with runStrategy Manual it may stay stopped: give Always, with which it starts again"
		noAgent = ": the guest runs, and no QEMU guest agent in it is connected, without which this probe fails: install and start qemu-guest-agent there, or give tcpSocket or httpGet"
	)
	ping := &v1alpha1.Probe{GuestAgentPing: true}
	cases := map[string]struct {
		reason    string
		readiness *v1alpha1.Probe
		liveness  *v1alpha1.Probe
		strategy  kubevirtv1.VirtualMachineRunStrategy
		vmi       string
		want      *kubevirtv1.Probe
		wantAlive *kubevirtv1.Probe
		fact      string
		advice    []string
	}{
		"None": {reason: "KubeVirt's own default is no probe.", vmi: "{phase: Running}"},
		"TCPSocket": {
			reason:    "What is not given KubeVirt completes.",
			readiness: &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}, InitialDelaySeconds: 1, PeriodSeconds: 2, TimeoutSeconds: 3, SuccessThreshold: 4, FailureThreshold: 5},
			want: &kubevirtv1.Probe{
				Handler: kubevirtv1.Handler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(22)}}, InitialDelaySeconds: 1, PeriodSeconds: 2, TimeoutSeconds: 3, SuccessThreshold: 4, FailureThreshold: 5,
			},
			fact: "ready by tcpSocket of port 22",
		},
		"HTTPGet": {
			reason: "The values of headers are in no fact.",
			readiness: &v1alpha1.Probe{HTTPGet: &v1alpha1.HTTPGetAction{
				Port: 8443, Path: "/healthz", Scheme: "HTTPS", HTTPHeaders: []v1alpha1.HTTPHeader{{Name: "Authorization", Value: "secret"}},
			}},
			want: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{HTTPGet: &corev1.HTTPGetAction{
				Port: intstr.FromInt32(8443), Path: "/healthz", Scheme: "HTTPS", HTTPHeaders: []corev1.HTTPHeader{{Name: "Authorization", Value: "secret"}},
			}}},
			fact: "ready by httpGet of port 8443",
		},
		"Exec": {
			reason: "Nor is a command. It needs an agent.", readiness: &v1alpha1.Probe{Exec: &v1alpha1.ExecAction{Command: []v1alpha1.Argument{"/bin/check", "--token=secret"}}},
			vmi:  "{phase: Running}",
			want: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{Exec: &corev1.ExecAction{Command: []string{"/bin/check", "--token=secret"}}}}, fact: "ready by exec",
			advice: []string{"spec.readinessProbe.exec" + noAgent},
		},
		"Ping": {
			reason: "An agent answers.", readiness: ping, vmi: "{phase: Running, conditions: [{type: AgentConnected, status: 'True'}]}",
			want: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}}, fact: "ready by guestAgentPing",
		},
		"Starting": {
			reason: "No agent can answer yet.", readiness: ping, vmi: "{phase: Scheduled}",
			want: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}}, fact: "ready by guestAgentPing",
		},
		"Early": {
			reason: "Ten seconds, and two periods until the third failure.", liveness: ping, vmi: "{phase: Running}",
			wantAlive: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}}, fact: "alive by guestAgentPing",
			advice: []string{"spec.livenessProbe.guestAgentPing" + noAgent, early},
		},
		"Patient": {
			reason: "Many failures are a delay as well.", liveness: &v1alpha1.Probe{GuestAgentPing: true, PeriodSeconds: 10, FailureThreshold: 30},
			wantAlive: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}, PeriodSeconds: 10, FailureThreshold: 30}, fact: "alive by guestAgentPing",
		},
		"Manual": {
			reason: "Nobody starts it again.", liveness: &v1alpha1.Probe{GuestAgentPing: true, InitialDelaySeconds: 60}, strategy: kubevirtv1.RunStrategyManual,
			wantAlive: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}, InitialDelaySeconds: 60}, fact: "alive by guestAgentPing",
			advice: []string{stays},
		},
		"Halted": {
			reason: "It does not run.", liveness: &v1alpha1.Probe{GuestAgentPing: true, InitialDelaySeconds: 60}, strategy: kubevirtv1.RunStrategyHalted,
			wantAlive: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}, InitialDelaySeconds: 60}, fact: "alive by guestAgentPing",
		},
		"Both": {
			readiness: &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}}, liveness: &v1alpha1.Probe{GuestAgentPing: true, InitialDelaySeconds: 60},
			want:      &kubevirtv1.Probe{Handler: kubevirtv1.Handler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(22)}}},
			wantAlive: &kubevirtv1.Probe{Handler: kubevirtv1.Handler{GuestAgentPing: &kubevirtv1.GuestAgentPing{}}, InitialDelaySeconds: 60},
			fact:      "ready by tcpSocket of port 22, alive by guestAgentPing",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			vm := &kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}}}
			p := params{wukong: wukongWith(tc.strategy), observed: observed.Resources{}}
			p.wukong.Spec.ReadinessProbe, p.wukong.Spec.LivenessProbe = tc.readiness, tc.liveness
			if tc.vmi != "" {
				p.observed[plan.KeyVM] = observed.Resource{Object: observedtest.YAML("{status: {created: true}}")}
				p.observed[plan.KeyVMI] = observed.Resource{Object: observedtest.YAML("{status: " + tc.vmi + "}")}
			}
			probes.apply(vm, p)
			if diff := cmp.Diff(tc.want, vm.Spec.Template.Spec.ReadinessProbe); diff != "" {
				t.Errorf("%s readinessProbe: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.wantAlive, vm.Spec.Template.Spec.LivenessProbe); diff != "" {
				t.Errorf("%s livenessProbe: -want, +got:\n%s", tc.reason, diff)
			}
			if got := probes.facts(vm); got != tc.fact {
				t.Errorf("%s want the fact %q, got %q", tc.reason, tc.fact, got)
			}
			if diff := cmp.Diff(tc.advice, probes.advice(p)); diff != "" {
				t.Errorf("%s advice: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNotReady shows that a guest that does not pass its readinessProbe runs, and is not ready, and that nothing else is taken for that.
func TestNotReady(t *testing.T) {
	const (
		running = "Virtual machine is running"
		tcp     = "VM: it runs, and does not pass its readinessProbe (tcpSocket of port 22), as the events of its pod say: let the guest answer that, or correct the probe"
		exec    = "VM: it runs, and does not pass its readinessProbe (exec), as the events of its pod say: let the guest answer that, or correct the probe"

		notReady = "conditions: [{type: Ready, status: 'False', reason: ContainersNotReady, message: 'containers with unready status: [compute]'}]"
		probed   = "readinessProbe: {exec: {command: [a]}}, "
	)
	given := &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}}
	cases := map[string]struct {
		reason   string
		probe    *v1alpha1.Probe
		strategy kubevirtv1.VirtualMachineRunStrategy
		vm       string
		vmi      string
		want     string
		ready    bool
		pending  bool
	}{
		"Ready":     {reason: "It passes.", probe: given, vm: "printableStatus: Running, conditions: [{type: Ready, status: 'True'}]", want: running, ready: true},
		"NotReady":  {reason: "It does not.", probe: given, vm: "printableStatus: Running, " + notReady, want: tcp, pending: true},
		"NoProbe":   {reason: "Something else of the pod is not ready.", vm: "printableStatus: Running, " + notReady, want: running, ready: true},
		"Leaves":    {reason: "A pod that ends has another reason.", probe: given, vm: "printableStatus: Running, conditions: [{type: Ready, status: 'False', reason: PodTerminating}]", want: running, ready: true},
		"Migrating": {reason: "Nor is it ready on its way to another node.", probe: given, vm: "printableStatus: Migrating, " + notReady, want: tcp, pending: true},
		"Halted":    {reason: "It is about to stop, whether ready or not.", probe: given, strategy: kubevirtv1.RunStrategyHalted, vm: "printableStatus: Running, " + notReady, want: "waiting for VM: it is about to stop", pending: true},
		"Starting":  {reason: "It does not run yet.", probe: given, vm: "printableStatus: Starting, " + notReady, want: "waiting for VM: it is starting", pending: true},
		"OfInstance": {
			reason: "The instance has the probe that it was started with.", probe: given, vm: "printableStatus: Running, " + notReady,
			vmi: "{spec: {" + probed + "domain: {devices: {disks: [{name: system}]}}}, status: {phase: Running}}", want: exec, pending: true,
		},
		"AddedLater": {
			reason: "A probe that waits for a restart asks nothing yet.", probe: given, vm: "printableStatus: Running, " + notReady,
			vmi: "{spec: {domain: {devices: {disks: [{name: system}]}}}, status: {phase: Running}}", want: running, ready: true,
		},
		"RemovedLater": {
			reason: "One that was removed asks until then.", vm: "printableStatus: Running, " + notReady,
			vmi: "{spec: {" + probed + "domain: {devices: {disks: [{name: system}]}}}, status: {phase: Running}}", want: exec, pending: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongWith(tc.strategy)
			w.Spec.ReadinessProbe = tc.probe
			rs := observed.Resources{plan.KeyVM: {Object: observedtest.YAML("{status: {created: true, " + tc.vm + "}}")}}
			if tc.vmi != "" {
				rs[plan.KeyVMI] = observed.Resource{Object: observedtest.YAML(tc.vmi)}
			}
			s := Report(w, nil, nil, "", rs)
			if s.Part.Message != tc.want || s.Part.Ready != tc.ready || s.Part.Failed || (len(s.Part.Pending) > 0) != tc.pending {
				t.Errorf("%s\nwant %q, ready %t, pending %t\ngot  %+v", tc.reason, tc.want, tc.ready, tc.pending, s.Part)
			}
			if name != "Starting" && s.Phase != v1alpha1.PhaseRunning {
				t.Errorf("%s got phase %s", tc.reason, s.Phase)
			}
		})
	}
}

// TestProbeRollout shows that a change of a probe waits for a restart, and that nothing of it that may be a secret is shown.
func TestProbeRollout(t *testing.T) {
	exec := func(command ...v1alpha1.Argument) *v1alpha1.Probe {
		return &v1alpha1.Probe{Exec: &v1alpha1.ExecAction{Command: command}}
	}
	header := func(value string) *v1alpha1.Probe {
		return &v1alpha1.Probe{HTTPGet: &v1alpha1.HTTPGetAction{Port: 80, HTTPHeaders: []v1alpha1.HTTPHeader{{Name: "Authorization", Value: value}}}}
	}
	const path = "spec.template.spec.readinessProbe"
	cases := map[string]struct {
		from, to *v1alpha1.Probe
		want     Difference
	}{
		"Added":   {to: exec("secret"), want: Difference{Path: path, Field: "readinessProbe", To: notShown}},
		"Removed": {from: header("secret"), want: Difference{Path: path, Field: "readinessProbe", From: notShown}},
		"Command": {from: exec("a"), to: exec("a", "secret"), want: Difference{Path: path + ".exec.command", Field: "readinessProbe.exec.command", From: notShown, To: notShown}},
		"Header": {
			from: header("a"), to: header("secret"),
			want: Difference{Path: path + ".httpGet.httpHeaders[Authorization].value", Field: "readinessProbe.httpGet.httpHeaders[Authorization].value", From: notShown, To: notShown},
		},
		"Port": {
			from: &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}}, to: &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 2222}},
			want: Difference{Path: path + ".tcpSocket.port", Field: "readinessProbe.tcpSocket.port", From: "22", To: "2222"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			from, to := planned(v1alpha1.WukongSpec{ReadinessProbe: tc.from}, Devices{}), planned(v1alpha1.WukongSpec{ReadinessProbe: tc.to}, Devices{})
			tc.want.Effect, tc.want.RestartRequired = plan.EffectRestart, true
			if diff := cmp.Diff([]Difference{tc.want}, Rollout(from, to, nil, RolloutState{Runs: true}), cmp.AllowUnexported(Difference{})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestWrappedProbe shows that the command which KubeVirt writes into an instance is none that waits for a restart.
func TestWrappedProbe(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{ReadinessProbe: &v1alpha1.Probe{Exec: &v1alpha1.ExecAction{Command: []v1alpha1.Argument{"/bin/check", "-v", "x"}}}}, Devices{})
	vmi := &kubevirtv1.VirtualMachineInstance{Spec: *vm.Spec.Template.Spec.DeepCopy()}
	vmi.Spec.ReadinessProbe.TimeoutSeconds = 1
	vmi.Spec.ReadinessProbe.Exec.Command = []string{"virt-probe", "--domainName", "team-a_web-01", "--timeoutSeconds", "1", "--command", "/bin/check", "--", "-v", "x"}
	if got := Waiting(vm, vmi, nil); len(got) > 0 {
		t.Errorf("want nothing that waits, got %+v", got)
	}
	vmi.Spec.ReadinessProbe.Exec.Command[9] = "y"
	if got := Waiting(vm, vmi, nil); len(got) != 1 || got[0].Field != "readinessProbe.exec.command" {
		t.Errorf("want the command to wait, got %+v", got)
	}
}

// TestGuest shows what is reported of the guest's agent, and by it. The guest chooses the name of its operating system.
func TestGuest(t *testing.T) {
	cases := map[string]struct {
		reason string
		vmi    string
		agent  v1alpha1.GuestAgent
		os     string
	}{
		"Connected": {
			reason: "The agent tells the name.", agent: v1alpha1.GuestAgentConnected, os: "Debian GNU/Linux 12 (bookworm)",
			vmi: "{phase: Running, conditions: [{type: AgentConnected, status: 'True'}], guestOSInfo: {name: Debian GNU/Linux, version: 12 (bookworm), prettyName: Debian GNU/Linux 12 (bookworm)}}",
		},
		"NoPrettyName": {reason: "Not each agent has a name for people.", vmi: "{phase: Running, guestOSInfo: {name: Fedora Linux, versionId: '40'}}", agent: v1alpha1.GuestAgentNotConnected, os: "Fedora Linux 40"},
		"NotConnected": {reason: "KubeVirt removes the condition.", vmi: "{phase: Running}", agent: v1alpha1.GuestAgentNotConnected},
		"Scheduled":    {reason: "No guest runs.", vmi: "{phase: Scheduled}"},
		"Ended":        {reason: "It runs no more.", vmi: "{phase: Succeeded, guestOSInfo: {prettyName: Debian}}"},
		"Long": {
			reason: "A name is no longer than one.", vmi: "{phase: Running, guestOSInfo: {prettyName: " + strings.Repeat("a", 500) + "}}", agent: v1alpha1.GuestAgentNotConnected,
			os: strings.Repeat("a", 80) + "...",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := Report(wukongWith(""), nil, nil, "", observed.Resources{
				plan.KeyVM:  {Object: observedtest.YAML("{status: {created: true, printableStatus: Running}}")},
				plan.KeyVMI: {Object: observedtest.YAML("{status: " + tc.vmi + "}")},
			})
			if s.GuestAgent != tc.agent || s.GuestOS != tc.os {
				t.Errorf("%s want %q and %q, got %q and %q", tc.reason, tc.agent, tc.os, s.GuestAgent, s.GuestOS)
			}
		})
	}
}
