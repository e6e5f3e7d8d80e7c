// Package admission completes a Wukong, refuses what cannot be rendered, and advises.
//
// The rules here depend on the Input, or on the name and namespace of the Wukong, which no schema can say. The rules of the API are in package
// validation.
package admission

import (
	"cmp"
	"slices"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/network"
)

// Defaults that the API documents. They never change: a virtual machine that relies on one would change with it.
const (
	defaultSudo              = "ALL=(ALL) NOPASSWD:ALL"
	defaultShell             = "/bin/bash"
	defaultBus               = string(kubevirtv1.DiskBusVirtio)
	defaultAntiAffinityGroup = "default"
	defaultInstancetypeKind  = "VirtualMachineClusterInstancetype"
	defaultPreferenceKind    = "VirtualMachineClusterPreference"
	defaultProviderConfig    = "default"
)

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

// Default fills in what the Wukong leaves out: first the platform team's choices, then the API's own. It returns the name of the disk
// whose image it took from osImage, as that is not visible afterwards; empty for none.
func Default(w *v1alpha1.Wukong, d *v1beta1.Defaults) (osDisk v1alpha1.Label) {
	s := &w.Spec

	s.PodNetwork = ptr.To(podNetwork(s, d))
	for i := range s.Networks {
		defaultNetwork(&s.Networks[i], d)
	}

	osDisk = defaultBoot(s)
	for i := range s.Disks {
		defaultDisk(&s.Disks[i], s.Preference != nil)
	}

	if u := s.CloudInitUser; u != nil {
		u.Sudo = cmp.Or(u.Sudo, defaultSudo)
		u.Shell = cmp.Or(u.Shell, defaultShell)
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
	return osDisk
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

// defaultBoot chooses the disk to boot from where the Wukong does not, and gives it the operating system's image. It returns its name where
// it took that; empty where none did.
func defaultBoot(s *v1alpha1.WukongSpec) (osDisk v1alpha1.Label) {
	boot := bootDisk(s)
	if boot < 0 {
		return ""
	}
	d := &s.Disks[boot]
	d.Boot = true
	if s.OSImage == "" || !takesImage(*d) {
		return ""
	}
	d.Image = s.OSImage
	return d.Name
}

// bootDisk is the index of the disk with boot: true, else of the first that can take osImage where that is given, else of the
// first with an image, else of the first. It is -1 without disks.
//
// Of the disks that can take osImage it is always the first, so that a disk with an image that is added later does not become
// the one to boot from.
func bootDisk(s *v1alpha1.WukongSpec) int {
	if i := slices.IndexFunc(s.Disks, func(d v1alpha1.Disk) bool { return d.Boot }); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(s.Disks, takesImage); i >= 0 && s.OSImage != "" {
		return i
	}
	if i := slices.IndexFunc(s.Disks, func(d v1alpha1.Disk) bool { return d.Image != "" }); i >= 0 {
		return i
	}
	return min(len(s.Disks), 1) - 1
}

// takesImage says whether a disk would be empty without osImage.
func takesImage(d v1alpha1.Disk) bool { return d.Image == "" && d.ClaimName == "" }

func defaultPlacement(ha *v1alpha1.HighAvailability) {
	if ha.AntiAffinity {
		ha.AntiAffinityGroup = cmp.Or(ha.AntiAffinityGroup, defaultAntiAffinityGroup)
	}
	ha.EvictionStrategy = orNil(ha.EvictionStrategy)
}

// defaultDisk leaves out the storage class and the access modes: whether they were given or not makes a difference to a disk that
// exists already.
func defaultDisk(disk *v1alpha1.Disk, preferred bool) {
	// An explicit bus would win over the one that the preference chooses.
	if !preferred {
		disk.Bus = cmp.Or(disk.Bus, defaultBus)
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
