//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// What a Wukong says of an edit, beside the fields that wait for a restart.
const (
	// kubeVirtSays is said in KubeVirt's own words, where a value was taken away that KubeVirt may have a default for.
	kubeVirtSays = "a non-live-updatable field was changed in the template spec: virtctl restart "

	// networksMove is said of an interface that KubeVirt adds, attaches elsewhere or unplugs by migration.
	networksMove = "a change of the networks waits until the virtual machine moves to another node or restarts"
)

// A rollout is an edit of a virtual machine that runs.
type rollout struct {
	name string

	// from is what the virtual machine starts with. Nil for two CPUs, 4Gi and a disk.
	from Edit

	// earlier is an edit that requires a restart, before the one that is tried. Nil for none.
	earlier Edit

	to Edit

	// waits are the fields that wait for a restart, as the Wukong names them.
	waits string

	// says is how the condition RestartRequired begins where it names no field. Empty for none.
	says string
}

// lan returns an edit that adds a network on a bridge, with changes.
func lan(name v1alpha1.Label, changes ...func(*v1alpha1.Network)) Edit {
	return func(w *v1alpha1.Wukong) {
		n := v1alpha1.Network{Name: name, Type: v1alpha1.NetworkTypeBridge, MACAddress: "02:00:5e:10:00:01"}
		if name != "lan" {
			n.MACAddress = ""
		}
		for _, change := range changes {
			change(&n)
		}
		w.Spec.Networks = append(w.Spec.Networks, n)
	}
}

// editLAN changes the first network.
func editLAN(change func(*v1alpha1.Network)) Edit {
	return func(w *v1alpha1.Wukong) { change(&w.Spec.Networks[0]) }
}

func otherMAC(n *v1alpha1.Network) { n.MACAddress = "02:00:5e:10:00:99" }

func withMemory(size string) Edit { return func(w *v1alpha1.Wukong) { w.Spec.Memory = quantity(size) } }

func withSSHKeys(secret v1alpha1.CredentialSecretName) Edit {
	return func(w *v1alpha1.Wukong) { w.Spec.SSHKeySecret = secret }
}

// placed changes where the virtual machine may run.
func placed(change func(*v1alpha1.HighAvailability)) Edit {
	return func(w *v1alpha1.Wukong) {
		if w.Spec.HighAvailability == nil {
			w.Spec.HighAvailability = &v1alpha1.HighAvailability{}
		}
		change(w.Spec.HighAvailability)
	}
}

func onNode(label v1alpha1.LabelValue) Edit {
	return placed(func(ha *v1alpha1.HighAvailability) {
		ha.NodeSelector = nil
		if label != "" {
			ha.NodeSelector = map[string]v1alpha1.LabelValue{"kubernetes.io/os": label}
		}
	})
}

func tolerating(keys ...v1alpha1.QualifiedName) Edit {
	return placed(func(ha *v1alpha1.HighAvailability) {
		ha.Tolerations = nil
		for _, key := range keys {
			ha.Tolerations = append(ha.Tolerations, v1alpha1.Toleration{Key: key, Operator: "Exists"})
		}
	})
}

func inGroup(group v1alpha1.OptionalLabel) Edit {
	return placed(func(ha *v1alpha1.HighAvailability) { ha.AntiAffinity, ha.AntiAffinityGroup = group != "", group })
}

func evicted(strategy kubevirtv1.EvictionStrategy) Edit {
	return placed(func(ha *v1alpha1.HighAvailability) {
		ha.EvictionStrategy = nil
		if strategy != "" {
			ha.EvictionStrategy = &strategy
		}
	})
}

func withFirmware(f *v1alpha1.Firmware) Edit { return func(w *v1alpha1.Wukong) { w.Spec.Firmware = f } }

func withPodNetwork(on bool) Edit { return func(w *v1alpha1.Wukong) { w.Spec.PodNetwork = &on } }

