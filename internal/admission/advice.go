package admission

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
)

// Advice about single fields.
var (
	msgPasswordShown = message.New(message.Advice, "password-in-clear",
		"whoever may read this Wukong can read the password: prefer passwordHash or passwordSecretRef")
	msgPasswordUnused = message.New(message.Advice, "password-unused", "has no effect, because passwordHash is given")
	msgOSImageUnused  = message.New(message.Advice, "os-image-unused",
		"has no effect, because the virtual machine boots from disk {disk}, which has content of its own")
	msgNoSystemDisk = message.New(message.Advice, "os-image-without-disk",
		"has no effect, because there are CD-ROM drives alone, which it does not go to: add a disk with a size")
	msgRestoreUnused = message.New(message.Advice, "restore-unused",
		"has no effect: give the name of the snapshot in restore.snapshot")
	msgGroupUnused = message.New(message.Advice, "anti-affinity-group-unused", "has no effect without antiAffinity: true")
)

// Advice about networks.
var (
	msgPodReplaced = message.New(message.Advice, "network-pod-replaced",
		"the network default is the pod network, whose place network {name} takes: remove it")
	msgPodListed = message.New(message.Advice, "network-pod-listed",
		"the network default is the pod network, as nothing else is said of it: remove it, or give bridgeName for a bridge")
	msgNodeUnused = message.New(message.Advice, "network-node-unused",
		"has no effect, because a Wukong does not configure nodes: the network's bridge, or its uplink, must exist on them")
	msgExistingNetwork = message.New(message.Advice, "network-field-of-existing", "has no effect, because the existing network {name} decides")
	msgTypeUnused      = message.New(message.Advice, "network-field-of-other-type", "has no effect on a network of type {type}")
	msgSpoofing        = message.New(message.Advice, "network-mac-spoofing", "the guest can pass for any other host on this network, as its frames of any "+
		"source MAC address leave: give true, unless it has a virtual MAC address or bridges others")
	msgAddressUnused = message.New(message.Advice, "network-address-unused", "has no effect with mode dhcp")
)

// An adviser collects advice about fields.
type adviser struct {
	spec   *field.Path
	advice []string
}

// add adds advice about a field.
func (a *adviser) add(path *field.Path, m message.Message, values ...any) {
	a.advice = append(a.advice, path.String()+": "+m.With(values...))
}

// Advice returns what is valid in a Wukong, to which defaults were applied, and has no effect, or a surprising one: each begins with the path
// of the field. The disk called osDisk has its image from osImage.
func Advice(w *v1alpha1.Wukong, osDisk v1alpha1.Label) []string {
	s, a := &w.Spec, &adviser{spec: field.NewPath("spec")}
	a.user(s.CloudInitUser)
	a.osImage(s, osDisk)
	a.login(s)
	a.windows(s)
	a.networks(s)
	a.images(s, osDisk)
	if s.RestoreFromSnapshot != "" {
		a.add(a.spec.Child("restoreFromSnapshot"), msgRestoreUnused)
	}
	if ha := s.HighAvailability; ha != nil && ha.AntiAffinityGroup != "" && !ha.AntiAffinity {
		a.add(a.spec.Child("highAvailability", "antiAffinityGroup"), msgGroupUnused)
	}
	return a.advice
}

func (a *adviser) user(u *v1alpha1.CloudInitUser) {
	if u == nil || u.Password == "" {
		return
	}
	path := a.spec.Child("cloudInitUser", "password")
	a.add(path, msgPasswordShown)
	if u.PasswordHash != "" {
		a.add(path, msgPasswordUnused)
	}
}

// osImage advises where osImage or osImageFrom goes nowhere: the disk with the system has other content, or is an existing claim, or there is none.
func (a *adviser) osImage(s *v1alpha1.WukongSpec, osDisk v1alpha1.Label) {
	if !hasOSImage(s) || osDisk != "" {
		return
	}
	path := a.spec.Child("osImage")
	if s.OSImageFrom != nil {
		path = a.spec.Child("osImageFrom")
	}
	i := systemDisk(s)
	switch {
	case i < 0:
		a.add(path, msgNoSystemDisk)
	case s.OSImage == "" && (s.Disks[i].ImageFrom == nil || *s.Disks[i].ImageFrom != *s.OSImageFrom), s.Disks[i].Image != s.OSImage:
		a.add(path, msgOSImageUnused, s.Disks[i].Name)
	}
}

func (a *adviser) networks(s *v1alpha1.WukongSpec) {
	for i := range s.Networks {
		n, path := &s.Networks[i], a.spec.Child("networks").Index(i)
		first := primary(s.Networks)
		switch {
		case n.IsPodNetwork() && first != nil:
			a.add(path, msgPodReplaced, first.Name)
		case n.IsPodNetwork():
			a.add(path, msgPodListed)
		default:
			a.network(n, path)
		}
	}
}

func (a *adviser) network(n *v1alpha1.Network, path *field.Path) {
	if n.PhysicalInterface != "" {
		a.add(path.Child("physicalInterface"), msgNodeUnused)
	}
	if n.NodeIP != "" {
		a.add(path.Child("nodeIP"), msgNodeUnused)
	}
	t, _ := network.TypeOf(n.Type)
	for _, f := range network.TypeFields() {
		switch {
		case !f.IsSet(n):
		case n.NADName != "":
			a.add(path.Child(f.Name), msgExistingNetwork, n.NADName)
		case !t.Uses(f.Name):
			a.add(path.Child(f.Name), msgTypeUnused, n.Type)
		}
	}
	if n.NADName == "" && t.Uses("macSpoofCheck") && !ptr.Deref(n.MACSpoofCheck, true) {
		a.add(path.Child("macSpoofCheck"), msgSpoofing)
	}
	c := n.IPConfig
	if c == nil || c.Mode != v1alpha1.IPModeDHCP {
		return
	}
	if c.Address.IsValid() {
		a.add(path.Child("ipConfig", "address"), msgAddressUnused)
	}
	if c.Gateway.IsValid() {
		a.add(path.Child("ipConfig", "gateway"), msgAddressUnused)
	}
}
