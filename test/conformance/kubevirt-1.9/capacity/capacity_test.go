package capacity

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"kubevirt.io/kubevirt/pkg/defaults"
	instancetype "kubevirt.io/kubevirt/pkg/instancetype/apply"
	"kubevirt.io/kubevirt/pkg/testutils"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
)

var (
	count = flag.Int("count", 2000, "number of Wukongs to check")
	seed  = flag.Int("seed", 1, "seed of the first Wukong; a failure names that of its Wukong")
)

// wukongs are the random Wukongs of all tests.
var wukongs []wukong

// A wukong is a Wukong in a cluster, with what a check says of it. The program rendered prints it.
type wukong struct {
	Spec      map[string]any             `json:"spec"`
	Manifests map[string]json.RawMessage `json:"manifests"`

	// Cluster is what the Input says of it.
	Cluster struct {
		KubeVirt struct {
			FeatureGates                       []string                    `json:"featureGates"`
			DisabledFeatureGates               []string                    `json:"disabledFeatureGates"`
			EvictionStrategy                   kubevirtv1.EvictionStrategy `json:"evictionStrategy"`
			CPUAllocationRatio                 int                         `json:"cpuAllocationRatio"`
			MemoryOvercommit                   int                         `json:"memoryOvercommit"`
			AdditionalGuestMemoryOverheadRatio string                      `json:"additionalGuestMemoryOverheadRatio"`
			CPURequest                         string                      `json:"cpuRequest"`
			UseEmulation                       bool                        `json:"useEmulation"`
			DisableSerialConsoleLog            bool                        `json:"disableSerialConsoleLog"`
			VMStateStorageClass                string                      `json:"vmStateStorageClass"`
		} `json:"kubevirt"`
	} `json:"cluster"`

	Instancetype *instancetypev1.VirtualMachineInstancetypeSpec `json:"instancetype"`
	Preference   *instancetypev1.VirtualMachinePreferenceSpec   `json:"preference"`
	Claims       map[string][]corev1.PersistentVolumeAccessMode `json:"claims"`
	Architecture string                                         `json:"architecture"`
	Quotas       []*corev1.ResourceQuota                        `json:"quotas"`
	Namespace    *corev1.Namespace                              `json:"namespace"`
	Classes      []*storagev1.StorageClass                      `json:"classes"`
	Profiles     []*cdiv1.StorageProfile                        `json:"profiles"`
	Headroom     struct {
		Migration  corev1.ResourceList `json:"migration"`
		Attachment corev1.ResourceList `json:"attachment"`
	} `json:"headroom"`
	Findings []string `json:"findings"`
	Checked  struct {
		Running    bool                         `json:"running"`
		Requests   corev1.ResourceList          `json:"requests"`
		Limits     corev1.ResourceList          `json:"limits"`
		Attachment *corev1.ResourceRequirements `json:"attachment"`
		State      *struct {
			Class       string                              `json:"class"`
			AccessModes []corev1.PersistentVolumeAccessMode `json:"accessModes"`
		} `json:"state"`
		Drain struct {
			Verdict, Best, Worst string
			Reasons              []struct {
				ID, Field, Message string
				Unknown            bool
			}
		} `json:"drain"`
	} `json:"checked"`
}

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	if wukongs, err = check(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot check Wukongs:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// check checks random Wukongs. It runs in the function's own module, whose dependencies conflict with KubeVirt's.
func check() ([]wukong, error) {
	version, err := exec.CommandContext(context.Background(), "go", "list", "-m", "-f", "{{.Version}}", "kubevirt.io/kubevirt").Output()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), "go", "run", "./test/conformance/rendered",
		"--capacity="+strings.TrimSpace(string(version)), fmt.Sprintf("--count=%d", *count), fmt.Sprintf("--seed=%d", *seed))
	cmd.Dir, cmd.Stderr, cmd.Env = "../../../..", os.Stderr, append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var checked []wukong
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var w wukong
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			return nil, err
		}
		checked = append(checked, w)
	}
	return checked, lines.Err()
}

