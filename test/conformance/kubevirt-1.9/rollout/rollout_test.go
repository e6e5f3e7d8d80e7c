package rollout

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	networkv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"kubevirt.io/kubevirt/pkg/network/vmispec"
	"kubevirt.io/kubevirt/pkg/testutils"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
)

// A mode is the state in which an edit reaches KubeVirt.
type mode struct {
	name     string
	strategy kubevirtv1.VMRolloutStrategy
	standing bool
	verdict  func(edit) []difference
}

var modes = []mode{
	{name: "alone", strategy: kubevirtv1.VMRolloutStrategyLiveUpdate, verdict: func(e edit) []difference { return e.Alone }},
	{name: "standing", strategy: kubevirtv1.VMRolloutStrategyLiveUpdate, standing: true, verdict: func(e edit) []difference { return e.Standing }},
	{name: "stage", strategy: kubevirtv1.VMRolloutStrategyStage, verdict: func(e edit) []difference { return e.Stage }},
}

// TestRollout shows that the function says of each part of an edit what KubeVirt makes of it: whether the edit requires a restart, and what
// of it the instance gets while the guest runs.
func TestRollout(t *testing.T) {
	all := edits(t)
	occurred := map[string]int{}
	for _, m := range modes {
		config, _, _ := testutils.NewFakeClusterConfigUsingKVConfig(&kubevirtv1.KubeVirtConfiguration{VMRolloutStrategy: &m.strategy})
		for _, e := range all {
			r := rollOut(t, config, m, e)
			for _, problem := range r.problems() {
				t.Errorf("%s, -seed=%d, %s: %s", m.name, e.Seed, strings.Join(e.Kinds, " and "), problem)
			}
			r.count(occurred)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(occurred)) {
		t.Logf("%6d %s", occurred[kind], kind)
	}
	for _, kind := range expectedKinds() {
		if occurred[kind] == 0 {
			t.Errorf("no edit was of the kind %q", kind)
		}
	}
}

// expectedKinds returns what must have occurred, so that the test says something of it.
func expectedKinds() []string {
	kinds := []string{
		"alone: restart required", "alone: no restart required", "standing: no restart required by the edit", "stage: restart required",
		"other limits", "cannot migrate",
	}
	for path, effects := range map[string][]string{
		"domain.cpu.sockets":                     {effectMigration, effectRestart},
		"domain.memory.guest":                    {effectMigration, effectRestart},
		"nodeSelector":                           {effectLive},
		"affinity":                               {effectLive},
		"tolerations":                            {effectLive},
		"evictionStrategy":                       {effectRestart},
		"domain.devices.interfaces[]":            {effectMigration, effectRestart},
		"domain.devices.interfaces[].macAddress": {effectRestart},
		"domain.devices.interfaces[].state":      {effectMigration, effectLive},
		"networks[].multus.networkName":          {map[bool]string{true: effectMigration, false: effectRestart}[attachesElsewhere]},
		"domain.devices.disks[]":                 {map[bool]string{true: effectLive, false: effectRestart}[plugsVolumes], effectRestart},
		"domain.devices.disks[].cdrom":           {effectRestart},
		"volumes[]":                              {map[bool]string{true: effectLive, false: effectRestart}[plugsVolumes], effectRestart},
		"volumes[].containerDisk":                {effectRestart},
		"domain.devices.disks[].bootOrder":       {effectRestart},
		"domain.devices.disks[].disk.bus":        {effectRestart},
		"domain.devices.disks[].cache":           {effectRestart},
		"domain.devices.disks[].lun":             {effectRestart},
		"domain.devices.gpus[]":                  {effectRestart},
		"domain.devices.hostDevices[]":           {effectRestart},
		"domain.firmware.bootloader":             {effectRestart},
		"accessCredentials[]":                    {effectRestart},
	} {
		for _, effect := range effects {
			kinds = append(kinds, "alone: "+path+" "+effect)
		}
	}
	return append(kinds, "standing: domain.cpu.sockets "+effectRestart, "stage: domain.cpu.sockets "+effectRestart,
		"standing: domain.devices.interfaces[] "+effectMigration, "stage: domain.devices.interfaces[] "+effectMigration)
}

// A result is what KubeVirt made of an edit.
type result struct {
	mode mode
	edit edit

	// plugged is the virtual machine as it was given to KubeVirt, which adds its disks and interfaces as they are. To is the one with its instance
	// type and its preference.
	plugged, to *kubevirtv1.VirtualMachine

	// vm is the virtual machine that KubeVirt reported on.
	vm            *kubevirtv1.VirtualMachine
	before, after *kubevirtv1.VirtualMachineInstance

	// migrates reports whether KubeVirt migrates the instance for its networks.
	migrates bool
}

// rollOut gives an edit to KubeVirt.
func rollOut(t *testing.T, config *virtconfig.ClusterConfig, m mode, e edit) result {
	t.Helper()
	from, to := complete(config, e.From, 1), complete(config, e.To, 2)
	vmi := start(t, config, from)
	e.limit(vmi)
	pod := attach(t, vmi)
	r := result{mode: m, edit: e, plugged: to, to: to.DeepCopy(), before: vmi.DeepCopy()}
	apply(r.to)
	if m.standing {
		// An earlier edit changed this, after the start.
		from = from.DeepCopy()
		from.Spec.Template.Spec.Hostname = "earlier"
		to.Status.Conditions = []kubevirtv1.VirtualMachineCondition{{Type: kubevirtv1.VirtualMachineRestartRequired, Status: "True", Message: templateChanged}}
	}
	to.Status.Created, to.Status.Ready = true, true
	r.vm, r.after = newCluster(t, config, from, to, vmi).reconcile(t)
	attached := r.after.DeepCopy()
	unplug(attached)
	r.migrates = newEvaluator(config).Evaluate(attached, pod) != corev1.ConditionUnknown
	return r
}

// limit gives an instance the limits of the edit.
func (e edit) limit(vmi *kubevirtv1.VirtualMachineInstance) {
	i := e.Instance
	if i == nil {
		return
	}
	vmi.Spec.Domain.CPU.MaxSockets, vmi.Spec.Domain.Memory.MaxGuest = i.MaxSockets, i.MaxMemory
	vmi.Status.Memory.GuestAtBoot = i.MemoryAtStart
	setMigratable(vmi, map[bool]corev1.ConditionStatus{true: corev1.ConditionTrue, false: corev1.ConditionFalse}[i.Migratable])
}

// apply does to a virtual machine what KubeVirt does with its instance type and its preference.
func apply(vm *kubevirtv1.VirtualMachine) {
	domain := &vm.Spec.Template.Spec.Domain
	if vm.Spec.Instancetype != nil {
		domain.CPU = &kubevirtv1.CPU{Sockets: 2, Cores: 1, Threads: 1}
		domain.Memory = &kubevirtv1.Memory{Guest: ptr.To(resource.MustParse("2Gi"))}
	}
	if vm.Spec.Preference == nil {
		return
	}
	for i := range domain.Devices.Disks {
		if d := domain.Devices.Disks[i].Disk; d != nil && d.Bus == "" {
			d.Bus = kubevirtv1.DiskBusSATA
		}
	}
}

// attach writes into the status of an instance that it has the interfaces of its spec, as virt-controller and virt-handler do, and returns its pod.
func attach(t *testing.T, vmi *kubevirtv1.VirtualMachineInstance) *corev1.Pod {
	t.Helper()
	var statuses []networkv1.NetworkStatus
	for i, n := range vmi.Spec.Networks {
		device := fmt.Sprintf("pod%d", i)
		vmi.Status.Interfaces = append(vmi.Status.Interfaces, kubevirtv1.VirtualMachineInstanceNetworkInterface{
			Name: n.Name, PodInterfaceName: device, InfoSource: vmispec.NewInfoSource(vmispec.InfoSourceDomain, vmispec.InfoSourceMultusStatus),
		})
		if n.Multus == nil {
			continue
		}
		attachment := n.Multus.NetworkName
		if !strings.Contains(attachment, "/") {
			attachment = namespace + "/" + attachment
		}
		statuses = append(statuses, networkv1.NetworkStatus{Name: attachment, Interface: device})
	}
	raw, err := json.Marshal(statuses)
	if err != nil {
		t.Fatal(err)
	}
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{networkv1.NetworkStatusAnnot: string(raw)}}}
}

