package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/check"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A checked is a Wukong in a cluster, with what a check says of it.
type checked struct {
	Spec map[string]any `json:"spec"`

	// Manifests are the VirtualMachine, as vm, and the NetworkAttachmentDefinitions.
	Manifests map[string]any `json:"manifests"`

	// Cluster is what the Input says of it.
	Cluster map[string]any `json:"cluster"`

	Instancetype *instancetypev1.VirtualMachineInstancetypeSpec `json:"instancetype,omitempty"`
	Preference   *instancetypev1.VirtualMachinePreferenceSpec   `json:"preference,omitempty"`

	// Claims are the access modes of the claims that are known, by name.
	Claims map[string][]corev1.PersistentVolumeAccessMode `json:"claims"`

	// Architecture of all nodes; empty where none are known.
	Architecture string `json:"architecture,omitempty"`

	Quotas    []corev1.ResourceQuota   `json:"quotas,omitempty"`
	Namespace *corev1.Namespace        `json:"namespace,omitempty"`
	Classes   []storagev1.StorageClass `json:"classes,omitempty"`
	Profiles  []cdiv1.StorageProfile   `json:"profiles,omitempty"`

	Checked check.VirtualMachine `json:"checked"`

	// Headroom is what a check says of the namespace, and Findings are the IDs of what it finds.
	Headroom check.Headroom `json:"headroom"`
	Findings []string       `json:"findings,omitempty"`
}

// printChecked prints random Wukongs in random clusters with a version of KubeVirt.
func (c command) printChecked(out io.Writer) error {
	encoder := json.NewEncoder(out)
	for spec, err := range c.toRender() {
		if err != nil {
			return err
		}
		w, err := newChecked(spec, drawnCluster(c.capacity).Example(c.seed), rand.New(rand.NewPCG(uint64(c.seed), 0)))
		if err != nil {
			return err
		}
		if err := encoder.Encode(w); err != nil {
			return err
		}
		c.seed++
	}
	return nil
}

// newChecked checks a Wukong in a cluster. Some of its volumes become hotpluggable by chance, too.
func newChecked(spec map[string]any, d drawn, random *rand.Rand) (checked, error) {
	withoutConflicts(spec)
	d.allowDrives(spec)
	req, err := wukongtest.RequestOf(wukongtest.Namespace, wukongtest.Name, spec, map[string]any{"cluster": d.input})
	if err != nil {
		return checked{}, err
	}
	p, err := fn.Plan(req)
	if err != nil {
		return checked{}, fmt.Errorf("the function refuses a valid Wukong: %w", err)
	}
	out := checked{
		Spec: spec, Cluster: d.input, Manifests: map[string]any{}, Claims: map[string][]corev1.PersistentVolumeAccessMode{}, Quotas: d.quotas, Namespace: d.namespace,
		Classes: d.classes, Profiles: d.profiles,
	}
	for _, r := range p.Resources {
		if vm, ok := r.Object.(*kubevirtv1.VirtualMachine); ok {
			hotplug(random, vm)
		}
		switch r.Object.GetObjectKind().GroupVersionKind().Kind {
		case "VirtualMachine", "NetworkAttachmentDefinition":
			out.Manifests[r.Key] = r.Object
		}
	}
	cluster := check.Cluster{ResourceQuotas: d.quotas, StorageClasses: d.classes, StorageProfiles: d.profiles}
	if d.namespace != nil {
		cluster.Namespaces = []corev1.Namespace{*d.namespace}
	}
	if d.architecture != "" {
		out.Architecture = d.architecture
		for _, name := range []string{"a", "b"} {
			labels := map[string]string{corev1.LabelArchStable: d.architecture, kubevirtv1.VMArchLabel + d.architecture: "true"}
			cluster.Nodes = append(cluster.Nodes, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
		}
	}
	out.addKinds(p, d, &cluster)
	out.addClaims(p, d, &cluster)
	report := check.Check([]fn.Planned{p}, cluster)
	out.Checked, out.Headroom = report.VirtualMachines[0], report.Namespaces[0].Headroom
	for _, f := range report.Findings {
		out.Findings = append(out.Findings, f.ID)
	}
	return out, nil
}

// addKinds gives the cluster the instance type and the preference of a Wukong.
func (c *checked) addKinds(p fn.Planned, d drawn, cluster *check.Cluster) {
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: p.Wukong.GetNamespace(), Name: name}
	}
	if ref := p.Wukong.Spec.Instancetype; ref != nil {
		c.Instancetype = &d.instancetype
		// KubeVirt refuses devices of both.
		if len(p.Wukong.Spec.GPUs) > 0 {
			c.Instancetype.GPUs = nil
		}
		if len(p.Wukong.Spec.HostDevices) > 0 {
			c.Instancetype.HostDevices = nil
		}
		cluster.Instancetypes = []instancetypev1.VirtualMachineInstancetype{{ObjectMeta: meta(string(ref.Name)), Spec: *c.Instancetype}}
		cluster.ClusterInstancetypes = []instancetypev1.VirtualMachineClusterInstancetype{{ObjectMeta: meta(string(ref.Name)), Spec: *c.Instancetype}}
	}
	if ref := p.Wukong.Spec.Preference; ref != nil {
		c.Preference = &d.preference
		cluster.Preferences = []instancetypev1.VirtualMachinePreference{{ObjectMeta: meta(string(ref.Name)), Spec: *c.Preference}}
		cluster.ClusterPreferences = []instancetypev1.VirtualMachineClusterPreference{{ObjectMeta: meta(string(ref.Name)), Spec: *c.Preference}}
	}
}

