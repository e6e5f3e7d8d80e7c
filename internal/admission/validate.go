package admission

import (
	"slices"
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/storage"
)

var (
	msgNameTooLong = message.New(message.Refusal, "name-too-long",
		"the name of a Wukong has at most {number} characters, as it becomes a label's value: choose a shorter one")
	msgNoName  = message.New(message.Refusal, "no-name", "a Wukong needs a name, which its virtual machine gets: give one, such as web-01")
	msgNotName = message.New(message.Refusal, "not-a-name",
		"a name has lower-case letters, digits, hyphens and dots, with a letter or a digit at both ends of each part: correct it")
	msgNotNamespace = message.New(message.Refusal, "not-a-namespace",
		"the name of a namespace has at most 63 lower-case letters, digits and hyphens, with a letter or a digit at both ends: correct it")
	msgVLANInterface = message.New(message.Refusal, "network-vlan-interface",
		"the network's uplink and vlanId name the interface {name}, which may have at most {number} characters: name an uplink with a shorter name in master")
	msgMaxCPUUneven = message.New(message.Refusal, "max-cpu-of-sockets",
		"the guest has {number} CPUs in each socket, and KubeVirt adds whole sockets: give a multiple of {number}, or coresPerSocket")
	msgProbePodNetwork = message.New(message.Refusal, "probe-without-pod-network-by-default",
		"the virtual machine is not on the pod network, through which alone tcpSocket and httpGet reach a guest: give podNetwork: true, or guestAgentPing or exec")
	msgNotShared = message.New(message.Refusal, "network-not-shared",
		"the networks of namespace {namespace} are not shared with this one: use a network of namespace {namespace}, or ask the platform team to share it")
	msgClaimOfDisk = message.New(message.Refusal, "claim-of-another-disk", "disk {disk} makes a claim of this name: name another one, or remove claimName")
	msgNotRetained = message.New(message.Refusal, "disk-not-retained",
		"without a provider nothing can be retained: create a PersistentVolumeClaim of your own and name it in claimName, which is never changed")
)

// NamedUplinks returns the networks whose author named the uplink. Others get theirs from what exists, or from the platform team.
func NamedUplinks(s *v1alpha1.WukongSpec) map[v1alpha1.Label]bool {
	out := make(map[v1alpha1.Label]bool, len(s.Networks))
	for _, n := range s.Networks {
		out[n.Name] = n.Master != ""
	}
	return out
}

// Validate returns what is wrong with a Wukong, to which defaults were applied, that no rule of the API can say: it depends on the Input, on the
// Wukong's name or namespace, or on a default. The uplinks of the named networks are checked already. Each error names the field and the way out.
func Validate(w *v1alpha1.Wukong, named map[v1alpha1.Label]bool, in *v1beta1.Input) field.ErrorList {
	spec := field.NewPath("spec")
	errs := validateIdentity(w, field.NewPath("metadata"))
	for i := range w.Spec.Networks {
		path := spec.Child("networks").Index(i)
		errs = append(errs, validateRequired(&w.Spec.Networks[i], path)...)
		if !named[w.Spec.Networks[i].Name] {
			errs = append(errs, validateVLANInterface(&w.Spec.Networks[i], path)...)
		}
		errs = append(errs, validateNADName(&w.Spec.Networks[i], w.GetNamespace(), in.SharedNetworkNamespaces, path.Child("nadName"))...)
	}
	if !*w.Spec.PodNetwork {
		errs = append(errs, validateProbe(w.Spec.ReadinessProbe, spec.Child("readinessProbe"))...)
		errs = append(errs, validateProbe(w.Spec.LivenessProbe, spec.Child("livenessProbe"))...)
	}
	errs = append(errs, validateMaxCPU(&w.Spec, spec.Child("maxCPU"))...)
	errs = append(errs, validateClaimNames(w, spec.Child("disks"))...)
	return append(errs, validateRetained(w.Spec.Disks, in.Target, spec.Child("disks"))...)
}

// validateIdentity checks the names that everything else is named after. They become labels' values.
func validateIdentity(w *v1alpha1.Wukong, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	name, namespace := path.Child("name"), path.Child("namespace")
	if len(w.GetName()) > apivalidation.LabelValueMaxLength {
		errs = append(errs, field.Invalid(name, v1alpha1.Shown(w.GetName()), msgNameTooLong.With(apivalidation.LabelValueMaxLength)))
	}
	switch {
	case w.GetName() == "":
		errs = append(errs, field.Required(name, msgNoName.String()))
	case len(apivalidation.IsDNS1123Subdomain(w.GetName())) > 0:
		errs = append(errs, field.Invalid(name, v1alpha1.Shown(w.GetName()), msgNotName.String()))
	}
	if len(apivalidation.IsDNS1123Label(w.GetNamespace())) > 0 {
		errs = append(errs, field.Invalid(namespace, v1alpha1.Shown(w.GetNamespace()), msgNotNamespace.String()))
	}
	return errs
}