// unplug takes the absent interfaces from the guest of an instance, as virt-launcher does. The pod keeps them.
func unplug(vmi *kubevirtv1.VirtualMachineInstance) {
	for i := range vmi.Status.Interfaces {
		status := &vmi.Status.Interfaces[i]
		if device := interfaceOf(vmi.Spec, status.Name); device != nil && device.State == kubevirtv1.InterfaceStateAbsent {
			status.InfoSource = vmispec.InfoSourceMultusStatus
		}
	}
}

// problems returns where KubeVirt does other than the function says.
func (r result) problems() []string {
	var out []string
	differences := r.mode.verdict(r.edit)
	assumed := slices.ContainsFunc(differences, func(d difference) bool { return d.Assumed })
	for _, c := range r.vm.Status.Conditions {
		if c.Type == kubevirtv1.VirtualMachineFailure && c.Status == corev1.ConditionTrue {
			out = append(out, "KubeVirt fails: "+c.Message)
		}
	}
	required := r.mode.standing || slices.ContainsFunc(differences, func(d difference) bool { return d.RestartRequired })
	if got := r.restartRequired() != ""; got != required && !assumed {
		out = append(out, fmt.Sprintf("want a restart required: %t, got %t (%s) for %s", required, got, r.restartRequired(), list(differences)))
	}
	if assumed {
		// What an instance type or a preference is changed to is not known.
		return out
	}
	migrates := false
	for _, d := range differences {
		applied, want, known := r.applied(d)
		if known && applied != want {
			out = append(out, fmt.Sprintf("%s, %s: want it at the instance: %t, got %t", d.Path, d.Effect, want, applied))
		}
		migrates = migrates || d.Effect == effectMigration && isNetwork(d)
	}
	if isMigratable(r.before) && migrates != r.migrates {
		out = append(out, fmt.Sprintf("want a migration for the networks: %t, got %t for %s", migrates, r.migrates, list(differences)))
	}
	return append(out, r.unexpected(differences)...)
}

