package kubevirt

import (
	"fmt"
	"slices"
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/template"
)

// A Verdict is what a drain of its node does to a virtual machine.
type Verdict string

// The verdicts, from the best to the worst.
const (
	// VerdictNotRunning says that there is nothing to drain.
	VerdictNotRunning Verdict = "NotRunning"

	// VerdictMigrates moves the guest to another node while it runs.
	VerdictMigrates Verdict = "MigratesLive"

	// VerdictRestarts shuts the guest down, and starts it on another node.
	VerdictRestarts Verdict = "StartsElsewhere"

	// VerdictStaysDown shuts the guest down. Somebody has to start it.
	VerdictStaysDown Verdict = "StaysDown"

	// VerdictExternal leaves it to a controller that is not KubeVirt's. The drain waits for that.
	VerdictExternal Verdict = "WaitsForController"

	// VerdictBlocks makes the drain wait for ever.
	VerdictBlocks Verdict = "BlocksDrain"
)

// Verdicts returns all verdicts, from the best to the worst.
func Verdicts() []Verdict {
	return []Verdict{VerdictNotRunning, VerdictMigrates, VerdictRestarts, VerdictStaysDown, VerdictExternal, VerdictBlocks}
}

// A Reason is why a drain does to a virtual machine what it does.
type Reason struct {
	// Field is the path of the field that the reason is about, such as spec.disks[0].accessModes.
	Field string `json:"field"`

	// ID of the message.
	ID string `json:"id"`

	// Message says the reason.
	Message string `json:"message"`

	// Unknown reports that the reason holds only if what is not known turns out so. The message says how to find out.
	Unknown bool `json:"unknown,omitempty"`
}

// NewReason returns a reason about a field.
func NewReason(field string, m message.Message, values ...any) Reason {
	return Reason{Field: field, ID: m.ID, Message: m.With(values...)}
}

// Reasons why a guest cannot migrate, or is shut down.
var (
	msgDrainGPU = message.New(message.Finding, "drain-gpu", "KubeVirt does not migrate a virtual machine with GPUs or other devices of its node")
	msgDrainMDE = message.New(message.Finding, "drain-gpu-unknown", "by its feature gate VGPULiveMigration KubeVirt migrates one GPU if it is among the "+
		"mediatedDevices of its permittedHostDevices: kubectl get kubevirt -A -o yaml tells")
	msgDrainReservation = message.New(message.Finding, "drain-reservation", "before version 1.9 KubeVirt does not migrate a virtual machine with SCSI persistent "+
		"reservations")
	msgDrainReservationUnknown = message.New(message.Finding, "drain-reservation-unknown", "KubeVirt migrates a virtual machine with SCSI persistent "+
		"reservations from version 1.9, and the Input does not tell the version (cluster.kubevirt.version)")
	msgDrainEncrypted = message.New(message.Finding, "drain-encrypted-memory", "KubeVirt does not migrate a virtual machine whose memory is encrypted by "+
		"{value}, which its template, its instance type or its preference asks for")
	msgDrainStrategy = message.New(message.Finding, "drain-strategy", "by the eviction strategy {value} the drain shuts the guest down: "+
		"LiveMigrate or LiveMigrateIfPossible move it while it runs")
	msgDrainNotRestarted = message.New(message.Finding, "drain-not-restarted", "with the run strategy {value} KubeVirt does not start the guest again once it is "+
		"shut down: start it by hand, or give Always")
	msgDrainRerun = message.New(message.Finding, "drain-rerun-on-failure", "with the run strategy RerunOnFailure a guest that obeys and shuts down is not started "+
		"again: start it by hand, or give Always")
	msgDrainExternal = message.New(message.Finding, "drain-external", "by the eviction strategy External KubeVirt only marks the instance, and the drain waits "+
		"until another controller moves it")
)

// Paths of fields in reasons.
const (
	fieldGPUs             = "spec.gpus"
	fieldHostDevices      = "spec.hostDevices"
	fieldInstancetype     = "spec.instancetype"
	fieldPreference       = "spec.preference"
	fieldOfTemplate       = "spec." + fieldTemplate
	fieldEvictionStrategy = "spec.highAvailability.evictionStrategy"
)