// rollouts are the edits that are tried.
func rollouts() []rollout {
	efi, secure := &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI}, &v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderEFI, SecureBoot: true}
	gpu := func(w *v1alpha1.Wukong) {
		w.Spec.GPUs = []v1alpha1.Device{{Name: "gpu", DeviceName: "nvidia.com/GA102GL_A10"}}
	}
	user := func(secret v1alpha1.CredentialSecretName) Edit {
		return func(w *v1alpha1.Wukong) {
			w.Spec.CloudInitUser = &v1alpha1.CloudInitUser{Name: "ops"}
			if secret != "" {
				w.Spec.CloudInitUser.PasswordSecretRef = &v1alpha1.CredentialSecretReference{Name: secret}
			}
		}
	}
	data := func(w *v1alpha1.Wukong) {
		w.Spec.CloudInit = &v1alpha1.CloudInit{UserDataSecretRef: &v1alpha1.SecretReference{Name: "own-data"}}
	}
	two := withDisks(emptyDisk("system"), emptyDisk("data"))
	boots := func(name v1alpha1.Label) Edit {
		return func(w *v1alpha1.Wukong) {
			for i := range w.Spec.Disks {
				w.Spec.Disks[i].Boot = w.Spec.Disks[i].Name == name
			}
		}
	}
	onBus := func(bus string) func(*v1alpha1.Disk) { return func(d *v1alpha1.Disk) { d.Bus = bus } }
	attached := func(nad string) func(*v1alpha1.Network) { return func(n *v1alpha1.Network) { n.NADName = nad } }
	sriov := func(n *v1alpha1.Network) { n.Type, n.NADName = v1alpha1.NetworkTypeSRIOV, "lan-a" }

	return []rollout{
		{name: "more-cpus", to: withCPUs(4)},
		{name: "as-many-cpus-as-possible", to: withCPUs(8)},
		{name: "too-many-cpus", to: withCPUs(9), waits: "cpu"},
		{name: "fewer-cpus", to: withCPUs(1), waits: "cpu"},
		{name: "more-memory", to: withMemory("8Gi")},
		{name: "as-much-memory-as-possible", to: withMemory("16Gi")},
		{name: "too-much-memory", to: withMemory("17Gi"), waits: "memory"},
		{name: "less-memory", to: withMemory("2Gi"), waits: "memory"},
		{name: "odd-memory", to: withMemory("5001Mi"), waits: "memory"},
		{name: "small-memory", from: withMemory("512Mi"), to: withMemory("1Gi"), waits: "memory"},
		{name: "more-of-both", to: combine(withCPUs(3), withMemory("6Gi"))},
		{name: "more-cpus-less-memory", to: combine(withCPUs(4), withMemory("2Gi")), waits: "memory"},
		{name: "fewer-cpus-more-memory", to: combine(withCPUs(1), withMemory("8Gi")), waits: "cpu"},

		{name: "node", to: onNode("linux")},
		{name: "other-node", from: onNode("linux"), to: onNode("windows")},
		{name: "any-node", from: onNode("linux"), to: onNode("")},
		{name: "toleration", to: tolerating("a")},
		{name: "other-tolerations", from: tolerating("a"), to: tolerating("b", "a")},
		{name: "no-toleration", from: tolerating("a"), to: tolerating()},
		{name: "group", to: inGroup("db")},
		{name: "other-group", from: inGroup("db"), to: inGroup("web")},
		{name: "no-group", from: inGroup("db"), to: inGroup("")},
		{name: "eviction", to: evicted(kubevirtv1.EvictionStrategyLiveMigrate), waits: "highAvailability.evictionStrategy"},
		{name: "other-eviction", from: evicted("LiveMigrate"), to: evicted("None"), waits: "highAvailability.evictionStrategy"},
		{name: "no-eviction", from: evicted("LiveMigrate"), to: evicted(""), says: kubeVirtSays},
		{name: "fewer-cpus-node", to: combine(withCPUs(1), onNode("linux")), waits: "cpu"},

		{name: "new-network", to: lan("lan"), says: networksMove},
		{name: "new-networks", to: combine(lan("lan"), lan("backup")), says: networksMove},
		{name: "no-network", from: lan("lan"), to: func(w *v1alpha1.Wukong) { w.Spec.Networks = nil }, says: networksMove},
		{name: "renamed-network", from: lan("lan"), to: editLAN(func(n *v1alpha1.Network) { n.Name = "wan" }), waits: "networks[lan]"},
		{name: "mac", from: lan("lan"), to: editLAN(otherMAC), waits: "networks[lan].macAddress"},
		{name: "attachment", from: lan("lan", attached("lan-a")), to: editLAN(attached("lan-b")), says: networksMove},
		{name: "binding", from: lan("lan", attached("lan-a")), to: editLAN(sriov), waits: "networks[lan].type"},
		{name: "mac-new-network", from: lan("lan"), to: combine(editLAN(otherMAC), lan("backup")), waits: "networks[lan].macAddress"},
		{name: "other-order", from: combine(lan("lan"), lan("backup")), to: func(w *v1alpha1.Wukong) { slices.Reverse(w.Spec.Networks) }},
		{name: "no-pod-network", from: lan("lan"), to: withPodNetwork(false), waits: "podNetwork"},
		{name: "pod-network", from: combine(lan("lan"), withPodNetwork(false)), to: withPodNetwork(true), waits: "podNetwork"},

		{name: "new-disk", to: two, waits: "disks[data]"},
		{name: "no-disk", from: two, to: withDisks(emptyDisk("system")), waits: "disks[data]"},
		{name: "bus", to: editDisk("system", onBus("scsi")), waits: "disks[system].bus"},
		{name: "boot", from: combine(two, boots("system")), to: boots("data"), waits: "disks[data].boot"},
		{name: "disk-order", from: two, to: func(w *v1alpha1.Wukong) { slices.Reverse(w.Spec.Disks) }},
		{
			name: "claim", from: withDisks(emptyDisk("system"), claimDisk("data", "archive-a")), waits: "disks[data].claimName",
			to: withDisks(emptyDisk("system"), claimDisk("data", "archive-b")),
		},

		{name: "gpu", to: gpu, waits: "gpus[gpu]"},
		{name: "efi", to: withFirmware(efi), waits: "firmware.bootloader"},
		{name: "secure-boot", from: withFirmware(efi), to: withFirmware(secure), waits: "firmware.secureBoot"},
		{name: "bios", from: withFirmware(efi), to: withFirmware(&v1alpha1.Firmware{Bootloader: v1alpha1.BootloaderBIOS}), waits: "firmware.bootloader"},
		{name: "no-firmware", from: withFirmware(efi), to: withFirmware(nil), says: kubeVirtSays},
		{name: "keys", to: withSSHKeys("other-keys"), waits: "sshKeySecret"},
		{name: "no-keys", to: withSSHKeys(""), waits: "sshKeySecret"},
		{name: "password", from: user(""), to: user("passwords"), waits: "cloudInitUser.passwordSecretRef"},
		{name: "user-data", to: data, waits: "cloudInit.userDataSecretRef.name"},
		{name: "manual", to: withRunStrategy(kubevirtv1.RunStrategyManual)},

		{name: "cpus-mac", from: lan("lan"), to: combine(withCPUs(4), editLAN(otherMAC)), waits: "cpu, networks[lan].macAddress"},
		{name: "memory-keys", to: combine(withMemory("8Gi"), withSSHKeys("other-keys")), waits: "sshKeySecret, memory"},
		{name: "node-keys", to: combine(onNode("linux"), withSSHKeys("other-keys")), waits: "sshKeySecret, highAvailability.nodeSelector"},
		{name: "cpus-after-keys", earlier: withSSHKeys("other-keys"), to: withCPUs(4), waits: "sshKeySecret, cpu"},
		{name: "network-after-keys", earlier: withSSHKeys("other-keys"), to: lan("lan"), waits: "sshKeySecret"},
		{name: "cpus-after-fewer", earlier: withCPUs(1), to: withCPUs(4)},
		{name: "keys-back", earlier: withSSHKeys("other-keys"), to: combine(withCPUs(4), withSSHKeys("ops-keys"))},
	}
}

