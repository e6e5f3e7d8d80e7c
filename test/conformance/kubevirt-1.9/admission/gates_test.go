package admission

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
	"kubevirt.io/kubevirt/pkg/virt-config/featuregate"
)

// gates are KubeVirt's own answers whether a feature gate is on.
var gates = map[string]func(*virtconfig.ClusterConfig) bool{
	"DeclarativeHotplugVolumes":    (*virtconfig.ClusterConfig).DeclarativeHotplugVolumesEnabled,
	"ExternalNetResourceInjection": (*virtconfig.ClusterConfig).ExternalNetResourceInjectionEnabled,
	"ImageVolume":                  (*virtconfig.ClusterConfig).ImageVolumeEnabled,
	"HotplugVolumes":               (*virtconfig.ClusterConfig).HotplugVolumesEnabled,
	"CPUManager":                   (*virtconfig.ClusterConfig).CPUManagerEnabled,
	"HostDevices":                  (*virtconfig.ClusterConfig).HostDevicesPassthroughEnabled,
	"PersistentReservation":        (*virtconfig.ClusterConfig).PersistentReservationEnabled,
	"DownwardMetrics":              (*virtconfig.ClusterConfig).DownwardMetricsEnabled,
	"RebootPolicy":                 (*virtconfig.ClusterConfig).RebootPolicyEnabled,
	"VSOCK":                        (*virtconfig.ClusterConfig).VSOCKEnabled,
	"WorkloadEncryptionSEV":        (*virtconfig.ClusterConfig).WorkloadEncryptionSEVEnabled,
	"WorkloadEncryptionTDX":        (*virtconfig.ClusterConfig).WorkloadEncryptionTDXEnabled,
	"PanicDevices": func(c *virtconfig.ClusterConfig) bool {
		if asked, ok := any(c).(interface{ PanicDevicesEnabled() bool }); ok {
			return asked.PanicDevicesEnabled()
		}
		return featuregate.FeatureGateInfo(featuregate.PanicDevicesGate).State == featuregate.GA
	},
	"VideoConfig": func(c *virtconfig.ClusterConfig) bool {
		if asked, ok := any(c).(interface{ VideoConfigEnabled() bool }); ok {
			return asked.VideoConfigEnabled()
		}
		return featuregate.FeatureGateInfo(featuregate.VideoConfig).State == featuregate.GA
	},
	"CrossArchitectureVirtualization": func(c *virtconfig.ClusterConfig) bool {
		asked, ok := any(c).(interface{ CrossArchitectureVirtualizationEnabled() bool })
		return ok && asked.CrossArchitectureVirtualizationEnabled()
	},
	"IOMMUFD": func(c *virtconfig.ClusterConfig) bool {
		asked, ok := any(c).(interface{ IOMMUFDEnabled() bool })
		return ok && asked.IOMMUFDEnabled()
	},
	"LiveUpdateNADRef": func(c *virtconfig.ClusterConfig) bool {
		if asked, ok := any(c).(interface{ LiveUpdateNADRefEnabled() bool }); ok {
			return asked.LiveUpdateNADRefEnabled()
		}
		// Nothing in KubeVirt asks any more, once nobody can disable it.
		return featuregate.FeatureGateInfo(featuregate.LiveUpdateNADRef).State == featuregate.GA
	},
	"VGPULiveMigration": func(c *virtconfig.ClusterConfig) bool {
		asked, ok := any(c).(interface{ VGPULiveMigrationEnabled() bool })
		return ok && asked.VGPULiveMigrationEnabled()
	},
}

// TestGates shows that the function knows which of its feature gates this KubeVirt has on by default.
func TestGates(t *testing.T) {
	version, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "kubevirt.io/kubevirt").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./test/conformance/rendered", "--gates="+strings.TrimSpace(string(version)))
	cmd.Dir, cmd.Stderr, cmd.Env = "../../../..", os.Stderr, append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]bool{}, map[string]bool{}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("want gates, got %s: %v", out, err)
	}
	config := defaultConfig()
	for gate, isEnabled := range gates {
		want[gate] = isEnabled(config)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("KubeVirt %s: -want, +got:\n%s", version, diff)
	}
}