// addClaims gives the cluster claims of the disks, but for some whose access modes are then those of the spec, or not known.
func (c *checked) addClaims(p fn.Planned, d drawn, cluster *check.Cluster) {
	settings := storage.Settings{NoProfiles: !*p.Input.Cluster.StorageProfiles}
	for _, claim := range storage.Claims(p.Wukong, settings, p.Observed) {
		if len(claim.AccessModes) > 0 {
			c.Claims[claim.Name] = claim.AccessModes
		}
		modes := d.modes[claim.Disk%len(d.modes)]
		if modes == nil && claim.Composed && claim.Class == nil && len(claim.AccessModes) == 0 && d.hasDefault() {
			// A default class, and its StorageProfile, may tell.
			modes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
		}
		if modes != nil {
			c.Claims[claim.Name] = modes
			cluster.PersistentVolumeClaims = append(cluster.PersistentVolumeClaims, corev1.PersistentVolumeClaim{
				ObjectMeta: metav1.ObjectMeta{Namespace: p.Wukong.GetNamespace(), Name: claim.Name}, Spec: corev1.PersistentVolumeClaimSpec{AccessModes: modes},
			})
		}
	}
}

// withoutConflicts removes from a spec what an instance type may say, too: KubeVirt refuses both.
func withoutConflicts(spec map[string]any) {
	if spec["instancetype"] == nil {
		return
	}
	template, _ := spec["template"].(map[string]any)
	domain, _ := template["domain"].(map[string]any)
	delete(domain, "launchSecurity")
	performance, _ := spec["performance"].(map[string]any)
	for _, name := range []string{
		"cpuModel", "cpuFeatures", "dedicatedCpuPlacement", "isolateEmulatorThread", "numa", "hugepages", "ioThreads", "ioThreadsPolicy",
	} {
		delete(performance, name)
	}
}

// A drawn is a random cluster.
type drawn struct {
	input        map[string]any
	instancetype instancetypev1.VirtualMachineInstancetypeSpec
	preference   instancetypev1.VirtualMachinePreferenceSpec
	modes        [][]corev1.PersistentVolumeAccessMode
	quotas       []corev1.ResourceQuota
	namespace    *corev1.Namespace
	architecture string
	classes      []storagev1.StorageClass
	profiles     []cdiv1.StorageProfile
}

// hasDefault reports whether a StorageClass is the default one.
func (d drawn) hasDefault() bool {
	return slices.ContainsFunc(d.classes, func(c storagev1.StorageClass) bool { return len(c.Annotations) > 0 })
}

// allowDrives switches on the feature gate that KubeVirt takes an empty CD-ROM drive with, where a spec has one.
func (d drawn) allowDrives(spec map[string]any) {
	disks, _ := spec["disks"].([]any)
	for _, disk := range disks {
		disk, _ := disk.(map[string]any)
		image, _ := disk["image"].(string)
		claim, _ := disk["claimName"].(string)
		if disk["type"] == "cdrom" && image == "" && claim == "" {
			kubevirt, _ := d.input["kubevirt"].(map[string]any)
			gates, _ := kubevirt["featureGates"].([]any)
			kubevirt["featureGates"] = append(slices.Clip(gates), "DeclarativeHotplugVolumes")
			return
		}
	}
}