// restartRequired returns KubeVirt's message about a restart. Empty where it requires none.
func (r result) restartRequired() string {
	for _, c := range r.vm.Status.Conditions {
		if c.Type == kubevirtv1.VirtualMachineRestartRequired && c.Status == corev1.ConditionTrue {
			return c.Message
		}
	}
	return ""
}

// isMigratable reports whether KubeVirt can migrate an instance.
func isMigratable(vmi *kubevirtv1.VirtualMachineInstance) bool {
	return slices.ContainsFunc(vmi.Status.Conditions, func(c kubevirtv1.VirtualMachineInstanceCondition) bool {
		return c.Type == kubevirtv1.VirtualMachineInstanceIsMigratable && c.Status == corev1.ConditionTrue
	})
}

// isNetwork reports whether a difference is one of networks.
func isNetwork(d difference) bool {
	return strings.Contains(d.Path, ".interfaces[") || strings.Contains(d.Path, ".networks[")
}

// list returns differences, for people to read.
func list(ds []difference) string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%s: %q to %q %s", d.Path, d.From, d.To, d.Effect))
	}
	return strings.Join(out, "; ")
}

// path returns the path of a difference in the spec of the instance.
func (d difference) path() string { return strings.TrimPrefix(d.Path, "spec.template.spec.") }

// item matches the path of an item of a list.
var item = regexp.MustCompile(`^([^\[]+)\[([^\]]+)\]$`)

// interfaceState matches the path of the state of an interface.
var interfaceState = regexp.MustCompile(`^domain\.devices\.interfaces\[([^\]]+)\]\.state$`)

