package validation

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// Spec returns the rules of the table that a spec breaks, by the path of each field below spec. The spec is as its author wrote it, without
// defaults.
func Spec(s *v1alpha1.WukongSpec) field.ErrorList {
	spec := field.NewPath("spec")
	errs := append(check(specRules, s, spec), check(performanceRules, s, spec)...)
	if s.CloudInit != nil {
		errs = append(errs, check(cloudInitRules, s.CloudInit, spec.Child("cloudInit"))...)
	}
	for i := range s.Networks {
		path := spec.Child("networks").Index(i)
		errs = append(errs, check(networkRules, &s.Networks[i], path)...)
		if c := s.Networks[i].IPConfig; c != nil {
			errs = append(errs, check(ipConfigRules, c, path.Child("ipConfig"))...)
		}
	}
	for i := range s.Disks {
		errs = append(errs, check(diskRules, &s.Disks[i], spec.Child("disks").Index(i))...)
	}
	for _, p := range probes(s) {
		path := spec.Child(p.name)
		errs = append(errs, check(probeRules, p.Probe, path)...)
		if p.Exec != nil {
			errs = append(errs, check(execRules, p.Exec, path.Child("exec"))...)
		}
	}
	if ha := s.HighAvailability; ha != nil {
		path := spec.Child("highAvailability")
		errs = append(errs, check(placementRules, ha, path)...)
		for i := range ha.Tolerations {
			errs = append(errs, check(tolerationRules, &ha.Tolerations[i], path.Child("tolerations").Index(i))...)
		}
	}
	return errs
}

// Input returns the rules of the table that an Input breaks, by the path of each field.
func Input(in *v1beta1.Input) field.ErrorList { return check(inputRules, in, nil) }

// The structure of the documents that users write.
var (
	// SpecStructure is the structure of a Wukong's spec, without the fields that Crossplane adds.
	SpecStructure = schemaOfWukongSpec

	// InputStructure is the structure of an Input.
	InputStructure = schemaOfInput

	// ActionStructure is the structure of an Action.
	ActionStructure = schemaOfAction
)
