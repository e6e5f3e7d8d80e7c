package admission

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// maxWhole is the largest whole number that Crossplane hands over as it is: numbers in its protocol are those of JavaScript.
const maxWhole = 1<<53 - 1

func validatePlacement(ha *v1alpha1.HighAvailability, path *field.Path) field.ErrorList {
	if ha == nil {
		return nil
	}
	var errs field.ErrorList
	if ha.RestartPolicy != "" {
		errs = append(errs, validateEnum(string(ha.RestartPolicy), path.Child("restartPolicy"), string(v1alpha1.RestartPolicyAlways), string(v1alpha1.RestartPolicyOnFailure), string(v1alpha1.RestartPolicyNever))...)
	}
	if ha.AntiAffinityGroup != "" {
		errs = append(errs, validateLabel(ha.AntiAffinityGroup, path.Child("antiAffinityGroup"))...)
	}
	if s := ha.EvictionStrategy; s != nil {
		errs = append(errs, validateEnum(string(*s), path.Child("evictionStrategy"), string(kubevirtv1.EvictionStrategyNone), string(kubevirtv1.EvictionStrategyLiveMigrate), string(kubevirtv1.EvictionStrategyLiveMigrateIfPossible), string(kubevirtv1.EvictionStrategyExternal))...)
	}

	selector := path.Child("nodeSelector")
	errs = append(errs, tooMany(selector, len(ha.NodeSelector), maxSelectors)...)
	for _, k := range slices.Sorted(maps.Keys(ha.NodeSelector)) {
		errs = append(errs, first(selector, k, validation.IsQualifiedName(k))...)
		v := string(ha.NodeSelector[k])
		errs = append(errs, first(selector.Key(v1alpha1.Shown(k)), v, validation.IsValidLabelValue(v))...)
	}

	tolerations := path.Child("tolerations")
	errs = append(errs, tooMany(tolerations, len(ha.Tolerations), maxTolerations)...)
	for i, t := range ha.Tolerations {
		errs = append(errs, validateToleration(&t, tolerations.Index(i))...)
	}
	return errs
}

// validateToleration checks what Kubernetes would refuse only in the pod that KubeVirt creates.
func validateToleration(t *corev1.Toleration, path *field.Path) field.ErrorList {
	errs := validateEnum(string(t.Operator), path.Child("operator"), "", string(corev1.TolerationOpExists), string(corev1.TolerationOpEqual))
	errs = append(errs, validateEnum(string(t.Effect), path.Child("effect"), "", string(corev1.TaintEffectNoSchedule), string(corev1.TaintEffectPreferNoSchedule), string(corev1.TaintEffectNoExecute))...)
	errs = append(errs, first(path.Child("value"), t.Value, validation.IsValidLabelValue(t.Value))...)
	if t.Key != "" {
		errs = append(errs, first(path.Child("key"), t.Key, validation.IsQualifiedName(t.Key))...)
	}
	if t.Key == "" && t.Operator != corev1.TolerationOpExists {
		errs = append(errs, field.Required(path.Child("key"), "name the taint, or tolerate all of them with operator Exists"))
	}
	if t.Value != "" && t.Operator == corev1.TolerationOpExists {
		errs = append(errs, field.Forbidden(path.Child("value"), "it has no meaning with operator Exists: remove it"))
	}
	if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
		errs = append(errs, field.Forbidden(path.Child("tolerationSeconds"), "it needs effect NoExecute"))
	}
	if s := t.TolerationSeconds; s != nil && (*s < -maxWhole || *s > maxWhole) {
		errs = append(errs, invalid(path.Child("tolerationSeconds"), *s, fmt.Sprintf("must be between %d and %d: to tolerate the taint for ever, leave it out", -maxWhole, maxWhole)))
	}
	return errs
}
