// Package admission completes a Wukong, refuses what cannot be rendered, and advises.
//
// The rules here depend on the Input, or on the name and namespace of the Wukong, which no schema can say. The rules of the API are in package
// validation.
package admission

import (
	"cmp"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/topology"
)

// Defaults that the API documents. They never change: a virtual machine that relies on one would change with it.
const (
	defaultSudo              = "ALL=(ALL) NOPASSWD:ALL"
	defaultShell             = "/bin/bash"
	defaultBus               = string(kubevirtv1.DiskBusVirtio)
	defaultLUNBus            = string(kubevirtv1.DiskBusSCSI)
	defaultDriveBus          = string(kubevirtv1.DiskBusSATA)
	defaultDriveBusOfARM64   = string(kubevirtv1.DiskBusSCSI)
	defaultAntiAffinityGroup = "default"
	defaultInstancetypeKind  = "VirtualMachineClusterInstancetype"
	defaultPreferenceKind    = "VirtualMachineClusterPreference"
	defaultProviderConfig    = "default"
)

// DefaultDiskName is the name of the disk that a Wukong has which lists none.
const DefaultDiskName = "system"

// defaultDiskSize is the size of a disk that neither the Wukong nor the platform team gives one.
var defaultDiskSize = resource.MustParse("20Gi")

// DefaultInput fills in what the Input leaves out.
func DefaultInput(in *v1beta1.Input) {
	in.Target = v1beta1.Target(cmp.Or(string(in.Target), string(v1beta1.TargetObject)))
	if in.ProviderConfigRef == nil {
		in.ProviderConfigRef = &v1beta1.ProviderConfigReference{Name: defaultProviderConfig}
	}
	in.ProviderConfigRef.Kind = cmp.Or(in.ProviderConfigRef.Kind, v1beta1.KindClusterProviderConfig)
	if in.Watch == nil {
		in.Watch = ptr.To(true)
	}
	if in.Defaults == nil {
		in.Defaults = &v1beta1.Defaults{}
	}
	if in.Cluster == nil {
		in.Cluster = &v1beta1.Cluster{}
	}
	if in.Cluster.StorageProfiles == nil {
		in.Cluster.StorageProfiles = ptr.To(true)
	}
	if in.Cluster.PodNetwork == nil {
		in.Cluster.PodNetwork = &v1beta1.PodNetwork{}
	}
	if len(in.Cluster.PodNetwork.IPFamilies) == 0 {
		in.Cluster.PodNetwork.IPFamilies = []v1beta1.IPFamily{v1beta1.IPv4}
	}
}

// DefaultDisks fills in the disks that the Wukong leaves out, and chooses the one to boot from. It returns the name of the disk whose content it took from
// osImage or osImageFrom, as that is not visible afterwards; empty for none.
func DefaultDisks(w *v1alpha1.Wukong, in *v1beta1.Input, rs observed.Resources) (osDisk v1alpha1.Label) {
	s := &w.Spec
	if len(s.Disks) == 0 && hasOSImage(s) {
		disk := v1alpha1.Disk{Name: DefaultDiskName}
		if s.OSImageFrom == nil {
			// A default of the platform team that changes changes no disk that exists.
			made := &v1alpha1.Disk{Name: DefaultDiskName, Image: s.OSImage}
			storage.SettleDisk(w, made, rs)
			size := storage.SizeOf(made, rs)
			if size.IsZero() {
				size = diskSize(in)
			}
			disk.Size = &v1alpha1.Quantity{Quantity: size}
		}
		s.Disks = []v1alpha1.Disk{disk}
	}
	return defaultBoot(s)
}

// diskSize returns the size of a new disk that its Wukong does not list: never more than the platform team allows.
func diskSize(in *v1beta1.Input) resource.Quantity {
	size := defaultDiskSize
	if in.Defaults != nil && in.Defaults.DiskSize != nil {
		size = in.Defaults.DiskSize.Quantity
	}
	if l := in.Limits; l != nil && l.DiskSize != nil && l.DiskSize.Cmp(size) < 0 {
		size = l.DiskSize.Quantity
	}
	return size
}

// Default fills in what else the Wukong leaves out: first the platform team's choices, then the API's own. The Wukong has its disks.
func Default(w *v1alpha1.Wukong, d *v1beta1.Defaults) {
	s := &w.Spec

	s.PodNetwork = ptr.To(podNetwork(s, d))
	for i := range s.Networks {
		defaultNetwork(&s.Networks[i], d)
	}

	for i := range s.Disks {
		defaultDisk(&s.Disks[i], s)
	}

	if u := s.CloudInitUser; u != nil {
		u.Sudo = cmp.Or(u.Sudo, defaultSudo)
		u.Shell = cmp.Or(u.Shell, defaultShell)
	}
	if s.CPU != nil && s.CoresPerSocket == nil {
		s.CoresPerSocket = ptr.To(topology.CoresPerSocket(*s.CPU, s))
	}
	if s.Instancetype != nil {
		s.Instancetype.Kind = cmp.Or(s.Instancetype.Kind, defaultInstancetypeKind)
	}
	if s.Preference != nil {
		s.Preference.Kind = cmp.Or(s.Preference.Kind, defaultPreferenceKind)
	}
	if ha := s.HighAvailability; ha != nil {
		defaultPlacement(ha)
	}
}

