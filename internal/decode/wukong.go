// Package decode reads what Crossplane hands to the function: Wukongs, and the inputs of Compositions and Operations.
//
// All code reads Wukongs by this package, so that all of it accepts the same.
package decode

import (
	"maps"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

var (
	msgForeignClaim = message.New(message.Refusal, "composite-of-other-claim",
		"the composite lies in namespace {namespace}, and cannot belong to a claim in namespace {namespace}: remove claimRef")
	msgNoNamespace = message.New(message.Refusal, "composite-without-namespace",
		"the composite has no namespace, no spec.claimRef and no label "+crossplane.LabelClaimNamespace+": one of them must say where the virtual machine belongs")
	msgNotATime = message.New(message.Refusal, "composite-time", "must be a time (RFC 3339)")
)

// fieldsOfCrossplane are the fields that Crossplane adds to the spec of a composite and of its claim.
var fieldsOfCrossplane = []string{
	"claimRef", "compositeDeletePolicy", "compositionRef", "compositionRevisionRef", "compositionRevisionSelector",
	"compositionSelector", "compositionUpdatePolicy", "crossplane", "environmentConfigRefs", "publishConnectionDetailsTo",
	"resourceRef", "resourceRefs", "writeConnectionSecretToRef",
}

// Wukong decodes a Wukong, or the composite of a claimed one: its spec, and of its metadata what the function reads. Its
// name and namespace are those that its user knows. All that is wrong with the structure of its spec is in errs, by the path of each field; the
// Wukong then lacks these fields, so that the rest can be checked, too. It is nil where so much is wrong that it cannot be decoded.
func Wukong(xr *structpb.Struct) (w *v1alpha1.Wukong, errs field.ErrorList, err error) {
	w = &v1alpha1.Wukong{}
	if w.ObjectMeta, err = metadata(xr); err != nil {
		return nil, nil, err
	}
	spec := specOf(xr)
	errs = validation.SpecStructure.Check(structpb.NewStructValue(spec), field.NewPath("spec"))
	if len(errs) > 0 {
		validation.SpecStructure.Elsewhere(errs, "spec")
		spec = without(spec, errs)
	}
	err = unmarshal(spec, &w.Spec)
	if err != nil && len(errs) > 0 {
		// A check ends after some errors, and more of the spec is wrong.
		return nil, errs, nil
	}
	return w, errs, err
}

// ForAction decodes of a Wukong what an action reads: its metadata, what says when it runs, and its phase. All else of it may be invalid, as where
// it was written for another version of its definition.
func ForAction(xr *structpb.Struct) (*v1alpha1.Wukong, error) {
	w := &v1alpha1.Wukong{}
	var err error
	if w.ObjectMeta, err = metadata(xr); err != nil {
		return nil, err
	}
	w.Status.Phase = v1alpha1.Phase(fields.Text(xr, "status", "phase"))
	spec := specOf(xr)
	if p := fields.In(spec, "highAvailability").GetFields()["restartPolicy"].GetStringValue(); p != "" {
		w.Spec.HighAvailability = &v1alpha1.HighAvailability{RestartPolicy: v1alpha1.RestartPolicy(p)}
	}
	if snapshot := fields.Text(spec, "restore", "snapshot"); snapshot != "" {
		w.Spec.Restore = &v1alpha1.Restore{Snapshot: v1alpha1.ObjectName(snapshot)}
	}
	start := fields.In(spec, "startStrategy")
	if start == nil {
		return w, nil
	}
	w.Spec.StartStrategy = &v1alpha1.StartStrategy{RunStrategy: kubevirtv1.VirtualMachineRunStrategy(start.GetFields()["runStrategy"].GetStringValue())}
	if auto, given := start.GetFields()["autoStart"].GetKind().(*structpb.Value_BoolValue); given {
		w.Spec.StartStrategy.AutoStart = &auto.BoolValue
	}
	return w, nil
}

// specOf returns the spec of a composite without the fields that Crossplane adds.
func specOf(xr *structpb.Struct) *structpb.Struct {
	spec := maps.Clone(fields.In(xr, "spec").GetFields())
	for _, f := range fieldsOfCrossplane {
		delete(spec, f)
	}
	return &structpb.Struct{Fields: spec}
}

// metadata returns what the function reads of a composite's metadata.
func metadata(xr *structpb.Struct) (metav1.ObjectMeta, error) {
	meta := fields.In(xr, "metadata").GetFields()
	out := Identity(xr)
	if claimed := fields.In(xr, "spec", "claimRef").GetFields()["namespace"].GetStringValue(); claimed != "" && claimed != out.GetNamespace() {
		return out, field.Forbidden(field.NewPath("spec", "claimRef", "namespace"), msgForeignClaim.With(out.GetNamespace(), v1alpha1.Shown(claimed)))
	}
	if out.GetNamespace() == "" {
		return out, field.Required(field.NewPath("metadata", "namespace"), msgNoNamespace.String())
	}
	out.UID = types.UID(meta["uid"].GetStringValue())
	if restart := fields.In(xr, "metadata", "annotations").GetFields()[v1alpha1.AnnotationRestart].GetStringValue(); restart != "" {
		out.Annotations = map[string]string{v1alpha1.AnnotationRestart: restart}
	}
	if deleted := meta["deletionTimestamp"].GetStringValue(); deleted != "" {
		at, err := time.Parse(time.RFC3339, deleted)
		if err != nil {
			return out, field.Invalid(field.NewPath("metadata", "deletionTimestamp"), v1alpha1.Shown(deleted), msgNotATime.String())
		}
		out.DeletionTimestamp = &metav1.Time{Time: at}
	}
	return out, nil
}

// Identity returns the name and the namespace that the user of a composite knows: its own where it has a namespace, else those of its
// claim, else those that its labels give. Both come from one place: neither a label nor a claimRef, which a user may write, moves a
// composite out of its namespace.
func Identity(xr *structpb.Struct) metav1.ObjectMeta {
	meta, claim, labels := fields.In(xr, "metadata").GetFields(), fields.In(xr, "spec", "claimRef").GetFields(), fields.In(xr, "metadata", "labels").GetFields()

	name := meta["name"].GetStringValue()
	if namespace := meta["namespace"].GetStringValue(); namespace != "" {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}
	if namespace := claim["namespace"].GetStringValue(); namespace != "" {
		return metav1.ObjectMeta{Namespace: namespace, Name: claim["name"].GetStringValue()}
	}
	if claimed := labels[crossplane.LabelClaimName].GetStringValue(); claimed != "" {
		name = claimed
	}
	return metav1.ObjectMeta{Namespace: labels[crossplane.LabelClaimNamespace].GetStringValue(), Name: name}
}