// TestRollout makes an edit of each kind to a virtual machine that runs. KubeVirt's controllers make of each what the function says, and the Wukong
// names exactly the fields that wait for a restart.
func TestRollout(t *testing.T) {
	// One of the edits takes a GPU. All tenants share the Composition, and it allows no less than before.
	cluster.setLimits(t, "")
	t.Parallel()
	tenant := cluster.NewTenant(t)
	for _, name := range []string{"lan-a", "lan-b"} {
		tenant.MustCreate(t, &nadv1.NetworkAttachmentDefinition{
			ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: nadv1.NetworkAttachmentDefinitionSpec{Config: `{"cniVersion":"1.0.0","type":"bridge"}`},
		})
	}
	for _, name := range []string{"archive-a", "archive-b"} {
		tenant.MustCreate(t, handmadePVC(name))
	}
	// The Wukongs go with the tenant, after the last subtest.
	t.Run("edits", func(t *testing.T) {
		for _, r := range rollouts() {
			t.Run(r.name, func(t *testing.T) {
				t.Parallel()
				r.run(t, tenant)
			})
		}
	})
}

// run makes the edit.
func (r rollout) run(t *testing.T, tenant *Tenant) {
	edits := []Edit{withName(r.name), withDisks(emptyDisk("system"))}
	if r.from != nil {
		edits = append(edits, r.from)
	}
	wukong := tenant.Apply(t, "minimal", edits...)
	wukong.EventuallyRuns(t)
	if r.earlier != nil {
		wukong.Edit(t, r.earlier)
		wukong.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") })
	}
	before, instance := wukong.VM(t), wukong.VMI(t)
	state := kubevirt.RolloutStateOf(before, instance)

	wukong.Edit(t, r.to)
	c := &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: v1beta1.Version(cluster.set(t)[plane.KubeVirt])}}
	eventually(t, "KubeVirt rolls out "+wukong.String(), func() error {
		after, vmi := wukong.VM(t), wukong.VMI(t)
		if equality.Semantic.DeepEqual(before.Spec, after.Spec) {
			return errors.New("the VirtualMachine is the same")
		}
		ds := kubevirt.Rollout(before, after, c, state)
		standing := slices.ContainsFunc(kubevirt.Waiting(after, instance, c), func(d kubevirt.Difference) bool { return d.RestartRequired })
		return rolledOut(after, instance, vmi, ds, state.RestartRequired && standing)
	})

	want := r.says
	if r.waits != "" {
		want = "a change of " + r.waits + " waits for a restart: virtctl restart " + r.name + " "
	}
	wukong.Eventually(t, fmt.Sprintf("says %q", want), func(o Observed) bool {
		if want == "" {
			return !o.True("RestartRequired")
		}
		return o.True("RestartRequired") && strings.HasPrefix(o.Condition("RestartRequired").Message, want)
	})
}

