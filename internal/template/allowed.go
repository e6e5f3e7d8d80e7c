package template

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgNotAllowed = message.New(message.Refusal, "template-not-allowed",
		"the platform team does not let a Wukong give {field}: remove it, or ask the platform team to list it in limits.templatePaths")
	msgNoSuchPath     = message.New(message.Refusal, "template-path-unknown", "no template can give this path: remove it")
	msgNoSuchPathNear = message.New(message.Refusal, "template-path-misspelt", "no template can give this path: did you mean {value}?")
)

// NotAllowed returns the errors about what the template of a Wukong gives and the platform team does not allow. What the virtual machine has
// already, in one of its states, passes.
func (t Template) NotAllowed(allowed []string, path *field.Path, has ...Template) field.ErrorList {
	var errs field.ErrorList
	applied := t.applied()
	for _, name := range t.Names() {
		standing := slices.ContainsFunc(has, func(h Template) bool { return reflect.DeepEqual(h[name], applied[name]) })
		if !standing && !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, name) }) {
			errs = append(errs, field.Forbidden(child(path, name), msgNotAllowed.With(name)))
		}
	}
	return errs
}

// applied returns the template as it is applied: KubeVirt's types leave out what is empty.
func (t Template) applied() Template {
	spec, s := kubevirtv1.VirtualMachineInstanceSpec{}, &structpb.Struct{}
	if err := t.Apply(&spec); err != nil {
		return nil
	}
	b, err := json.Marshal(&spec)
	if err != nil || s.UnmarshalJSON(b) != nil {
		return nil
	}
	return Of(s)
}

// matches reports whether an entry of an allow list is a path, or with an asterisk at its end the beginning of one.
func matches(entry, name string) bool {
	if prefix, open := strings.CutSuffix(entry, "*"); open {
		return strings.HasPrefix(name, prefix)
	}
	return entry == name
}

// CheckAllowed returns the errors about entries of an allow list that match no path.
func CheckAllowed(allowed []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, entry := range allowed {
		if slices.ContainsFunc(names, func(n string) bool { return matches(entry, n) }) {
			continue
		}
		if near, found := Nearest(strings.TrimRight(entry, ".*")); found {
			errs = append(errs, field.Invalid(path.Index(i), entry, msgNoSuchPathNear.With(near)))
			continue
		}
		errs = append(errs, field.Invalid(path.Index(i), entry, msgNoSuchPath.String()))
	}
	return errs
}
