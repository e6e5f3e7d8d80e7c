package template

import (
	"fmt"
	"math"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/validation"
)

// enums are the values of types that KubeVirt, or Kubernetes, takes no other of.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[kubevirtv1.IOThreadsPolicy]():           {"shared", "auto", "supplementalPool"},
	reflect.TypeFor[kubevirtv1.RebootPolicy]():              {"Reboot", "Terminate"},
	reflect.TypeFor[kubevirtv1.InputBus]():                  {"", "virtio", "usb"},
	reflect.TypeFor[kubevirtv1.InputType]():                 {"tablet"},
	reflect.TypeFor[kubevirtv1.WatchdogAction]():            {"", "poweroff", "reset", "shutdown"},
	reflect.TypeFor[kubevirtv1.PanicDeviceModel]():          {"", "hyperv", "isa", "pvpanic"},
	reflect.TypeFor[kubevirtv1.HPETTickPolicy]():            {"", "delay", "catchup", "merge", "discard"},
	reflect.TypeFor[kubevirtv1.PITTickPolicy]():             {"", "delay", "catchup", "discard"},
	reflect.TypeFor[kubevirtv1.RTCTickPolicy]():             {"", "delay", "catchup"},
	reflect.TypeFor[kubevirtv1.RTCTimerTrack]():             {"", "guest", "wall"},
	reflect.TypeFor[corev1.DNSPolicy]():                     {"ClusterFirst", "Default", "None"},
	reflect.TypeFor[corev1.UnsatisfiableConstraintAction](): {"DoNotSchedule", "ScheduleAnyway"},
	reflect.TypeFor[corev1.NodeInclusionPolicy]():           {"Honor", "Ignore"},
}

// fieldEnums are the values of fields that KubeVirt takes no other of, where the type of the field is any string: TYPE.FIELD.
var fieldEnums = map[string][]string{
	"CPUFeature.policy": {"", "force", "require", "optional", "disable", "forbid"},
}

// withSchemas fills in the schemas of paths.
func withSchemas(all []Path) []Path {
	for i := range all {
		p := &all[i]
		kind := p.kind
		if kind == nil {
			kind = typeAt(p.Name)
		}
		p.schema = schemaOf(kind)
		if p.positive {
			p.schema.Minimum = ptr.To[int64](0)
		}
	}
	return all
}

// typeAt returns the type of KubeVirt's at a path. It panics where there is none.
func typeAt(path string) reflect.Type {
	t := reflect.TypeFor[kubevirtv1.VirtualMachineInstanceSpec]()
	for name := range strings.SplitSeq(path, ".") {
		f, found := fieldOf(t, name)
		if !found {
			panic(fmt.Sprintf("KubeVirt has no field %s in %s", name, path))
		}
		t = f.Type
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
	}
	return t
}

// fieldOf returns the field with a name in JSON, also of an embedded struct.
func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for _, f := range fieldsOf(t) {
		if own, _, _ := strings.Cut(f.Tag.Get("json"), ","); own == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// fieldsOf returns the fields of a struct, with those of embedded ones in their place.
func fieldsOf(t reflect.Type) []reflect.StructField {
	var out []reflect.StructField
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			out = append(out, fieldsOf(f.Type)...)
			continue
		}
		out = append(out, f)
	}
	return out
}

// schemaOf returns the structure of a type of KubeVirt's. It panics on types that no path has.
func schemaOf(t reflect.Type) *validation.Schema {
	if values, found := enums[t]; found {
		return &validation.Schema{Type: validation.String, Enum: values}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.String:
		return &validation.Schema{Type: validation.String}
	case reflect.Bool:
		return &validation.Schema{Type: validation.Boolean}
	case reflect.Int32:
		return &validation.Schema{Type: validation.Int32}
	case reflect.Int, reflect.Int64:
		return &validation.Schema{Type: validation.Int64}
	case reflect.Uint32:
		return &validation.Schema{Type: validation.Int64, Minimum: ptr.To[int64](0), Maximum: ptr.To[int64](math.MaxUint32)}
	case reflect.Slice:
		return &validation.Schema{Type: validation.List, Items: schemaOf(t.Elem())}
	case reflect.Map:
		return &validation.Schema{Type: validation.Map, Items: schemaOf(t.Elem())}
	case reflect.Struct:
		out := &validation.Schema{Type: validation.Object}
		for _, f := range fieldsOf(t) {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			optional := strings.Contains(options, "omitempty") || f.Type.Kind() == reflect.Struct
			schema := schemaOf(f.Type)
			if values, found := fieldEnums[t.Name()+"."+name]; found {
				schema = &validation.Schema{Type: validation.String, Enum: values}
			}
			out.Fields = append(out.Fields, validation.Field{Name: name, Required: !optional, Schema: schema})
		}
		return out
	default:
		panic(fmt.Sprintf("a template cannot have a value of type %s", t))
	}
}