// validateMaxCPU checks that the CPUs which a guest can grow to are whole sockets, where the preference decides on the CPUs in each.
func validateMaxCPU(s *v1alpha1.WukongSpec, path *field.Path) field.ErrorList {
	if s.MaxCPU == nil || s.CoresPerSocket == nil || *s.MaxCPU%*s.CoresPerSocket == 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, *s.MaxCPU, msgMaxCPUUneven.With(*s.CoresPerSocket, *s.CoresPerSocket))}
}

// validateProbe refuses what a probe cannot ask a guest without the pod network (appendStatusCauseForProbeNotAllowedWithNoPodNetworkPresent in
// pkg/virt-api/webhooks/validating-webhook/admitters/vmi-create-admitter.go). The platform team may have left that out.
func validateProbe(p *v1alpha1.Probe, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p != nil && p.TCPSocket != nil {
		errs = append(errs, field.Forbidden(path.Child("tcpSocket"), msgProbePodNetwork.String()))
	}
	if p != nil && p.HTTPGet != nil {
		errs = append(errs, field.Forbidden(path.Child("httpGet"), msgProbePodNetwork.String()))
	}
	return errs
}

// validateRequired checks what a new NetworkAttachmentDefinition of the network's type cannot do without. The platform team may have given it.
func validateRequired(n *v1alpha1.Network, path *field.Path) field.ErrorList {
	t, _ := network.TypeOf(n.Type)
	if r := t.Required; r != nil && n.NADName == "" && r.Value(n) == "" {
		return field.ErrorList{field.Required(path.Child(r.Name), r.Missing.String())}
	}
	return nil
}

// validateVLANInterface checks the name of a macvlan network's interface with an uplink from a default.
func validateVLANInterface(n *v1alpha1.Network, path *field.Path) field.ErrorList {
	if n.NADName != "" || n.Type != v1alpha1.NetworkTypeMacvlan || n.VLANID == nil {
		return nil
	}
	name := names.VLANInterface(string(n.Master), *n.VLANID)
	if len(name) <= names.InterfaceLength {
		return nil
	}
	return field.ErrorList{field.Invalid(path.Child("vlanId"), *n.VLANID, msgVLANInterface.With(name, names.InterfaceLength))}
}

// validateNADName refuses networks of other namespaces, unless the platform team shares them.
func validateNADName(n *v1alpha1.Network, own string, shared []v1alpha1.Label, path *field.Path) field.ErrorList {
	namespace, _, qualified := strings.Cut(n.NADName, "/")
	if !qualified || namespace == own || slices.Contains(shared, v1alpha1.Label(namespace)) {
		return nil
	}
	return field.ErrorList{field.Forbidden(path, msgNotShared.With(namespace, own))}
}

// validateClaimNames refuses to attach a claim that another disk of the Wukong makes.
func validateClaimNames(w *v1alpha1.Wukong, path *field.Path) field.ErrorList {
	made := map[string]v1alpha1.Label{}
	for i := range w.Spec.Disks {
		if d := &w.Spec.Disks[i]; storage.IsComposed(d) {
			made[storage.ClaimName(w, d)] = d.Name
		}
	}
	var errs field.ErrorList
	for i, d := range w.Spec.Disks {
		if maker, found := made[string(d.ClaimName)]; found {
			errs = append(errs, field.Forbidden(path.Index(i).Child("claimName"), msgClaimOfDisk.With(maker)))
		}
	}
	return errs
}

// validateRetained refuses to retain a disk that is composed without a provider: Crossplane makes the Wukong its owner, with which Kubernetes
// deletes it.
func validateRetained(disks []v1alpha1.Disk, target v1beta1.Target, path *field.Path) field.ErrorList {
	if target != v1beta1.TargetNative {
		return nil
	}
	var errs field.ErrorList
	for i, d := range disks {
		if d.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
			errs = append(errs, field.Forbidden(path.Index(i).Child("deletionPolicy"), msgNotRetained.String()))
		}
	}
	return errs
}
