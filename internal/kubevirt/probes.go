package kubevirt

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/validation"
)

// Fields with a probe.
const (
	fieldReadinessProbe = "readinessProbe"
	fieldLivenessProbe  = "livenessProbe"
)

// probes are what Kubernetes asks the guest to know whether it is ready, and alive.
//
// KubeVirt copies them to the pod when an instance starts, so that the kubelet asks the guest through the pod network, or runs virt-probe in the pod,
// which asks the guest's agent (WithReadinessProbe and WithLivelinessProbe in pkg/virt-controller/services/rendercontainer.go).
var probes = concern{
	apply:   applyProbes,
	facts:   probeFacts,
	advice:  probeAdvice,
	parts:   append(probeParts(fieldReadinessProbe), probeParts(fieldLivenessProbe)...),
	changes: probeChanges(),
}

var (
	msgProbeWithoutAgent = message.New(message.Advice, "vm-probe-without-agent",
		"the guest runs, and no QEMU guest agent in it is connected, without which this probe fails: install and start qemu-guest-agent there, or give "+
			"tcpSocket or httpGet")
	msgLivenessEarly = message.New(message.Advice, "vm-liveness-early",
		"a guest that does not answer within about {number} seconds of its start is stopped, though it may still be booting: give more, such as {number}")
	msgLivenessStays = message.New(message.Advice, "vm-liveness-stays-stopped",
		"Kubernetes stops a guest that is not alive, and with runStrategy {value} it may stay stopped: give Always, with which it starts again")
)

// probeFields are the fields of a probe that hold a value each. The values of some may be secrets.
var probeFields = []struct {
	name   string
	hidden bool
}{
	{name: "tcpSocket.port"},
	{name: "httpGet.port"},
	{name: "httpGet.path", hidden: true},
	{name: "httpGet.scheme"},
	{name: "httpGet.httpHeaders[].name", hidden: true},
	{name: "httpGet.httpHeaders[].value", hidden: true},
	{name: "exec.command", hidden: true},
	{name: "guestAgentPing"},
	{name: "initialDelaySeconds"},
	{name: "periodSeconds"},
	{name: "timeoutSeconds"},
	{name: "successThreshold"},
	{name: "failureThreshold"},
}

// probeParts returns the parts of a probe. One that comes or goes whole may have secrets in it.
func probeParts(name string) []part {
	path := pathTemplate + "." + name
	out := []part{
		{path: path, field: name, hidden: true},
		{path: path + ".httpGet", field: name + ".httpGet", hidden: true},
		{path: path + ".httpGet.httpHeaders", field: name + ".httpGet.httpHeaders", hidden: true},
		{path: path + ".httpGet.httpHeaders[]", field: name + ".httpGet.httpHeaders[]", hidden: true},
		{path: path + ".exec", field: name + ".exec", hidden: true},
	}
	for _, f := range probeFields {
		out = append(out, part{path: path + "." + f.name, field: name + "." + f.name, hidden: f.hidden})
	}
	return out
}

// probeChanges returns the effect of a change of each field.
func probeChanges() map[string]plan.Effect {
	out := map[string]plan.Effect{}
	for _, name := range []string{fieldReadinessProbe, fieldLivenessProbe} {
		for _, f := range probeFields {
			out[name+"."+f.name] = plan.EffectRestart
		}
	}
	return out
}

func applyProbes(vm *kubevirtv1.VirtualMachine, p params) {
	spec := &vm.Spec.Template.Spec
	spec.ReadinessProbe, spec.LivenessProbe = probeOf(p.wukong.Spec.ReadinessProbe), probeOf(p.wukong.Spec.LivenessProbe)
}

// probeOf returns a probe as KubeVirt writes it; nil for none. It has no host: the kubelet would call whichever the user names.
func probeOf(p *v1alpha1.Probe) *kubevirtv1.Probe {
	if p == nil {
		return nil
	}
	out := &kubevirtv1.Probe{
		InitialDelaySeconds: p.InitialDelaySeconds, PeriodSeconds: p.PeriodSeconds, TimeoutSeconds: p.TimeoutSeconds,
		SuccessThreshold: p.SuccessThreshold, FailureThreshold: p.FailureThreshold,
	}
	if s := p.TCPSocket; s != nil {
		out.TCPSocket = &corev1.TCPSocketAction{Port: intstr.FromInt32(s.Port)}
	}
	if g := p.HTTPGet; g != nil {
		out.HTTPGet = &corev1.HTTPGetAction{Port: intstr.FromInt32(g.Port), Path: g.Path, Scheme: corev1.URIScheme(g.Scheme)}
		for _, h := range g.HTTPHeaders {
			out.HTTPGet.HTTPHeaders = append(out.HTTPGet.HTTPHeaders, corev1.HTTPHeader{Name: h.Name, Value: h.Value})
		}
	}
	if e := p.Exec; e != nil {
		out.Exec = &corev1.ExecAction{}
		for _, a := range e.Command {
			out.Exec.Command = append(out.Exec.Command, string(a))
		}
	}
	if p.GuestAgentPing {
		out.GuestAgentPing = &kubevirtv1.GuestAgentPing{}
	}
	return out
}