// applied reports whether KubeVirt gave a difference to the instance, and whether the function says so. It is not known of what an instance does not
// have in its spec.
func (r result) applied(d difference) (applied, want, known bool) {
	plugged, to, got := r.plugged.Spec.Template.Spec, r.to.Spec.Template.Spec, r.after.Spec
	switch path := d.path(); {
	case path == "domain.cpu.sockets":
		// KubeVirt also asks for CPUs where nothing can migrate, which then never takes effect.
		return got.Domain.CPU.Sockets == to.Domain.CPU.Sockets, d.Effect == effectMigration || d.isUnasked() && !r.holds(), true
	case path == "domain.memory.guest":
		return got.Domain.Memory.Guest.Equal(*to.Domain.Memory.Guest), d.Effect == effectMigration, true
	case path == "nodeSelector":
		return equality.Semantic.DeepEqual(got.NodeSelector, to.NodeSelector), d.Effect == effectLive, true
	case path == "affinity":
		return equality.Semantic.DeepEqual(got.Affinity, to.Affinity), d.Effect == effectLive, true
	case path == "tolerations":
		return equality.Semantic.DeepEqual(got.Tolerations, to.Tolerations), d.Effect == effectLive, true
	case strings.HasSuffix(path, ".multus.networkName"):
		n := regexp.MustCompile(`\[(.*?)\]`).FindStringSubmatch(path)[1]
		return networkOf(got, n).Multus.NetworkName == d.To, !d.RestartRequired, true
	}
	if n := interfaceState.FindStringSubmatch(d.path()); n != nil {
		// What is absent stays so until the instance has lost it.
		isAbsent := interfaceOf(got, n[1]).State == kubevirtv1.InterfaceStateAbsent
		return isAbsent == (d.To != ""), d.To != "" && d.Effect != effectRestart, true
	}
	m := item.FindStringSubmatch(d.path())
	if m == nil {
		return false, false, false
	}
	switch kind, n := m[1], m[2]; kind {
	case "domain.devices.interfaces":
		i := interfaceOf(plugged, n)
		plugs := i != nil && (i.Bridge != nil || i.SRIOV != nil)
		return equality.Semantic.DeepEqual(interfaceOf(got, n), i), d.Effect == effectMigration || plugs && d.isUnasked(), true
	case "domain.devices.disks":
		if d := diskOf(r.before.Spec, n); d != nil && d.CDRom != nil && diskOf(plugged, n) == nil {
			// KubeVirt takes a drive out of the instance, whose guest keeps it until the restart that is required.
			return false, false, false
		}
		return equality.Semantic.DeepEqual(diskOf(got, n), diskOf(plugged, n)), d.Effect == effectLive, true
	case "volumes":
		return equality.Semantic.DeepEqual(volumeOf(got, n), volumeOf(plugged, n)), d.Effect == effectLive, true
	}
	return false, false, false
}

// holds reports whether the edit, or its mode, keeps KubeVirt from what it does live alone.
func (r result) holds() bool {
	return r.mode.standing || r.mode.strategy == kubevirtv1.VMRolloutStrategyStage ||
		slices.ContainsFunc(r.mode.verdict(r.edit), func(d difference) bool {
			return d.RestartRequired && d.path() != "domain.cpu.sockets" && d.path() != "domain.memory.guest"
		})
}

