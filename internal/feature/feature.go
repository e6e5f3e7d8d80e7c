// Package feature knows what the KubeVirt and the CDI of a cluster can do, by their versions and feature gates in the Input.
package feature

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

// A Gate is a feature gate of KubeVirt.
type Gate string

// The gates that something depends on.
const (
	// ExternalNetResourceInjection leaves it to somebody else to read NetworkAttachmentDefinitions, and to give pods the devices of their networks.
	ExternalNetResourceInjection Gate = "ExternalNetResourceInjection"

	// LiveUpdateNADRef attaches an interface of a virtual machine that runs to another NetworkAttachmentDefinition.
	LiveUpdateNADRef Gate = "LiveUpdateNADRef"

	// DeclarativeHotplugVolumes attaches and detaches the hotpluggable volumes of a virtual machine that runs.
	DeclarativeHotplugVolumes Gate = "DeclarativeHotplugVolumes"

	// HotplugVolumes attaches and detaches volumes on request alone. It switches DeclarativeHotplugVolumes off.
	HotplugVolumes Gate = "HotplugVolumes"

	// VGPULiveMigration migrates virtual machines with one mediated GPU.
	VGPULiveMigration Gate = "VGPULiveMigration"

	// IOMMUFD gives every pod a device for passing others to its guest.
	IOMMUFD Gate = "IOMMUFD"

	// ImageVolume makes media that are images of containers volumes of the pod, in place of a container for each.
	ImageVolume Gate = "ImageVolume"

	// CrossArchitectureVirtualization emulates CPUs of an architecture that the node does not have.
	CrossArchitectureVirtualization Gate = "CrossArchitectureVirtualization"
)

// The gates that something in the spec of an instance takes.
const (
	CPUManager      Gate = "CPUManager"
	DownwardMetrics Gate = "DownwardMetrics"
	HostDevices     Gate = "HostDevices"
	PanicDevices    Gate = "PanicDevices"

	// PersistentReservation is also on where the KubeVirt object says so elsewhere, and from 1.9 nowhere by default, though nobody can disable it
	// (PersistentReservationEnabled in pkg/virt-config/virt-config.go).
	PersistentReservation Gate = "PersistentReservation"

	RebootPolicy          Gate = "RebootPolicy"
	VSOCK                 Gate = "VSOCK"
	VideoConfig           Gate = "VideoConfig"
	WorkloadEncryptionSEV Gate = "WorkloadEncryptionSEV"
	WorkloadEncryptionTDX Gate = "WorkloadEncryptionTDX"
)

// A maturity has the versions of KubeVirt from which a gate is on.
type maturity struct {
	// byDefault is the version from which the gate is on unless it is disabled. Empty for none.
	byDefault v1beta1.Version

	// always is the version from which nobody can disable the gate. Empty for none.
	always v1beta1.Version
}

// maturities are those of the gates (pkg/virt-config/featuregate in KubeVirt).
var maturities = map[Gate]maturity{
	ExternalNetResourceInjection:    {byDefault: "1.9"},
	LiveUpdateNADRef:                {always: "1.9"},
	DeclarativeHotplugVolumes:       {byDefault: "1.9"},
	HotplugVolumes:                  {},
	VGPULiveMigration:               {},
	IOMMUFD:                         {},
	ImageVolume:                     {byDefault: "1.9"},
	CrossArchitectureVirtualization: {},
	CPUManager:                      {},
	DownwardMetrics:                 {},
	HostDevices:                     {},
	PersistentReservation:           {},
	PanicDevices:                    {always: "1.9"},
	RebootPolicy:                    {byDefault: "1.9"},
	VSOCK:                           {},
	VideoConfig:                     {always: "1.9"},
	WorkloadEncryptionSEV:           {byDefault: "1.9"},
	WorkloadEncryptionTDX:           {},
}

// Gates returns the gates that something depends on.
func Gates() []Gate { return slices.Sorted(maps.Keys(maturities)) }

// The oldest versions that are supported.
const (
	oldestKubeVirt v1beta1.Version = "1.8"
	oldestCDI      v1beta1.Version = "1.64"
)

var (
	msgOldKubeVirt = message.New(message.Advice, "cluster-kubevirt-old",
		"KubeVirt {value} is older than {value}, the oldest version that is supported: ask the platform team to upgrade it")
	msgOldCDI = message.New(message.Advice, "cluster-cdi-old",
		"CDI {value} is older than {value}, the oldest version that is supported: ask the platform team to upgrade it")
)

// Enabled reports whether a gate is on, and whether the Input tells. Like KubeVirt (IsEnabled in pkg/virt-config/featuregate) it puts a gate that is
// enabled before one that is disabled, and neither before one that has no choice any more.
func Enabled(in *v1beta1.Input, g Gate) (on, known bool) {
	if in.Cluster == nil || in.Cluster.KubeVirt == nil {
		return false, false
	}
	k, m := in.Cluster.KubeVirt, maturities[g]
	switch {
	case isSince(k.Version, m.always), slices.Contains(k.FeatureGates, v1beta1.FeatureGate(g)):
		return true, true
	case slices.Contains(k.DisabledFeatureGates, v1beta1.FeatureGate(g)):
		// A version that is not known may ignore that.
		return false, k.Version != "" || m.always == ""
	}
	return isSince(k.Version, m.byDefault), k.Version != ""
}

// isSince reports whether a version is known, and is another one or newer.
func isSince(v, since v1beta1.Version) bool {
	return v != "" && since != "" && !IsOlder(v, since)
}

// Advice returns advice about versions that are not supported. Each sentence begins with the path of a field of the Input.
func Advice(in *v1beta1.Input) []string {
	var out []string
	if k := in.Cluster.KubeVirt; k != nil && IsOlder(k.Version, oldestKubeVirt) {
		out = append(out, "cluster.kubevirt.version: "+msgOldKubeVirt.With(k.Version, oldestKubeVirt))
	}
	if c := in.Cluster.CDI; c != nil && IsOlder(c.Version, oldestCDI) {
		out = append(out, "cluster.cdi.version: "+msgOldCDI.With(c.Version, oldestCDI))
	}
	return out
}

// IsOlder reports whether the minor release of a version is older than that of another one. One that is not known is not.
func IsOlder(a, b v1beta1.Version) bool {
	return a != "" && slices.Compare(minor(a), minor(b)) < 0
}

// minor returns the major and the minor number of a version.
func minor(v v1beta1.Version) []int {
	out := make([]int, 2)
	_, _ = fmt.Sscanf(strings.TrimPrefix(string(v), "v"), "%d.%d", &out[0], &out[1])
	return out
}

// PlugsVolumes reports whether KubeVirt is known to attach and detach the hotpluggable volumes of a virtual machine that runs, by what it says of itself
// (handleDeclarativeVolumeHotplug in pkg/virt-controller/watch/vm/vm.go).
func PlugsVolumes(in *v1beta1.Input) bool {
	declarative, _ := Enabled(in, DeclarativeHotplugVolumes)
	onRequest, known := Enabled(in, HotplugVolumes)
	return declarative && known && !onRequest
}