// drawnCluster generates clusters with a version of KubeVirt.
func drawnCluster(version string) *rapid.Generator[drawn] {
	return rapid.Custom(func(t *rapid.T) drawn {
		d := drawn{
			input:        map[string]any{"kubevirt": kubeVirt(version).Draw(t, "kubevirt"), "storageProfiles": rapid.Bool().Draw(t, "storageProfiles")},
			instancetype: instancetype().Draw(t, "instancetype"),
			preference:   preference().Draw(t, "preference"),
		}
		// Most guests have shared disks alone, so that the others matter.
		rwx := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
		d.modes = [][]corev1.PersistentVolumeAccessMode{rwx}
		if rapid.Bool().Draw(t, "modes?") {
			d.modes = rapid.SliceOfN(rapid.SampledFrom([][]corev1.PersistentVolumeAccessMode{
				rwx, rwx, rwx, nil, {corev1.ReadWriteOnce}, {corev1.ReadWriteOnce, corev1.ReadWriteMany}, {corev1.ReadWriteOncePod},
			}), 1, 4).Draw(t, "modes")
		}
		if rapid.IntRange(0, 5).Draw(t, "nodes?") == 0 {
			d.architecture = rapid.SampledFrom([]string{"amd64", "arm64"}).Draw(t, "architecture")
		}
		d.classes, d.profiles = classes(t)
		hard := corev1.ResourceList{}
		for _, name := range []corev1.ResourceName{corev1.ResourceLimitsCPU, corev1.ResourceLimitsMemory, corev1.ResourceRequestsCPU} {
			if rapid.Bool().Draw(t, string(name)) {
				hard[name] = resource.MustParse("1")
			}
		}
		if len(hard) > 0 {
			d.quotas = []corev1.ResourceQuota{{ObjectMeta: metav1.ObjectMeta{Namespace: wukongtest.Namespace, Name: "quota"}, Spec: corev1.ResourceQuotaSpec{Hard: hard}}}
		}
		if rapid.Bool().Draw(t, "namespace?") {
			ratio := rapid.SampledFrom([]string{"1.25", "3", "0.5", "much"}).Draw(t, "ratio")
			d.namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: wukongtest.Namespace, Labels: map[string]string{kubevirtv1.AutoMemoryLimitsRatioLabel: ratio}}}
		}
		return d
	})
}

// classes draws StorageClasses, at most one of them the default of all, and one that of virtual machines, and the StorageProfiles of some.
func classes(t *rapid.T) ([]storagev1.StorageClass, []cdiv1.StorageProfile) {
	names := []string{"class-a", "class-b"}
	var out []storagev1.StorageClass
	var profiles []cdiv1.StorageProfile
	standard, virtual := -1, -1
	if rapid.Bool().Draw(t, "defaults?") {
		standard, virtual = rapid.IntRange(-1, len(names)-1).Draw(t, "default"), rapid.IntRange(-1, len(names)-1).Draw(t, "default of virtual machines")
	}
	for i, name := range names {
		c := storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{}}}
		if i == standard {
			c.Annotations["storageclass.kubernetes.io/is-default-class"] = "true"
		}
		if i == virtual {
			c.Annotations["storageclass.kubevirt.io/is-default-virt-class"] = "true"
		}
		out = append(out, c)
		if rapid.Bool().Draw(t, "profile?") {
			p := cdiv1.StorageProfile{ObjectMeta: metav1.ObjectMeta{Name: name}}
			for range rapid.IntRange(0, 3).Draw(t, "sets") {
				p.Status.ClaimPropertySets = append(p.Status.ClaimPropertySets, cdiv1.ClaimPropertySet{
					AccessModes: rapid.SampledFrom([][]corev1.PersistentVolumeAccessMode{
						{corev1.ReadWriteMany}, {corev1.ReadWriteOnce}, {corev1.ReadWriteOnce, corev1.ReadWriteMany}, {corev1.ReadWriteOncePod}, nil,
					}).Draw(t, "modes of set"),
					VolumeMode: ptr.To(rapid.SampledFrom([]corev1.PersistentVolumeMode{corev1.PersistentVolumeBlock, corev1.PersistentVolumeFilesystem}).Draw(t, "mode of set")),
				})
			}
			profiles = append(profiles, p)
		}
	}
	return out, profiles
}