// Obstacles returns what keeps KubeVirt from migrating an instance that Expand returned, beside its volumes (calculateLiveMigrationCondition in
// pkg/virt-handler/vm.go). The pod network is no obstacle, as it is masqueraded (VerifyVMIMigratable in pkg/network/vmispec), and other networks
// are none.
func Obstacles(w *v1alpha1.Wukong, vmi *kubevirtv1.VirtualMachineInstance, in *v1beta1.Input) []Reason {
	var out []Reason
	devices := vmi.Spec.Domain.Devices
	gpuField, deviceField := fieldGPUs, fieldHostDevices
	if len(w.Spec.GPUs) == 0 {
		gpuField = fieldInstancetype
	}
	if len(w.Spec.HostDevices) == 0 {
		deviceField = fieldInstancetype
	}
	switch migrates, known := migratesGPUs(len(devices.GPUs), in); {
	case len(devices.HostDevices) > 0:
		out = append(out, NewReason(deviceField, msgDrainGPU))
	case !known:
		r := NewReason(gpuField, msgDrainMDE)
		r.Unknown = true
		out = append(out, r)
	case !migrates:
		out = append(out, NewReason(gpuField, msgDrainGPU))
	}
	if i := reservedLUN(w); i >= 0 {
		switch migrates, known := migratesReservations(in); {
		case !known:
			r := NewReason(reservationField(i), msgDrainReservationUnknown)
			r.Unknown = true
			out = append(out, r)
		case !migrates:
			out = append(out, NewReason(reservationField(i), msgDrainReservation))
		}
	}
	if kind := encryption(&vmi.Spec); kind != "" {
		out = append(out, NewReason(encryptedBy(w), msgDrainEncrypted, kind))
	}
	return out
}

// encryptedBy returns the field by which the memory of a guest is encrypted.
func encryptedBy(w *v1alpha1.Wukong) string {
	own, _ := template.Parse(w.Spec.Template, nil)
	for name := range own {
		if strings.HasPrefix(name, "domain.launchSecurity.") {
			return fieldOfTemplate
		}
	}
	switch {
	case w.Spec.Instancetype != nil:
		return fieldInstancetype
	case w.Spec.Preference != nil:
		return fieldPreference
	default:
		return fieldOfTemplate
	}
}

// migratesGPUs reports whether KubeVirt migrates a virtual machine with a number of GPUs, and whether that is known: KubeVirt 1.9 migrates one that
// is a mediated device by its feature gate VGPULiveMigration (vmiContainsNonMigratablePCIHostDevices in pkg/virt-handler/vm.go).
func migratesGPUs(n int, in *v1beta1.Input) (migrates, known bool) {
	if n == 0 {
		return true, true
	}
	on, _ := feature.Enabled(in, feature.VGPULiveMigration)
	return false, n > 1 || !on || feature.IsOlder(in.Cluster.KubeVirt.Version, "1.9")
}

// migratesReservations reports whether KubeVirt migrates a virtual machine with SCSI persistent reservations, and whether that is known: it does from
// version 1.9 (calculateLiveMigrationCondition in pkg/virt-handler/vm.go).
func migratesReservations(in *v1beta1.Input) (migrates, known bool) {
	if in.Cluster.KubeVirt == nil || in.Cluster.KubeVirt.Version == "" {
		return false, false
	}
	return !feature.IsOlder(in.Cluster.KubeVirt.Version, "1.9"), true
}

// reservedLUN returns the index of the first disk with SCSI persistent reservations; -1 for none. No instance type and no preference gives some.
func reservedLUN(w *v1alpha1.Wukong) int {
	return slices.IndexFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool { return d.Reservation })
}

// reservationField returns the path of the field by which a disk has reservations.
func reservationField(index int) string { return fmt.Sprintf("spec.disks[%d].reservation", index) }

// encryption returns what encrypts the memory of an instance so that it cannot migrate; empty for none.
func encryption(spec *kubevirtv1.VirtualMachineInstanceSpec) string {
	l := spec.Domain.LaunchSecurity
	switch {
	case l == nil:
		return ""
	case isSEV(spec):
		return "SEV"
	case l.TDX != nil:
		return "TDX"
	case spec.Architecture == "s390x":
		return "Secure Execution"
	}
	return ""
}

