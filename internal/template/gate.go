package template

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgGateOff = message.New(message.Refusal, "template-gate-off",
		"this takes KubeVirt's feature gate {value}, which is off in this cluster: remove it, or ask the platform team to enable the gate")
	msgGateOffNow = message.New(message.Advice, "template-gate-off-now",
		"this takes KubeVirt's feature gate {value}, which is off in this cluster, so that KubeVirt refuses changes of the virtual machine: "+
			"ask the platform team to enable the gate, or remove it")
	msgGateUnknown = message.New(message.Advice, "template-gate-unknown",
		"this takes KubeVirt's feature gate {value}, of which the Input does not tell whether it is on: "+
			"if KubeVirt refuses the virtual machine, remove it, or ask the platform team to enable the gate")
)

// Gates checks the feature gates that a template at a path takes. A gate that is off is an error where the virtual machine does not have what takes
// it, in one of its states, and advice where it does. Each piece of advice begins with the path of a field.
func (t Template) Gates(in *v1beta1.Input, path *field.Path, has ...Template) (errs field.ErrorList, advice []string) {
	for _, name := range t.Names() {
		p := find(name)
		if p == nil || p.Gate == "" || !takesGate(t[name]) {
			continue
		}
		at := Child(path, name)
		switch on, known := feature.Enabled(in, p.Gate); {
		case on:
		case !known:
			advice = append(advice, at.String()+": "+msgGateUnknown.With(p.Gate))
		case anyGives(has, name):
			advice = append(advice, at.String()+": "+msgGateOffNow.With(p.Gate))
		default:
			errs = append(errs, field.Forbidden(at, msgGateOff.With(p.Gate)))
		}
	}
	return errs, advice
}

// TakesGates reports whether the template takes any feature gate.
func (t Template) TakesGates() bool {
	for name, v := range t {
		if p := find(name); p != nil && p.Gate != "" && takesGate(v) {
			return true
		}
	}
	return false
}

// takesGate reports whether a value takes the gate of its path: KubeVirt takes false, and an empty list, without.
func takesGate(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case []any:
		return len(v) > 0
	default:
		return true
	}
}

// anyGives reports whether one of some templates gives a path.
func anyGives(all []Template, name string) bool {
	for _, t := range all {
		if v, given := t[name]; given && takesGate(v) {
			return true
		}
	}
	return false
}