// kubeVirt generates settings of KubeVirt, as the Input has them.
func kubeVirt(version string) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		k := map[string]any{"version": version}
		set := func(field string, value func() any) {
			if rapid.IntRange(0, 2).Draw(t, field+"?") == 0 {
				k[field] = value()
			}
		}
		gates := rapid.SliceOfDistinct(rapid.SampledFrom([]any{"VGPULiveMigration", "IOMMUFD", "ExternalNetResourceInjection", "ImageVolume", "CrossArchitectureVirtualization", "DeclarativeHotplugVolumes"}), rapid.ID)
		k["featureGates"] = gates.Draw(t, "featureGates")
		for _, gate := range wukongtest.Gates {
			k["featureGates"] = append(k["featureGates"].([]any), gate) //nolint:forcetypeassert // It was drawn so.
		}
		set("disabledFeatureGates", func() any { return []any{"ExternalNetResourceInjection", "ImageVolume"} })
		set("vmStateStorageClass", func() any { return rapid.SampledFrom([]string{"class-a", "class-c"}).Draw(t, "vmStateStorageClass") })
		k["evictionStrategy"] = rapid.SampledFrom([]string{"", "None", "LiveMigrate", "LiveMigrate", "LiveMigrate", "LiveMigrateIfPossible", "External"}).Draw(t, "evictionStrategy")
		set("cpuAllocationRatio", func() any { return rapid.Int64Range(1, 64).Draw(t, "cpuAllocationRatio") })
		set("memoryOvercommit", func() any { return rapid.Int64Range(10, 400).Draw(t, "memoryOvercommit") })
		set("additionalGuestMemoryOverheadRatio", func() any {
			return strconv.FormatFloat(float64(rapid.IntRange(1, 400).Draw(t, "ratio"))/100, 'f', -1, 64)
		})
		set("cpuRequest", func() any {
			return rapid.SampledFrom([]string{"", "100m", "250m", "0.1", "0.5", "2"}).Draw(t, "cpuRequest")
		})
		set("useEmulation", func() any { return rapid.Bool().Draw(t, "useEmulation") })
		set("disableSerialConsoleLog", func() any { return rapid.Bool().Draw(t, "disableSerialConsoleLog") })
		return k
	})
}

// instancetype generates instance types that no Wukong conflicts with but by devices.
func instancetype() *rapid.Generator[instancetypev1.VirtualMachineInstancetypeSpec] {
	return rapid.Custom(func(t *rapid.T) instancetypev1.VirtualMachineInstancetypeSpec {
		s := instancetypev1.VirtualMachineInstancetypeSpec{
			CPU:    instancetypev1.CPUInstancetype{Guest: rapid.Uint32Range(1, 64).Draw(t, "cpu")},
			Memory: instancetypev1.MemoryInstancetype{Guest: *resource.NewQuantity(int64(rapid.IntRange(1, 256).Draw(t, "memory"))<<28, resource.BinarySI)},
		}
		if rapid.Bool().Draw(t, "plain?") {
			return s
		}
		s.CPU.DedicatedCPUPlacement = ptr.To(rapid.Bool().Draw(t, "dedicated"))
		s.CPU.IsolateEmulatorThread = ptr.To(*s.CPU.DedicatedCPUPlacement && rapid.Bool().Draw(t, "emulator"))
		if rapid.Bool().Draw(t, "parity?") {
			s.Annotations = map[string]string{kubevirtv1.EmulatorThreadCompleteToEvenParity: ""}
		}
		s.Memory.OvercommitPercent = rapid.SampledFrom([]int{0, 0, 1, 15, 50}).Draw(t, "overcommit")
		if size := rapid.SampledFrom([]string{"", "", "2Mi", "1Gi"}).Draw(t, "hugepages"); size != "" {
			s.Memory.Hugepages = &kubevirtv1.Hugepages{PageSize: size}
		}
		if n := rapid.Uint32Range(0, 4).Draw(t, "ioThreads"); n > 0 {
			s.IOThreads = &kubevirtv1.DiskIOThreads{SupplementalPoolThreadCount: &n}
			s.IOThreadsPolicy = ptr.To(rapid.SampledFrom([]kubevirtv1.IOThreadsPolicy{kubevirtv1.IOThreadsPolicySupplementalPool, kubevirtv1.IOThreadsPolicyShared}).Draw(t, "policy"))
		}
		s.LaunchSecurity = launchSecurity().Draw(t, "launchSecurity")
		for i := range rapid.IntRange(0, 2).Draw(t, "gpus") {
			s.GPUs = append(s.GPUs, kubevirtv1.GPU{Name: fmt.Sprintf("gpu%d", i), DeviceName: "nvidia.com/A10"})
		}
		for i := range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "hostDevices") {
			s.HostDevices = append(s.HostDevices, kubevirtv1.HostDevice{Name: fmt.Sprintf("dev%d", i), DeviceName: fmt.Sprintf("intel.com/qat%d", i%2)})
		}
		return s
	})
}