// A Drain is what a drain of its node does to a virtual machine.
type Drain struct {
	// Verdict is the best that can happen.
	Verdict Verdict

	// Worst is the worst that can happen. It differs from Verdict where something is not known.
	Worst Verdict

	// Reasons of all but the best verdicts.
	Reasons []Reason
}

// Known reports whether the verdict is known.
func (d Drain) Known() bool { return d.Verdict == d.Worst }

// NewDrain returns what a drain does to the virtual machine of a complete Wukong. Obstacles keep it from migrating. Confined is why no other node can run
// it; nil where one can.
//
// KubeVirt's webhook lets the pod of an instance be evicted only where it does not migrate it (admitLauncherPod in
// pkg/virt-api/webhooks/validating-webhook/admitters/pod-eviction-admitter.go), and looks at what KubeVirt says of the instance alone: it waits for a
// migration that finds no node, too.
func NewDrain(w *v1alpha1.Wukong, in *v1beta1.Input, obstacles []Reason, confined *Reason) Drain {
	if RunStrategy(w) == kubevirtv1.RunStrategyHalted {
		return Drain{Verdict: VerdictNotRunning, Worst: VerdictNotRunning}
	}
	down, whyDown := shutdownVerdict(w, confined)
	switch strategy := EvictionStrategy(w, in); strategy {
	case kubevirtv1.EvictionStrategyLiveMigrate:
		down, whyDown = VerdictBlocks, nil
	case kubevirtv1.EvictionStrategyLiveMigrateIfPossible:
	case kubevirtv1.EvictionStrategyExternal:
		return Drain{Verdict: VerdictExternal, Worst: VerdictExternal, Reasons: []Reason{NewReason(fieldEvictionStrategy, msgDrainExternal)}}
	default:
		return Drain{Verdict: down, Worst: down, Reasons: append([]Reason{NewReason(fieldEvictionStrategy, msgDrainStrategy, strategy)}, whyDown...)}
	}

	moved, whyNotMoved := VerdictMigrates, slices.Clone(obstacles)
	if confined != nil {
		moved, whyNotMoved = VerdictBlocks, append(whyNotMoved, *confined)
	}
	switch certain, possible := certainty(obstacles); {
	case certain:
		return Drain{Verdict: down, Worst: down, Reasons: append(whyNotMoved, whyDown...)}
	case possible:
		best, worst := ordered(moved, down)
		return Drain{Verdict: best, Worst: worst, Reasons: append(whyNotMoved, whyDown...)}
	}
	return Drain{Verdict: moved, Worst: moved, Reasons: whyNotMoved}
}

// certainty reports whether one of the reasons holds for certain, and whether one may.
func certainty(reasons []Reason) (certain, possible bool) {
	for _, r := range reasons {
		certain, possible = certain || !r.Unknown, possible || r.Unknown
	}
	return certain, possible
}

// shutdownVerdict returns what becomes of a guest that a drain shuts down (syncRunStrategy in pkg/virt-controller/watch/vm/vm.go).
func shutdownVerdict(w *v1alpha1.Wukong, confined *Reason) (Verdict, []Reason) {
	strategy := RunStrategy(w)
	switch strategy {
	case kubevirtv1.RunStrategyAlways:
		if confined != nil {
			return VerdictStaysDown, []Reason{*confined}
		}
		return VerdictRestarts, nil
	case kubevirtv1.RunStrategyRerunOnFailure:
		return VerdictStaysDown, []Reason{NewReason(runStrategyField(w), msgDrainRerun)}
	default:
		return VerdictStaysDown, []Reason{NewReason(runStrategyField(w), msgDrainNotRestarted, strategy)}
	}
}

// runStrategyField returns the path of the field that gives the run strategy.
func runStrategyField(w *v1alpha1.Wukong) string {
	if s := w.Spec.StartStrategy; s != nil && s.RunStrategy != "" {
		return "spec.startStrategy.runStrategy"
	}
	return "spec.highAvailability.restartPolicy"
}

// ordered returns two verdicts, the better one first.
func ordered(a, b Verdict) (best, worst Verdict) {
	verdicts := Verdicts()
	if slices.Index(verdicts, b) < slices.Index(verdicts, a) {
		return b, a
	}
	return a, b
}

// String returns the reason as a message about a field.
func (r Reason) String() string { return fmt.Sprintf("%s: %s", r.Field, r.Message) }