// unexpected returns what KubeVirt gave to the instance of which no difference says so.
func (r result) unexpected(ds []difference) []string {
	parts := map[string]func(kubevirtv1.VirtualMachineInstanceSpec) any{
		"domain.cpu":                func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Domain.CPU },
		"domain.memory":             func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Domain.Memory },
		"nodeSelector":              func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.NodeSelector },
		"affinity":                  func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Affinity },
		"tolerations":               func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Tolerations },
		"volumes":                   func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Volumes },
		"networks":                  func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Networks },
		"domain.devices.disks":      func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Domain.Devices.Disks },
		"domain.devices.interfaces": func(s kubevirtv1.VirtualMachineInstanceSpec) any { return s.Domain.Devices.Interfaces },
	}
	var out []string
	before, after := r.before.Spec.DeepCopy(), r.after.Spec.DeepCopy()
	// Drives that go are taken out of the instance, whose guest keeps them until the restart that is required.
	goes := func(d kubevirtv1.Disk) bool {
		to := diskOf(r.plugged.Spec.Template.Spec, d.Name)
		return d.CDRom != nil && (to == nil || to.CDRom == nil)
	}
	before.Domain.Devices.Disks = slices.DeleteFunc(before.Domain.Devices.Disks, goes)
	after.Domain.Devices.Disks = slices.DeleteFunc(after.Domain.Devices.Disks, goes)
	for path, part := range parts {
		if equality.Semantic.DeepEqual(part(*before), part(*after)) {
			continue
		}
		said := func(d difference) bool {
			// A volume is attached anew with its device.
			ofPart := strings.HasPrefix(d.path(), path) || path == "domain.devices.disks" && strings.HasPrefix(d.path(), "volumes[")
			return ofPart && (d.Effect != effectRestart || d.isUnasked())
		}
		if !slices.ContainsFunc(ds, said) {
			out = append(out, "KubeVirt changes "+path+" of the instance, of which nothing is said: "+list(ds))
		}
	}
	// All else stays as it is.
	for _, s := range []*kubevirtv1.VirtualMachineInstanceSpec{before, after} {
		s.Domain.CPU, s.Domain.Memory, s.NodeSelector, s.Affinity, s.Tolerations, s.Volumes, s.Networks = nil, nil, nil, nil, nil, nil, nil
		s.Domain.Devices.Disks, s.Domain.Devices.Interfaces = nil, nil
		s.Domain.Resources = kubevirtv1.ResourceRequirements{}
	}
	if !equality.Semantic.DeepEqual(before, after) {
		out = append(out, "KubeVirt changes more of the instance than is known here")
	}
	return out
}

// count counts what occurred.
func (r result) count(occurred map[string]int) {
	name := r.mode.name + ": "
	differences := r.mode.verdict(r.edit)
	if slices.ContainsFunc(differences, func(d difference) bool { return d.Assumed }) {
		occurred[name+"depends on an instance type or a preference"]++
		return
	}
	switch {
	case slices.ContainsFunc(differences, func(d difference) bool { return d.RestartRequired }):
		occurred[name+"restart required"]++
	case r.mode.standing:
		occurred[name+"no restart required by the edit"]++
	default:
		occurred[name+"no restart required"]++
	}
	if r.edit.Instance != nil {
		occurred["other limits"]++
	}
	if !isMigratable(r.before) {
		occurred["cannot migrate"]++
	}
	seen := map[string]bool{}
	for _, d := range differences {
		kind := name + regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(d.path(), "[]") + " " + d.Effect
		if !seen[kind] {
			occurred[kind]++
		}
		seen[kind] = true
	}
}

func interfaceOf(s kubevirtv1.VirtualMachineInstanceSpec, name string) *kubevirtv1.Interface {
	return find(s.Domain.Devices.Interfaces, func(i kubevirtv1.Interface) bool { return i.Name == name })
}

func networkOf(s kubevirtv1.VirtualMachineInstanceSpec, name string) *kubevirtv1.Network {
	return find(s.Networks, func(n kubevirtv1.Network) bool { return n.Name == name })
}

func diskOf(s kubevirtv1.VirtualMachineInstanceSpec, name string) *kubevirtv1.Disk {
	return find(s.Domain.Devices.Disks, func(d kubevirtv1.Disk) bool { return d.Name == name })
}

func volumeOf(s kubevirtv1.VirtualMachineInstanceSpec, name string) *kubevirtv1.Volume {
	return find(s.Volumes, func(v kubevirtv1.Volume) bool { return v.Name == name })
}

// find returns the first element that matches. Nil where none does.
func find[T any](list []T, match func(T) bool) *T {
	if i := slices.IndexFunc(list, match); i >= 0 {
		return &list[i]
	}
	return nil
}