// launchSecurity generates ways to encrypt the memory of a guest, most often none.
func launchSecurity() *rapid.Generator[*kubevirtv1.LaunchSecurity] {
	return rapid.SampledFrom([]*kubevirtv1.LaunchSecurity{
		nil, nil, nil, nil, {SEV: &kubevirtv1.SEV{}}, {SNP: &kubevirtv1.SEVSNP{}}, {TDX: &kubevirtv1.TDX{}},
	})
}

// preference generates preferences that say something of the pod.
func preference() *rapid.Generator[instancetypev1.VirtualMachinePreferenceSpec] {
	topologies := []instancetypev1.PreferredCPUTopology{
		instancetypev1.Sockets, instancetypev1.Cores, instancetypev1.Threads, instancetypev1.Any, instancetypev1.Spread,
		instancetypev1.DeprecatedPreferSockets, instancetypev1.DeprecatedPreferCores, instancetypev1.DeprecatedPreferThreads, instancetypev1.DeprecatedPreferSpread,
	}
	across := []instancetypev1.SpreadAcross{
		instancetypev1.SpreadAcrossSocketsCores, instancetypev1.SpreadAcrossCoresThreads, instancetypev1.SpreadAcrossSocketsCoresThreads,
	}
	maybe := func(t *rapid.T, label string) *bool {
		return rapid.SampledFrom([]*bool{nil, ptr.To(true), ptr.To(false)}).Draw(t, label)
	}
	return rapid.Custom(func(t *rapid.T) instancetypev1.VirtualMachinePreferenceSpec {
		s := instancetypev1.VirtualMachinePreferenceSpec{CPU: &instancetypev1.CPUPreferences{PreferredCPUTopology: ptr.To(rapid.SampledFrom(topologies).Draw(t, "topology"))}}
		if rapid.Bool().Draw(t, "spread?") {
			s.CPU.SpreadOptions = &instancetypev1.SpreadOptions{Across: ptr.To(rapid.SampledFrom(across).Draw(t, "across")), Ratio: ptr.To(rapid.Uint32Range(1, 4).Draw(t, "ratio"))}
		}
		s.PreferSpreadSocketToCoreRatio = rapid.Uint32Range(0, 3).Draw(t, "socketToCoreRatio")
		s.Devices = &instancetypev1.DevicePreferences{
			PreferredAutoattachGraphicsDevice: maybe(t, "graphics"), PreferredAutoattachSerialConsole: maybe(t, "console"), PreferredAutoattachPodInterface: maybe(t, "podInterface"),
			PreferredInterfaceModel: rapid.SampledFrom([]string{"", "virtio", "e1000e"}).Draw(t, "model"),
		}
		if rapid.Bool().Draw(t, "tpm?") {
			s.Devices.PreferredTPM = &kubevirtv1.TPMDevice{Enabled: maybe(t, "tpm"), Persistent: maybe(t, "persistent tpm")}
		}
		if rapid.Bool().Draw(t, "firmware?") {
			s.Firmware = &instancetypev1.FirmwarePreferences{PreferredUseBios: maybe(t, "bios"), PreferredEfi: rapid.SampledFrom([]*kubevirtv1.EFI{
				nil, {SecureBoot: ptr.To(false)}, {SecureBoot: ptr.To(false), Persistent: ptr.To(true)},
			}).Draw(t, "efi")}
		}
		s.PreferredArchitecture = rapid.SampledFrom([]*string{nil, nil, ptr.To("amd64"), ptr.To("arm64")}).Draw(t, "preferredArchitecture")
		return s
	})
}
