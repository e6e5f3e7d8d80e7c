package admission

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

const (
	// hidden stands for a value that must not be repeated, because it may be a secret.
	hidden = "(not shown)"

	maxCPU         = 1024
	maxNetworks    = 32
	maxDisks       = 64
	maxServers     = 8
	maxSelectors   = 64
	maxTolerations = 64
	maxGPUs        = 32

	// maxIgnored is how long a value may be that has no effect.
	maxIgnored = 253
	maxSalt    = 253
)

// The bounds of a virtual machine's memory: with less no guest boots, and no computer has more.
var minMemory, maxMemory = resource.MustParse("16Mi"), resource.MustParse("64Ti")

// Validate returns what is wrong with a Wukong to which defaults were applied, which gave osImage to the disk of the name osDisk: each error
// names the field and the way out.
func Validate(w *v1alpha1.Wukong, osDisk v1alpha1.Label, in *v1beta1.Input) field.ErrorList {
	spec := field.NewPath("spec")
	errs := validateIdentity(w, field.NewPath("metadata"))
	errs = append(errs, validateMachine(&w.Spec, spec)...)
	errs = append(errs, validateGuest(&w.Spec, spec)...)
	errs = append(errs, validatePodNetwork(&w.Spec, spec)...)
	errs = append(errs, validateNetworks(w, in.SharedNetworkNamespaces, spec.Child("networks"))...)
	errs = append(errs, validateGPUs(w.Spec.GPUs, spec.Child("gpus"))...)
	errs = append(errs, validateDisks(w, osDisk, spec.Child("disks"))...)
	errs = append(errs, validateRetained(w.Spec.Disks, in.Target, spec.Child("disks"))...)
	errs = append(errs, validatePlacement(w.Spec.HighAvailability, spec.Child("highAvailability"))...)
	errs = append(errs, validateStart(w.Spec.StartStrategy, spec.Child("startStrategy"))...)
	return append(errs, validateIgnored(w.Spec.RestoreFromSnapshot, spec.Child("restoreFromSnapshot"))...)
}

// ValidateInput returns what is wrong with an Input to which defaults were applied.
func ValidateInput(in *v1beta1.Input) field.ErrorList {
	errs := validateEnum(string(in.Target), field.NewPath("target"), string(v1beta1.TargetObject), string(v1beta1.TargetNative))
	ref := field.NewPath("providerConfigRef")
	errs = append(errs, requireObjectName(in.ProviderConfigRef.Name, ref.Child("name"))...)
	errs = append(errs, validateEnum(in.ProviderConfigRef.Kind, ref.Child("kind"), v1beta1.KindProviderConfig, v1beta1.KindClusterProviderConfig)...)
	for i, ns := range in.SharedNetworkNamespaces {
		errs = append(errs, validateLabel(ns, field.NewPath("sharedNetworkNamespaces").Index(i))...)
	}
	errs = append(errs, validateLabels(in.Labels, field.NewPath("labels"))...)
	errs = append(errs, validateCluster(in, field.NewPath("cluster"))...)
	if utf8.RuneCountInString(in.Salt) > maxSalt {
		errs = append(errs, tooLong(field.NewPath("salt"), maxSalt))
	}
	path, d := field.NewPath("defaults"), in.Defaults
	errs = append(errs, validateObjectName(string(d.StorageClassName), path.Child("storageClassName"))...)
	errs = append(errs, validateInterface(d.Master, path.Child("master"))...)
	errs = append(errs, validateResourceName(d.ResourceName, path.Child("resourceName"))...)
	errs = append(errs, validateServers(d.DNSServers, path.Child("dnsServers"))...)
	return errs
}

// validateIdentity checks the names that everything else is named after. They become labels' values.
func validateIdentity(w *v1alpha1.Wukong, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(w.GetName()) > validation.LabelValueMaxLength {
		errs = append(errs, tooLong(path.Child("name"), validation.LabelValueMaxLength))
	}
	errs = append(errs, requireObjectName(w.GetName(), path.Child("name"))...)
	return append(errs, validateLabel(v1alpha1.Label(w.GetNamespace()), path.Child("namespace"))...)
}

