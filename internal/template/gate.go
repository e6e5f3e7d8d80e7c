package template

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
)

// Gates checks the feature gates that the templates and the fields take. A gate that is off is an error where the virtual machine does not have what takes
// it, in one of its states, and advice where it does. A gate of the platform team's own template is no fault of the Wukong, but KubeVirt would refuse the
// virtual machine. Each piece of advice begins with the path of a field.
func (c Choice) Gates(in *v1beta1.Input, has ...Template) (errs field.ErrorList, advice []string) {
	t := c.Merged()
	for _, name := range t.Names() {
		p := find(name)
		if p.Gate == "" || !takesGate(t[name]) {
			continue
		}
		at := c.pathOf(name)
		switch on, known := feature.Enabled(in, p.Gate); {
		case on:
		case !known:
			advice = append(advice, at.String()+": "+feature.MessageUnknown.With(p.Gate))
		case anyGives(has, name):
			advice = append(advice, at.String()+": "+feature.MessageOffNow.With(p.Gate))
		default:
			errs = append(errs, field.Forbidden(at, feature.MessageOff.With(p.Gate)))
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