// describe returns a Wukong for the message of a failed test.
func (w wukong) describe(i int) string {
	described, err := json.Marshal(map[string]any{
		"spec": w.Spec, "cluster": w.Cluster, "instancetype": w.Instancetype, "preference": w.Preference, "claims": w.Claims, "quotas": w.Quotas,
	})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("-seed=%d\n%s", *seed+i, described)
}

// configuration returns the configuration of the cluster's KubeVirt.
func (w wukong) configuration(t *testing.T, permitted *kubevirtv1.PermittedHostDevices) *kubevirtv1.KubeVirtConfiguration {
	t.Helper()
	k := w.Cluster.KubeVirt
	c := &kubevirtv1.KubeVirtConfiguration{
		DeveloperConfiguration: &kubevirtv1.DeveloperConfiguration{
			FeatureGates: k.FeatureGates, DisabledFeatureGates: k.DisabledFeatureGates,
			CPUAllocationRatio: k.CPUAllocationRatio, MemoryOvercommit: k.MemoryOvercommit, UseEmulation: k.UseEmulation,
		},
		PermittedHostDevices: permitted,
	}
	if k.EvictionStrategy != "" {
		c.EvictionStrategy = &k.EvictionStrategy
	}
	if k.AdditionalGuestMemoryOverheadRatio != "" {
		c.AdditionalGuestMemoryOverheadRatio = &k.AdditionalGuestMemoryOverheadRatio
	}
	if k.CPURequest != "" {
		q := quantity(t, k.CPURequest)
		c.CPURequest = &q
	}
	c.VMStateStorageClass = k.VMStateStorageClass
	if k.DisableSerialConsoleLog {
		c.VirtualMachineOptions = &kubevirtv1.VirtualMachineOptions{DisableSerialConsoleLog: &kubevirtv1.DisableSerialConsoleLog{}}
	}
	return c
}

// config returns it, as KubeVirt's components read it.
func (w wukong) config(t *testing.T) *virtconfig.ClusterConfig {
	t.Helper()
	architecture := w.Architecture
	if architecture == "" {
		architecture = "amd64"
	}
	// KubeVirt merges what is given with its defaults.
	config, _, _ := testutils.NewFakeClusterConfigUsingKVWithCPUArch(&kubevirtv1.KubeVirt{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kubevirt", Name: "kubevirt"},
		Spec:       kubevirtv1.KubeVirtSpec{Configuration: *w.configuration(t, nil)},
		Status:     kubevirtv1.KubeVirtStatus{Phase: kubevirtv1.KubeVirtPhaseDeployed, DefaultArchitecture: architecture},
	}, architecture)
	return config
}

// instance returns the instance that the virtual machine starts, as KubeVirt completes it.
func (w wukong) instance(t *testing.T, config *virtconfig.ClusterConfig) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vm := &kubevirtv1.VirtualMachine{}
	if err := json.Unmarshal(w.Manifests["vm"], vm); err != nil {
		t.Fatal(err)
	}
	vmi := &kubevirtv1.VirtualMachineInstance{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: "VirtualMachineInstance"},
		ObjectMeta: metav1.ObjectMeta{Name: vm.Name, Namespace: vm.Namespace, UID: "1", OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(vm, kubevirtv1.VirtualMachineGroupVersionKind)}, Labels: vm.Spec.Template.ObjectMeta.Labels, Annotations: vm.Spec.Template.ObjectMeta.Annotations},
		Spec:       vm.Spec.Template.Spec,
	}
	if conflicts := instancetype.NewVMIApplier().ApplyToVMI(field.NewPath("spec"), w.Instancetype, w.Preference, &vmi.Spec, &vmi.ObjectMeta); len(conflicts) > 0 {
		t.Fatalf("KubeVirt refuses the instance type: %s", conflicts.String())
	}
	if err := defaults.SetDefaultVirtualMachineInstance(config, vmi); err != nil {
		t.Fatal(err)
	}
	return vmi
}