// rolledOut returns an error unless KubeVirt's controllers have seen the VirtualMachine and made of it what the differences say, and what an earlier
// edit left. Standing reports whether that requires a restart.
func rolledOut(vm *kubevirtv1.VirtualMachine, before, vmi *kubevirtv1.VirtualMachineInstance, ds []kubevirt.Difference, standing bool) error {
	if vm.Status.DesiredGeneration != vm.Generation {
		return fmt.Errorf("virt-controller has seen generation %d of %d", vm.Status.DesiredGeneration, vm.Generation)
	}
	required := standing || slices.ContainsFunc(ds, func(d kubevirt.Difference) bool { return d.RestartRequired })
	if got := requiresRestart(vm); got != required {
		return fmt.Errorf("want a restart required: %t, got %t, for %+v", required, got, ds)
	}
	var moves bool
	for _, d := range ds {
		moves = moves || d.Effect == plan.EffectMigration && (strings.Contains(d.Path, ".networks[") || d.Unplugs())
		if err := appliedTo(vmi, vm.Spec.Template.Spec, d); err != nil {
			return err
		}
	}
	conditions := map[kubevirtv1.VirtualMachineInstanceConditionType]bool{
		kubevirtv1.VirtualMachineInstanceVCPUChange:        vmi.Spec.Domain.CPU.Sockets != before.Spec.Domain.CPU.Sockets,
		kubevirtv1.VirtualMachineInstanceMemoryChange:      !vmi.Spec.Domain.Memory.Guest.Equal(*before.Spec.Domain.Memory.Guest),
		kubevirtv1.VirtualMachineInstanceMigrationRequired: moves,
	}
	for kind, want := range conditions {
		if got := hasCondition(vmi, kind); got != want {
			return fmt.Errorf("want condition %s: %t, got %t, for %+v", kind, want, got, ds)
		}
	}
	return nil
}

