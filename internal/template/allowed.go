package template

import (
	"encoding/json"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgNoSuchPath       = message.New(message.Refusal, "template-path-unknown", "no template can give this path: remove it")
	msgAllowedFieldSays = message.New(message.Refusal, "template-path-allowed-of-field",
		"every Wukong has the field {field} for this: remove it")
	msgNoSuchPathNear = message.New(message.Refusal, "template-path-misspelt", "no template can give this path: did you mean {value}?")
)

// Applied returns the template as it is applied: KubeVirt's types leave out what is empty.
func (t Template) Applied() Template {
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

// CheckAllowed returns the errors about entries of an allow list that match no path.
func CheckAllowed(allowed []v1beta1.TemplatePath, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i, entry := range allowed {
		if slices.ContainsFunc(paths, func(p Path) bool { return p.Field == "" && entry.Matches(p.Name) }) {
			continue
		}
		if j := slices.IndexFunc(paths, func(p Path) bool { return entry.Matches(p.Name) }); j >= 0 {
			errs = append(errs, field.Invalid(path.Index(i), string(entry), msgAllowedFieldSays.With(paths[j].Field)))
			continue
		}
		if near, found := Nearest(strings.TrimRight(string(entry), ".*")); found {
			errs = append(errs, field.Invalid(path.Index(i), string(entry), msgNoSuchPathNear.With(near)))
			continue
		}
		errs = append(errs, field.Invalid(path.Index(i), string(entry), msgNoSuchPath.String()))
	}
	return errs
}
