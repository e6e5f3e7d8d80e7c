package function

import (
	"encoding"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/admission"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// Labels by which Crossplane says of a composite, and of what is composed, whose claim they belong to.
const (
	LabelClaimName      = "crossplane.io/claim-name"
	LabelClaimNamespace = "crossplane.io/claim-namespace"
)

// fieldsOfCrossplane are the fields that Crossplane adds to the spec of a composite and of its claim.
var fieldsOfCrossplane = []string{
	"claimRef", "compositeDeletePolicy", "compositionRef", "compositionRevisionRef", "compositionRevisionSelector",
	"compositionSelector", "compositionUpdatePolicy", "crossplane", "environmentConfigRefs", "publishConnectionDetailsTo",
	"resourceRef", "resourceRefs", "writeConnectionSecretToRef",
}

// read the Wukong, complete and valid, and the Input from a request.
func read(req *fnv1.RunFunctionRequest) (*v1alpha1.Wukong, *v1beta1.Input, error) {
	xr := req.GetObserved().GetComposite().GetResource()
	switch {
	case kindOf(req.GetInput()) == v1beta1.KindAction:
		return nil, nil, errors.New("the Composition passes an Action, which is for Operations: pass an Input")
	case xr == nil:
		return nil, nil, errors.New("there is no composite: an Operation must pass an Action")
	}
	in, err := readInput(req.GetInput())
	if err != nil {
		return nil, nil, fmt.Errorf("invalid Input of the Composition: %w", err)
	}

	w, err := readWukong(xr)
	if err != nil {
		return nil, nil, err
	}
	admission.Default(w, in.Defaults)
	return w, in, admission.Validate(w, in).ToAggregate()
}

func readInput(s *structpb.Struct) (*v1beta1.Input, error) {
	in := &v1beta1.Input{}
	if s != nil {
		if err := decodeInput(s, v1beta1.Kind, in); err != nil {
			return nil, err
		}
	}
	admission.DefaultInput(in)
	return in, admission.ValidateInput(in).ToAggregate()
}

// decodeInput decodes an input of a kind.
func decodeInput(s *structpb.Struct, kind string, into any) error {
	if v := s.GetFields()["apiVersion"].GetStringValue(); v != v1beta1.APIVersion {
		return field.NotSupported(field.NewPath("apiVersion"), v, []string{v1beta1.APIVersion})
	}
	if k := s.GetFields()["kind"].GetStringValue(); k != kind {
		return field.NotSupported(field.NewPath("kind"), k, []string{kind})
	}
	return decode(s, nil, into)
}

// readWukong reads the Wukong that a composite stands for, under the name and in the namespace that its user knows.
func readWukong(xr *structpb.Struct) (*v1alpha1.Wukong, error) {
	w := &v1alpha1.Wukong{ObjectMeta: identity(xr)}
	annotations := xr.GetFields()["metadata"].GetStructValue().GetFields()["annotations"].GetStructValue().GetFields()
	if uid := annotations[v1alpha1.AnnotationRestart].GetStringValue(); uid != "" {
		w.Annotations = map[string]string{v1alpha1.AnnotationRestart: uid}
	}
	if w.GetNamespace() == "" {
		return nil, field.Required(field.NewPath("metadata", "namespace"), "the composite has no namespace, no spec.claimRef and no label "+LabelClaimNamespace+", of which one must say where the virtual machine is to be")
	}

	spec := xr.GetFields()["spec"].GetStructValue()
	own := maps.Clone(spec.GetFields())
	for _, f := range fieldsOfCrossplane {
		delete(own, f)
	}
	return w, decode(&structpb.Struct{Fields: own}, field.NewPath("spec"), &w.Spec)
}

// identity is the name and namespace of the claim where there is one, else the composite's own, else what its labels say. They
// come from one place together: a label that a user may write must not move a composite to another namespace.
func identity(xr *structpb.Struct) metav1.ObjectMeta {
	meta := xr.GetFields()["metadata"].GetStructValue().GetFields()
	claim := xr.GetFields()["spec"].GetStructValue().GetFields()["claimRef"].GetStructValue().GetFields()
	labels := meta["labels"].GetStructValue().GetFields()

	name := meta["name"].GetStringValue()
	if namespace := claim["namespace"].GetStringValue(); namespace != "" {
		return metav1.ObjectMeta{Namespace: namespace, Name: claim["name"].GetStringValue()}
	}
	if namespace := meta["namespace"].GetStringValue(); namespace != "" {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}
	if claimed := labels[LabelClaimName].GetStringValue(); claimed != "" {
		name = claimed
	}
	return metav1.ObjectMeta{Namespace: labels[LabelClaimNamespace].GetStringValue(), Name: name}
}

// decode reads a document strictly, as kubectl does: a field that does not exist is more likely a typing error than meant to
// have no effect. Errors name the field by its path below root.
func decode(s *structpb.Struct, root *field.Path, into any) error {
	// In a fixed order, so that of several errors the same one is found first every time.
	b, err := json.Marshal(s.AsMap(), json.Deterministic(true))
	if err != nil {
		return err
	}
	err = json.Unmarshal(b, into, json.RejectUnknownMembers(true))
	semantic := &json.SemanticError{}
	if !errors.As(err, &semantic) {
		return err
	}

	path := fieldPath(root, string(semantic.JSONPointer))
	switch {
	case errors.Is(semantic.Err, json.ErrUnknownName):
		return field.Forbidden(path, "there is no such field: check its name and its place")
	case isText(semantic.GoType) && semantic.JSONKind != '"':
		return fmt.Errorf("%s: Invalid value: must be a string", path)
	case semantic.Err != nil && semantic.GoType.Kind() == reflect.Struct:
		return fmt.Errorf("%s: Invalid value: %w", path, semantic.Err)
	default:
		return fmt.Errorf("%s: Invalid value: must be %s", path, describe(semantic.GoType))
	}
}

// isText says whether a type is written as a string, whatever it is in Go: an address, for example.
func isText(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// fieldPath is a JSON pointer (RFC 6901) as Kubernetes writes the path of a field.
func fieldPath(root *field.Path, pointer string) *field.Path {
	path := root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if i, err := strconv.Atoi(token); err == nil && path != nil {
			path = path.Index(i)
			continue
		}
		if path == nil {
			path = field.NewPath(token)
			continue
		}
		path = path.Child(token)
	}
	return path
}

// describe a type of the API in words.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	default:
		return "an object with fields"
	}
}