// requiresRestart reports whether KubeVirt requires a restart.
func requiresRestart(vm *kubevirtv1.VirtualMachine) bool {
	return slices.ContainsFunc(vm.Status.Conditions, func(c kubevirtv1.VirtualMachineCondition) bool {
		return c.Type == kubevirtv1.VirtualMachineRestartRequired && c.Status == corev1.ConditionTrue
	})
}

// hasCondition reports whether an instance has a condition, whatever its status.
func hasCondition(vmi *kubevirtv1.VirtualMachineInstance, kind kubevirtv1.VirtualMachineInstanceConditionType) bool {
	return slices.ContainsFunc(vmi.Status.Conditions, func(c kubevirtv1.VirtualMachineInstanceCondition) bool { return c.Type == kind })
}

// appliedTo returns an error unless an instance has a difference exactly if that takes effect while it runs.
func appliedTo(vmi *kubevirtv1.VirtualMachineInstance, to kubevirtv1.VirtualMachineInstanceSpec, d kubevirt.Difference) error {
	const template = "spec.template.spec."
	var applied bool
	switch path := strings.TrimPrefix(d.Path, template); {
	case path == "domain.cpu.sockets":
		applied = vmi.Spec.Domain.CPU.Sockets == to.Domain.CPU.Sockets
	case path == "domain.memory.guest":
		applied = vmi.Spec.Domain.Memory.Guest.Equal(*to.Domain.Memory.Guest)
	case path == "nodeSelector":
		applied = equality.Semantic.DeepEqual(vmi.Spec.NodeSelector, to.NodeSelector)
	case path == "affinity":
		applied = equality.Semantic.DeepEqual(vmi.Spec.Affinity, to.Affinity)
	case path == "tolerations":
		applied = equality.Semantic.DeepEqual(vmi.Spec.Tolerations, to.Tolerations)
	case d.Unplugs():
		applied = slices.ContainsFunc(vmi.Spec.Domain.Devices.Interfaces, func(i kubevirtv1.Interface) bool {
			return strings.HasPrefix(path, "domain.devices.interfaces["+i.Name+"]") && i.State == kubevirtv1.InterfaceStateAbsent
		})
	case strings.HasPrefix(path, "networks["):
		applied = networkIn(vmi.Spec.Networks, path) == networkIn(to.Networks, path)
	case strings.HasPrefix(path, "volumes["):
		has := func(v kubevirtv1.Volume) bool { return "volumes["+v.Name+"]" == path }
		applied = slices.ContainsFunc(vmi.Spec.Volumes, has) == slices.ContainsFunc(to.Volumes, has)
		if !strings.HasSuffix(path, "]") {
			return nil
		}
	default:
		return nil
	}
	if want := d.Effect != plan.EffectRestart; applied != want {
		return fmt.Errorf("want %s at the instance: %t, got %t, as it takes effect %s", d.Path, want, applied, d.Effect)
	}
	return nil
}

// networkIn returns what the network that a path lies in is attached to. Empty where there is no such network.
func networkIn(networks []kubevirtv1.Network, path string) string {
	for _, n := range networks {
		if !strings.HasPrefix(path, "networks["+n.Name+"]") {
			continue
		}
		if n.Multus != nil {
			return n.Multus.NetworkName
		}
		return "pod network"
	}
	return ""
}