// asGiven returns the probe of an instance as its virtual machine gives it. Where KubeVirt renders the pod it writes the command for the pod in place of
// that for the guest, in the instance as well (wrapExecProbeWithVirtProbe in pkg/virt-controller/services/rendercontainer.go).
func asGiven(p *kubevirtv1.Probe) *kubevirtv1.Probe {
	// virt-probe --domainName NAME --timeoutSeconds NUMBER --command PROGRAM -- ARGUMENTS
	const program, arguments = 6, 8
	if p == nil || p.Exec == nil || len(p.Exec.Command) < arguments || p.Exec.Command[0] != validation.PodProgram {
		return p
	}
	out := p.DeepCopy()
	out.Exec.Command = append([]string{p.Exec.Command[program]}, p.Exec.Command[arguments:]...)
	return out
}

func probeFacts(vm *kubevirtv1.VirtualMachine) string {
	if vm.Spec.Template == nil {
		return ""
	}
	var out []string
	if p := vm.Spec.Template.Spec.ReadinessProbe; p != nil {
		out = append(out, "ready by "+probeText(p))
	}
	if p := vm.Spec.Template.Spec.LivenessProbe; p != nil {
		out = append(out, "alive by "+probeText(p))
	}
	return strings.Join(out, ", ")
}

// probeText returns how a probe asks, without what may be a secret.
func probeText(p *kubevirtv1.Probe) string {
	switch {
	case p.TCPSocket != nil:
		return "tcpSocket of port " + p.TCPSocket.Port.String()
	case p.HTTPGet != nil:
		return "httpGet of port " + p.HTTPGet.Port.String()
	case p.Exec != nil:
		return "exec"
	default:
		return "guestAgentPing"
	}
}

func probeAdvice(p params) []string {
	s := &p.wukong.Spec
	out := append(agentAdvice(s.ReadinessProbe, fieldReadinessProbe, p.observed), agentAdvice(s.LivenessProbe, fieldLivenessProbe, p.observed)...)
	if s.LivenessProbe == nil {
		return out
	}
	path := field.NewPath("spec", fieldLivenessProbe)
	if n := graceOf(s.LivenessProbe); s.LivenessProbe.InitialDelaySeconds == 0 && n < usualBoot {
		out = append(out, at(path.Child("initialDelaySeconds"), msgLivenessEarly.With(n, usualBoot)))
	}
	switch strategy := RunStrategy(p.wukong); strategy {
	case kubevirtv1.RunStrategyAlways, kubevirtv1.RunStrategyHalted:
	default:
		out = append(out, at(path, msgLivenessStays.With(strategy)))
	}
	return out
}

// agentAdvice returns advice on a probe that takes a guest agent, where the guest runs without one.
func agentAdvice(p *v1alpha1.Probe, name string, rs observed.Resources) []string {
	if p == nil || p.Exec == nil && !p.GuestAgentPing {
		return nil
	}
	vmi, ok := instance(rs)
	if !ok || guestAgentOf(vmi) != v1alpha1.GuestAgentNotConnected {
		return nil
	}
	path := field.NewPath("spec", name, "guestAgentPing")
	if p.Exec != nil {
		path = field.NewPath("spec", name, "exec")
	}
	return []string{at(path, msgProbeWithoutAgent.String())}
}

const (
	// usualBoot is the number of seconds in which guests usually boot, the first time too.
	usualBoot = 300

	// launcherDelay is the number of seconds that KubeVirt adds to the delay of a probe (LibvirtStartupDelay in
	// pkg/virt-controller/services/template.go).
	launcherDelay = 10

	// probePeriod and probeFailures are KubeVirt's defaults (SetDefaults_Probe in api/core/v1/defaults.go).
	probePeriod, probeFailures = 10, 3
)

// graceOf returns the number of seconds in which a guest must answer a probe for the first time before it counts as failed.
func graceOf(p *v1alpha1.Probe) int64 {
	period, failures := int64(p.PeriodSeconds), int64(p.FailureThreshold)
	if period == 0 {
		period = probePeriod
	}
	if failures == 0 {
		failures = probeFailures
	}
	return launcherDelay + int64(p.InitialDelaySeconds) + (failures-1)*period
}

// conditionContainersNotReady is the reason of the condition Ready while a container of the pod is not ready, as the kubelet gives it to the pod and
// KubeVirt to the instance and the virtual machine (syncReadyConditionFromPod in pkg/virt-controller/watch/vmi/lifecycle.go).
const conditionContainersNotReady = "ContainersNotReady"

// unready returns the outcome of a virtual machine that runs and does not pass its readinessProbe. It returns false for any other one.
func unready(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus, rs observed.Resources) (outcome, bool) {
	c := condition(vm, kubevirtv1.VirtualMachineReady)
	if c == nil || c.Status != corev1.ConditionFalse || c.Reason != conditionContainersNotReady {
		return outcome{}, false
	}
	probe := runningProbe(w, rs)
	if probe == nil {
		return outcome{}, false
	}
	return outcome{phase: v1alpha1.PhaseRunning, reason: reasonNotReady, message: msgNotReady.With(probeText(probe))}, true
}

// runningProbe returns the readinessProbe that the instance was started with, else that of the Wukong. Nil for none.
func runningProbe(w *v1alpha1.Wukong, rs observed.Resources) *kubevirtv1.Probe {
	if vmi, known := wholeInstance(rs); known {
		return vmi.Spec.ReadinessProbe
	}
	return probeOf(w.Spec.ReadinessProbe)
}
