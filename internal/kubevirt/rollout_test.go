package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// differed compares Differences without what only this package sees.
var differed = cmpopts.IgnoreUnexported(Difference{})

// machine returns the VirtualMachine of the edits: two CPUs, 4Gi, a network and a disk.
func machine(edit func(*v1alpha1.WukongSpec, *Devices)) *kubevirtv1.VirtualMachine {
	s := v1alpha1.WukongSpec{CPU: ptr.To[int32](2), Memory: quantity("4Gi")}
	d := Devices{
		NICs: []network.NIC{
			{Name: network.PodName, MAC: "02:00:00:00:00:01", Binding: network.BindingMasquerade},
			{Name: "lan", MAC: "02:00:00:00:00:02", NAD: "lan", Binding: network.BindingBridge},
		},
		Volumes: []storage.Volume{{Name: "system", ClaimName: "system", Imported: true, Bus: "virtio", BootOrder: 1}},
	}
	if edit != nil {
		edit(&s, &d)
	}
	return planned(s, d)
}

func quantity(s string) *v1alpha1.Quantity {
	return &v1alpha1.Quantity{Quantity: resource.MustParse(s)}
}

// TestCompare shows what differs, what says it, and what KubeVirt makes of it alone.
func TestCompare(t *testing.T) {
	const domain = "spec.template.spec.domain."
	old := &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: "1.8.2"}}
	cases := map[string]struct {
		reason  string
		from    func(*v1alpha1.WukongSpec, *Devices)
		to      func(*v1alpha1.WukongSpec, *Devices)
		cluster *v1beta1.Cluster
		want    []Difference
	}{
		"Nothing": {reason: "Nothing differs."},
		"MoreCPUs": {
			reason: "KubeVirt adds sockets and migrates.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](8) },
			want:   []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "8", Effect: plan.EffectMigration}},
		},
		"TooManyCPUs": {
			reason: "It adds no more than four times those of the start.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](9) },
			want:   []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "9", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"FewerCPUs": {
			reason: "It removes none.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](1) },
			want:   []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "1", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"PlannedCPUs": {
			reason:  "KubeVirt plans for as many as it is told.",
			to:      func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](16) },
			cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{LiveUpdateConfiguration: &v1beta1.LiveUpdateConfiguration{MaxHotplugRatio: ptr.To[int32](8)}}},
			want:    []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "16", Effect: plan.EffectMigration}},
		},
		"PlannedSockets": {
			reason:  "A number of sockets is in place of the ratio.",
			to:      func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = ptr.To[int32](4) },
			cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{LiveUpdateConfiguration: &v1beta1.LiveUpdateConfiguration{MaxCPUSockets: ptr.To[int32](3)}}},
			want:    []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "4", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"MaxCPU": {
			reason: "The Wukong says how far it goes.",
			from:   func(s *v1alpha1.WukongSpec, _ *Devices) { s.MaxCPU = ptr.To[int32](16) },
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU, s.MaxCPU = ptr.To[int32](16), ptr.To[int32](16) },
			want:   []Difference{{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "16", Effect: plan.EffectMigration}},
		},
		"OtherMaxCPU": {
			reason: "The limit itself comes with a restart.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.MaxCPU = ptr.To[int32](16) },
			want:   []Difference{{Path: domain + "cpu.maxSockets", Field: "maxCPU", To: "16", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"Cores": {
			reason: "So do other sockets.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.CoresPerSocket = ptr.To[int32](2) },
			want: []Difference{
				{Path: domain + "cpu.cores", Field: "coresPerSocket", From: "1", To: "2", Effect: plan.EffectRestart, RestartRequired: true},
				{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "1", Effect: plan.EffectRestart, RestartRequired: true},
			},
		},
		"MaxMemory": {
			reason: "The Wukong says how far it goes.",
			from:   func(s *v1alpha1.WukongSpec, _ *Devices) { s.MaxMemory = quantity("64Gi") },
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.Memory, s.MaxMemory = quantity("64Gi"), quantity("65536Mi")
			},
			want: []Difference{{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "64Gi", Effect: plan.EffectMigration}},
		},
		"OtherMaxMemory": {
			reason: "The limit itself comes with a restart.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.MaxMemory = quantity("64Gi") },
			want:   []Difference{{Path: domain + "memory.maxGuest", Field: "maxMemory", To: "64Gi", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"PlannedMemory": {
			reason:  "The platform says how far all go.",
			to:      func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("6Gi") },
			cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{LiveUpdateConfiguration: &v1beta1.LiveUpdateConfiguration{MaxGuest: quantity("5Gi")}}},
			want:    []Difference{{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "6Gi", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"TPM": {
			reason: "A TPM comes with a restart.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.TPM = v1alpha1.TPMPersistent },
			want:   []Difference{{Path: domain + "devices.tpm", Field: "tpm", To: "persistent=true", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"MoreMemory": {
			reason: "It adds memory and migrates.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("16Gi") },
			want:   []Difference{{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "16Gi", Effect: plan.EffectMigration}},
		},
		"TooMuchMemory": {
			reason: "It adds no more than four times that of the start.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("18Gi") },
			want:   []Difference{{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "18Gi", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"OddMemory": {
			reason: "It adds blocks of 2Mi.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("5000001Ki") },
			want:   []Difference{{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "5000001Ki", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"SmallMemory": {
			reason: "It adds none to a guest with less than 1Gi.",
			from:   func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("512Mi") },
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("1Gi") },
			want:   []Difference{{Path: domain + "memory.guest", Field: "memory", From: "512Mi", To: "1Gi", Effect: plan.EffectRestart, RestartRequired: true}},
		},
		"OtherUnit": {
			reason: "Equal memory in another unit is no difference.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.Memory = quantity("4294967296") },
		},
		"NotMigratable": {
			reason: "With a GPU KubeVirt cannot migrate. It requires a restart for the memory, and not for the CPUs.",
			from: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.GPUs = []v1alpha1.Device{{Name: "gpu", DeviceName: "nvidia.com/A2"}}
			},
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.GPUs = []v1alpha1.Device{{Name: "gpu", DeviceName: "nvidia.com/A2"}}
				s.CPU, s.Memory = ptr.To[int32](4), quantity("8Gi")
			},
			want: []Difference{
				{Path: domain + "cpu.sockets", Field: "cpu", From: "2", To: "4", Effect: plan.EffectRestart},
				{Path: domain + "memory.guest", Field: "memory", From: "4Gi", To: "8Gi", Effect: plan.EffectRestart, RestartRequired: true},
			},
		},
		"GPU": {
			reason: "A GPU comes with a restart.",
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.GPUs = []v1alpha1.Device{{Name: "gpu", DeviceName: "nvidia.com/A2"}}
			},
			want: []Difference{{
				Path: domain + "devices.gpus[gpu]", Field: "gpus[gpu]", To: "deviceName=nvidia.com/A2", Effect: plan.EffectRestart, RestartRequired: true,
			}},
		},
		"Placement": {
			reason: "Where the next pod may run is copied to the instance.",
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.HighAvailability = &v1alpha1.HighAvailability{
					NodeSelector: map[string]v1alpha1.LabelValue{"disk": "ssd"},
					Tolerations:  []v1alpha1.Toleration{{Key: "gpu", Operator: "Exists"}},
				}
			},
			want: []Difference{
				{Path: "spec.template.spec.nodeSelector", Field: "highAvailability.nodeSelector", To: "disk=ssd", Effect: plan.EffectLive},
				{Path: "spec.template.spec.tolerations", Field: "highAvailability.tolerations", To: "key=gpu, operator=Exists", Effect: plan.EffectLive},
			},
		},
		"NewNetwork": {
			reason: "KubeVirt adds an interface and migrates.",
			to: func(_ *v1alpha1.WukongSpec, d *Devices) {
				d.NICs = append(d.NICs, network.NIC{Name: "fast", MAC: "02:00:00:00:00:03", NAD: "fast", Binding: network.BindingSRIOV})
			},
			want: []Difference{
				{Path: domain + "devices.interfaces[fast]", Field: "networks[fast]", To: "macAddress=02:00:00:00:00:03, sriov", Effect: plan.EffectMigration},
				{Path: "spec.template.spec.networks[fast]", Field: "networks[fast]", To: "multus.networkName=fast", Effect: plan.EffectMigration},
			},
		},
		"OtherMAC": {
			reason: "It changes no interface that exists.",
			to:     func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[1].MAC = "02:00:00:00:00:09" },
			want: []Difference{{
				Path: domain + "devices.interfaces[lan].macAddress", Field: "networks[lan].macAddress",
				From: "02:00:00:00:00:02", To: "02:00:00:00:00:09", Effect: plan.EffectRestart, RestartRequired: true,
			}},
		},
		"OtherNAD": {
			reason: "KubeVirt 1.9 attaches it elsewhere by migration.",
			to:     func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[1].NAD = "other" },
			want: []Difference{{
				Path: "spec.template.spec.networks[lan].multus.networkName", Field: "networks[lan].nadName", From: "lan", To: "other", Effect: plan.EffectMigration,
			}},
		},
		"OtherNADBefore": {
			reason:  "KubeVirt 1.8 does so with a feature gate alone.",
			to:      func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[1].NAD = "other" },
			cluster: old,
			want: []Difference{{
				Path: "spec.template.spec.networks[lan].multus.networkName", Field: "networks[lan].nadName", From: "lan", To: "other",
				Effect: plan.EffectRestart, RestartRequired: true,
			}},
		},
		"OtherOrder": {
			reason: "The guest sees another order when it starts, and KubeVirt does not ask for that.",
			to:     func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[0], d.NICs[1] = d.NICs[1], d.NICs[0] },
			want: []Difference{
				{Path: domain + "devices.interfaces", Field: "networks", From: "pod_network, lan", To: "lan, pod_network", Effect: plan.EffectRestart},
				{Path: "spec.template.spec.networks", Field: "networks", From: "pod_network, lan", To: "lan, pod_network", Effect: plan.EffectRestart},
			},
		},
		"NewDisk": {
			reason: "KubeVirt attaches no volume that is not hotpluggable.",
			to: func(_ *v1alpha1.WukongSpec, d *Devices) {
				d.Volumes = append(d.Volumes, storage.Volume{Name: "data", ClaimName: "data", Bus: "scsi"})
			},
			want: []Difference{
				{
					Path: domain + "devices.disks[data]", Field: "disks[data]", To: "disk.bus=scsi, serial=data",
					Effect: plan.EffectRestart, RestartRequired: true,
				},
				{
					Path: "spec.template.spec.volumes[data]", Field: "disks[data]", To: "persistentVolumeClaim.claimName=data",
					Effect: plan.EffectRestart, RestartRequired: true,
				},
			},
		},
		"Instancetype": {
			reason: "KubeVirt applies the instance type, of which no more than its name is known here.",
			from: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.CPU, s.Memory, s.Instancetype = nil, nil, &v1alpha1.InstancetypeReference{Name: "u1.small"}
			},
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.CPU, s.Memory, s.Instancetype = nil, nil, &v1alpha1.InstancetypeReference{Name: "u1.large"}
			},
			want: []Difference{{
				Path: "spec.instancetype.name", Field: "instancetype.name", From: "u1.small", To: "u1.large", Effect: plan.EffectMigration, Assumed: true,
			}},
		},
		"RunStrategy": {
			reason: "The run strategy takes effect at once.",
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.StartStrategy = &v1alpha1.StartStrategy{RunStrategy: "Manual"}
			},
			want: []Difference{{Path: "spec.runStrategy", Field: "startStrategy.runStrategy", From: "Always", To: "Manual", Effect: plan.EffectLive}},
		},
		"Credentials": {
			reason: "Each kind of credential has a field.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.SSHKeySecret = "keys" },
			want: []Difference{{
				Path: "spec.template.spec.accessCredentials[sshPublicKey]", Field: "sshKeySecret",
				To:     "sshPublicKey.propagationMethod.noCloud, sshPublicKey.source.secret.secretName=keys",
				Effect: plan.EffectRestart, RestartRequired: true,
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Compare(machine(tc.from), machine(tc.to), tc.cluster), differed); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestHotplugVolumes shows what becomes of volumes that KubeVirt may attach and detach while the guest runs.
func TestHotplugVolumes(t *testing.T) {
	with := func(names ...string) *kubevirtv1.VirtualMachine {
		vm := machine(nil)
		for _, name := range names {
			source := kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: name, Hotpluggable: true}}
			attach(vm, disk(name, "scsi"), source)
		}
		return vm
	}
	cold := with("data")
	volume(cold, "data").DataVolume.Hotpluggable = false
	otherBus := with("data")
	otherBus.Spec.Template.Spec.Domain.Devices.Disks[2].Disk.Bus = "virtio"
	otherClaim := with("data")
	volume(otherClaim, "data").DataVolume.Name = "other"
	gates := func(k v1beta1.KubeVirt) *v1beta1.Cluster { return &v1beta1.Cluster{KubeVirt: &k} }
	cases := map[string]struct {
		reason   string
		from, to *kubevirtv1.VirtualMachine
		cluster  *v1beta1.Cluster
		want     plan.Effect
		required bool
	}{
		"Attach":     {reason: "It is attached.", from: with(), to: with("data"), want: plan.EffectLive},
		"Detach":     {reason: "It is detached.", from: with("data"), to: with(), want: plan.EffectLive},
		"OtherClaim": {reason: "It is detached, and the other attached.", from: with("data"), to: otherClaim, want: plan.EffectLive},
		"OtherBus":   {reason: "A device that is attached does not change.", from: with("data"), to: otherBus, want: plan.EffectRestart},
		"Mark":       {reason: "What is attached stays as it is.", from: cold, to: with("data"), want: plan.EffectRestart},
		"Unmark":     {reason: "The new state is not hotpluggable.", from: with("data"), to: cold, want: plan.EffectRestart, required: true},
		"Cold":       {reason: "It is not hotpluggable.", from: with(), to: cold, want: plan.EffectRestart, required: true},
		"Before": {
			reason: "The feature gate is off in 1.8: KubeVirt does nothing, and does not tell.",
			from:   with(), to: with("data"), cluster: gates(v1beta1.KubeVirt{Version: "1.8"}), want: plan.EffectRestart,
		},
		"Imperative": {
			reason: "The older feature gate switches it off.",
			from:   with(), to: with("data"), want: plan.EffectRestart,
			cluster: gates(v1beta1.KubeVirt{Version: "1.9", FeatureGates: []v1beta1.FeatureGate{"HotplugVolumes"}}),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ds := Compare(tc.from, tc.to, tc.cluster)
			if len(ds) == 0 {
				t.Fatal("want differences")
			}
			for _, d := range ds {
				if d.Effect != tc.want || d.RestartRequired != tc.required {
					t.Errorf("%s\nwant %s, required %t, got %+v", tc.reason, tc.want, tc.required, d)
				}
			}
		})
	}
}

// TestTogether shows how differences take effect at once, and in the state of the virtual machine.
func TestTogether(t *testing.T) {
	const (
		sockets = "spec.template.spec.domain.cpu.sockets"
		mac     = "spec.template.spec.domain.devices.interfaces[lan].macAddress"
	)
	stage := &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{VMRolloutStrategy: kubevirtv1.VMRolloutStrategyStage}}
	cpus := func(n int32) func(*v1alpha1.WukongSpec, *Devices) {
		return func(s *v1alpha1.WukongSpec, _ *Devices) { s.CPU = &n }
	}
	cpusAndMAC := func(s *v1alpha1.WukongSpec, d *Devices) { s.CPU, d.NICs[1].MAC = ptr.To[int32](4), "02:00:00:00:00:09" }
	cpusAndNode := func(s *v1alpha1.WukongSpec, _ *Devices) {
		s.CPU = ptr.To[int32](1)
		s.HighAvailability = &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"disk": "ssd"}}
	}
	cpusAndNetwork := func(s *v1alpha1.WukongSpec, d *Devices) {
		s.CPU = ptr.To[int32](4)
		d.NICs = append(d.NICs, network.NIC{Name: "fast", MAC: "02:00:00:00:00:03", NAD: "fast", Binding: network.BindingBridge})
	}
	type effect struct {
		Effect   plan.Effect
		Required bool
		HeldBy   string
	}
	cases := map[string]struct {
		reason  string
		from    func(*v1alpha1.WukongSpec, *Devices)
		to      func(*v1alpha1.WukongSpec, *Devices)
		cluster *v1beta1.Cluster
		state   RolloutState
		want    map[string]effect
	}{
		"Alone": {
			reason: "Nothing holds it.",
			to:     cpus(4), state: RolloutState{Runs: true}, want: map[string]effect{sockets: {Effect: plan.EffectMigration}},
		},
		"Another": {
			reason: "The address needs a restart, and holds the CPUs.",
			to:     cpusAndMAC, state: RolloutState{Runs: true},
			want: map[string]effect{
				sockets: {Effect: plan.EffectRestart, HeldBy: mac},
				mac:     {Effect: plan.EffectRestart, Required: true},
			},
		},
		"Reduction": {
			reason: "KubeVirt finds that it cannot remove CPUs when it tries, and does what else it can.",
			to:     cpusAndNode, state: RolloutState{Runs: true},
			want: map[string]effect{
				sockets:                           {Effect: plan.EffectRestart, Required: true},
				"spec.template.spec.nodeSelector": {Effect: plan.EffectLive},
			},
		},
		"Standing": {
			reason: "An earlier change holds CPUs, but no new interface.",
			to:     cpusAndNetwork, state: RolloutState{Runs: true, RestartRequired: true},
			want: map[string]effect{
				sockets: {Effect: plan.EffectRestart, HeldBy: HeldByCondition},
				"spec.template.spec.domain.devices.interfaces[fast]": {Effect: plan.EffectMigration},
				"spec.template.spec.networks[fast]":                  {Effect: plan.EffectMigration},
			},
		},
		"Stage": {
			reason: "Under Stage, KubeVirt requires a restart for what it would do live, but still adds interfaces.",
			to:     cpusAndNetwork, cluster: stage, state: RolloutState{Runs: true},
			want: map[string]effect{
				sockets: {Effect: plan.EffectRestart, Required: true, HeldBy: HeldByStrategy},
				"spec.template.spec.domain.devices.interfaces[fast]": {Effect: plan.EffectMigration},
				"spec.template.spec.networks[fast]":                  {Effect: plan.EffectMigration},
			},
		},
		"Halted": {
			reason: "What does not run needs no restart.",
			to:     cpusAndMAC,
			want:   map[string]effect{sockets: {Effect: plan.EffectStart}, mac: {Effect: plan.EffectStart}},
		},
		"Start": {
			reason: "To start it takes effect at once.",
			to: func(s *v1alpha1.WukongSpec, _ *Devices) {
				s.StartStrategy = &v1alpha1.StartStrategy{RunStrategy: "Halted"}
			},
			want: map[string]effect{"spec.runStrategy": {Effect: plan.EffectLive}},
		},
		"Grown": {
			reason: "The instance started with one CPU, so that it can have four.",
			to:     cpus(5), state: RolloutState{Runs: true, Instance: instanceOf(machine(nil), 4)},
			want: map[string]effect{sockets: {Effect: plan.EffectRestart, Required: true}},
		},
		"TakenBack": {
			reason: "The edit gives back what the instance runs with, so that nothing of an earlier change is left.",
			to:     cpus(4), state: RolloutState{Runs: true, RestartRequired: true, Instance: instanceOf(machine(nil), 8)},
			want: map[string]effect{sockets: {Effect: plan.EffectMigration}},
		},
		"GivenBack": {
			reason: "The edit is what the instance runs with, and holds nothing.",
			from:   func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs[1].MAC = "02:00:00:00:00:09" },
			to:     cpus(4), state: RolloutState{Runs: true, RestartRequired: true, Instance: instanceOf(machine(nil), 8)},
			want: map[string]effect{sockets: {Effect: plan.EffectMigration}, mac: {Effect: plan.EffectLive}},
		},
		"Filled": {
			reason: "The instance has that limit, but KubeVirt compares with its template, which may have had none.",
			to:     func(s *v1alpha1.WukongSpec, _ *Devices) { s.MaxCPU = ptr.To[int32](8) },
			state:  RolloutState{Runs: true, Instance: instanceOf(machine(nil), 8)},
			want:   map[string]effect{"spec.template.spec.domain.cpu.maxSockets": {Effect: plan.EffectRestart, Required: true}},
		},
		"Left": {
			reason: "The edit leaves the earlier change, which holds it.",
			to:     cpus(4), state: RolloutState{Runs: true, RestartRequired: true, Instance: instanceOf(machine(cpusAndMAC), 8)},
			want: map[string]effect{sockets: {Effect: plan.EffectRestart, HeldBy: HeldByCondition}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := map[string]effect{}
			for _, d := range Rollout(machine(tc.from), machine(tc.to), tc.cluster, tc.state) {
				got[d.Path] = effect{Effect: d.Effect, Required: d.RestartRequired, HeldBy: d.HeldBy}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// instanceOf returns the instance of a VirtualMachine, with two sockets and a largest number of them.
func instanceOf(vm *kubevirtv1.VirtualMachine, maxSockets uint32) *kubevirtv1.VirtualMachineInstance {
	vmi := &kubevirtv1.VirtualMachineInstance{Spec: *vm.Spec.Template.Spec.DeepCopy()}
	vmi.Spec.Domain.CPU.Sockets, vmi.Spec.Domain.CPU.MaxSockets = 2, maxSockets
	vmi.Status.Conditions = []kubevirtv1.VirtualMachineInstanceCondition{{Type: kubevirtv1.VirtualMachineInstanceIsMigratable, Status: "True"}}
	return vmi
}