// podNetwork reports whether the virtual machine is on the pod network: what the Wukong says, else what its networks mean, else what the
// platform team chose.
func podNetwork(s *v1alpha1.WukongSpec, d *v1beta1.Defaults) bool {
	switch {
	case s.PodNetwork != nil:
		return *s.PodNetwork
	case primary(s.Networks) != nil:
		return false
	case slices.ContainsFunc(s.Networks, isPodNetwork):
		return true
	}
	return ptr.Deref(d.PodNetwork, true)
}

// primary returns the network that takes the place of the pod network; nil where none does.
func primary(networks []v1alpha1.Network) *v1alpha1.Network {
	for i := range networks {
		if n := &networks[i]; n.ReplacesPodNetwork() {
			return n
		}
	}
	return nil
}

func isPodNetwork(n v1alpha1.Network) bool { return n.IsPodNetwork() }

func defaultNetwork(n *v1alpha1.Network, d *v1beta1.Defaults) {
	n.Type = cmp.Or(n.Type, v1alpha1.NetworkTypeBridge)
	if n.IPConfig == nil {
		n.IPConfig = &v1alpha1.IPConfig{Mode: v1alpha1.IPModeDHCP}
	}
	if n.IPConfig.Mode == v1alpha1.IPModeStatic && len(n.IPConfig.DNSServers) == 0 {
		n.IPConfig.DNSServers = d.DNSServers
	}
	if t, known := network.TypeOf(n.Type); known {
		t.SetDefault(n, d)
	}
}

// defaultBoot chooses the disk to boot from where the Wukong does not, and gives osImage or osImageFrom to the disk that holds the system. It
// returns the name of the latter where it took that; empty where none did.
func defaultBoot(s *v1alpha1.WukongSpec) (osDisk v1alpha1.Label) {
	system := systemDisk(s)
	boots := func(d v1alpha1.Disk) bool { return d.Boot }
	switch {
	case slices.ContainsFunc(s.Disks, boots):
	case system >= 0:
		s.Disks[system].Boot = true
	case len(s.Disks) > 0:
		// There are CD-ROM drives alone.
		s.Disks[0].Boot = true
	}
	if system < 0 || !hasOSImage(s) || !takesImage(s.Disks[system]) {
		return ""
	}
	s.Disks[system].Image, s.Disks[system].ImageFrom = s.OSImage, s.OSImageFrom
	return s.Disks[system].Name
}

// hasOSImage reports whether a Wukong says where its operating system comes from.
func hasOSImage(s *v1alpha1.WukongSpec) bool { return s.OSImage != "" || s.OSImageFrom != nil }

// systemDisk is the index of the disk with boot: true, else of the first that can take osImage or osImageFrom where one is given, else of the
// first with content from elsewhere, else of the first. It is -1 without disks. CD-ROM drives do not count.
//
// Of the disks that can take it, it is always the first, so that a disk with an image that is added later does not become
// the one to boot from.
func systemDisk(s *v1alpha1.WukongSpec) int {
	for _, is := range []func(v1alpha1.Disk) bool{
		func(d v1alpha1.Disk) bool { return d.Boot },
		func(d v1alpha1.Disk) bool { return hasOSImage(s) && takesImage(d) },
		func(d v1alpha1.Disk) bool { return d.IsImported() },
		func(v1alpha1.Disk) bool { return true },
	} {
		if i := slices.IndexFunc(s.Disks, func(d v1alpha1.Disk) bool { return !d.IsCDROM() && is(d) }); i >= 0 {
			return i
		}
	}
	return -1
}

// takesImage reports whether a disk would be empty without osImage and osImageFrom.
func takesImage(d v1alpha1.Disk) bool { return !d.HasMedium() }

func defaultPlacement(ha *v1alpha1.HighAvailability) {
	if ha.AntiAffinity {
		ha.AntiAffinityGroup = cmp.Or(ha.AntiAffinityGroup, defaultAntiAffinityGroup)
	}
	ha.EvictionStrategy = orNil(ha.EvictionStrategy)
}

// defaultDisk leaves out the storage class and the access modes: whether they were given or not makes a difference to a disk that
// exists already.
func defaultDisk(disk *v1alpha1.Disk, s *v1alpha1.WukongSpec) {
	switch {
	case disk.IsLUN():
		// QEMU passes SCSI commands through on no other bus that KubeVirt has, whatever a preference chooses.
		disk.Bus = cmp.Or(disk.Bus, defaultLUNBus)
	case disk.IsCDROM() && s.Architecture == v1alpha1.ArchitectureARM64:
		// KubeVirt's own default there is virtio, which it then refuses for a drive.
		disk.Bus = cmp.Or(disk.Bus, defaultDriveBusOfARM64)
	case s.Preference != nil:
		// An explicit bus would win over the one that the preference chooses.
	case !disk.IsCDROM():
		disk.Bus = cmp.Or(disk.Bus, defaultBus)
	default:
		disk.Bus = cmp.Or(disk.Bus, defaultDriveBus)
	}
	disk.VolumeMode = orNil(disk.VolumeMode)
	if disk.ClaimName != "" {
		return
	}
	if disk.DeletionPolicy == "" {
		disk.DeletionPolicy = v1alpha1.DeletionPolicyDelete
	}
}

// orNil returns v, or nil where v points to an empty string, which counts as absent.
func orNil[T ~string](v *T) *T {
	if v == nil || *v == "" {
		return nil
	}
	return v
}