func validateMachine(s *v1alpha1.WukongSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	cpu, memory := path.Child("cpu"), path.Child("memory")
	if s.CPU != nil && (*s.CPU < 1 || *s.CPU > maxCPU) {
		errs = append(errs, invalid(cpu, *s.CPU, fmt.Sprintf("must be between 1 and %d", maxCPU)))
	}
	if m := s.Memory; m != nil && (m.Cmp(minMemory) < 0 || m.Cmp(maxMemory) > 0) {
		errs = append(errs, invalid(memory, m.String(), fmt.Sprintf("must be from %s to %s: a number alone is bytes, so that 2048 is to be 2048Mi or 2Gi", &minMemory, &maxMemory)))
	}

	if s.Instancetype == nil {
		if s.CPU == nil {
			errs = append(errs, field.Required(cpu, "give cpu and memory, or an instancetype"))
		}
		if s.Memory == nil {
			errs = append(errs, field.Required(memory, "give cpu and memory, or an instancetype"))
		}
	} else {
		if s.CPU != nil {
			errs = append(errs, field.Forbidden(cpu, "cpu comes from the instancetype: remove one of them"))
		}
		if s.Memory != nil {
			errs = append(errs, field.Forbidden(memory, "memory comes from the instancetype: remove one of them"))
		}
		errs = append(errs, validateEnum(s.Instancetype.Kind, path.Child("instancetype", "kind"), "VirtualMachineInstancetype", defaultInstancetypeKind)...)
		errs = append(errs, requireObjectName(string(s.Instancetype.Name), path.Child("instancetype", "name"))...)
	}
	if s.Preference != nil {
		errs = append(errs, validateEnum(s.Preference.Kind, path.Child("preference", "kind"), "VirtualMachinePreference", defaultPreferenceKind)...)
		errs = append(errs, requireObjectName(string(s.Preference.Name), path.Child("preference", "name"))...)
	}
	return errs
}

func validateStart(s *v1alpha1.StartStrategy, path *field.Path) field.ErrorList {
	if s == nil || s.RunStrategy == "" {
		return nil
	}
	return validateEnum(string(s.RunStrategy), path.Child("runStrategy"), string(kubevirtv1.RunStrategyAlways), string(kubevirtv1.RunStrategyRerunOnFailure), string(kubevirtv1.RunStrategyManual), string(kubevirtv1.RunStrategyOnce), string(kubevirtv1.RunStrategyHalted))
}

// invalid is an error about a value, of which it repeats the beginning.
func invalid(path *field.Path, value any, message string) *field.Error {
	if s, ok := value.(string); ok {
		value = v1alpha1.Shown(s)
	}
	return field.Invalid(path, value, message)
}

func tooLong(path *field.Path, n int) *field.Error {
	return field.TooLong(path, "", n)
}

func tooMany(path *field.Path, have, most int) field.ErrorList {
	if have <= most {
		return nil
	}
	return field.ErrorList{field.TooMany(path, have, most)}
}

// first returns an error for the first of the messages, as they repeat each other.
func first(path *field.Path, value string, messages []string) field.ErrorList {
	if len(messages) == 0 {
		return nil
	}
	return field.ErrorList{invalid(path, value, messages[0])}
}

func validateLabel[T ~string](v T, path *field.Path) field.ErrorList {
	return first(path, string(v), validation.IsDNS1123Label(string(v)))
}

func validateObjectName(v string, path *field.Path) field.ErrorList {
	if v == "" {
		return nil
	}
	return requireObjectName(v, path)
}

func requireObjectName(v string, path *field.Path) field.ErrorList {
	return first(path, v, validation.IsDNS1123Subdomain(v))
}

func validateEnum(v string, path *field.Path, allowed ...string) field.ErrorList {
	if sets.New(allowed...).Has(v) {
		return nil
	}
	return field.ErrorList{field.NotSupported(path, v1alpha1.Shown(v), allowed)}
}

// validatePattern checks a value that may be empty.
func validatePattern(v string, path *field.Path, pattern *regexp.Regexp, most int, message string) field.ErrorList {
	if v == "" {
		return nil
	}
	if len(v) > most {
		return field.ErrorList{tooLong(path, most)}
	}
	if !pattern.MatchString(v) {
		return field.ErrorList{invalid(path, v, message)}
	}
	return nil
}

// validateIgnored checks a value that has no effect.
func validateIgnored(v string, path *field.Path) field.ErrorList {
	if utf8.RuneCountInString(v) <= maxIgnored {
		return nil
	}
	return field.ErrorList{tooLong(path, maxIgnored)}
}

// duplicates returns an error for every value that was there before. Empty values do not count.
func duplicates(values []string, path func(i int) *field.Path) field.ErrorList {
	var errs field.ErrorList
	seen := sets.New[string]()
	for i, v := range values {
		if v != "" && seen.Has(v) {
			errs = append(errs, field.Duplicate(path(i), v1alpha1.Shown(v)))
		}
		seen.Insert(v)
	}
	return errs
}

// isPrintableLine reports whether s is one line of characters that can be printed.
func isPrintableLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !message.IsPrintable(r) })
}
