package admission

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// maxLabels is how many labels the platform team may give.
const maxLabels = 32

// reservedDomains are those of whom reads labels of its own on what is made.
var reservedDomains = []string{v1alpha1.Group, "kubernetes.io", "k8s.io", "crossplane.io", "kubevirt.io"}

// sharedDomain is for labels that everybody may give.
const sharedDomain = "app.kubernetes.io"

// validateLabels checks the labels of the platform team.
func validateLabels(labels map[string]v1alpha1.LabelValue, path *field.Path) field.ErrorList {
	errs := tooMany(path, len(labels), maxLabels)
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		key := path.Key(v1alpha1.Shown(k))
		errs = append(errs, first(path, k, validation.IsQualifiedName(k))...)
		errs = append(errs, first(key, string(labels[k]), validation.IsValidLabelValue(string(labels[k])))...)
		if isReserved(k) {
			errs = append(errs, field.Forbidden(key, "this function, Kubernetes, Crossplane, KubeVirt or CDI gives or reads it: take a label of your own"))
		}
	}
	return errs
}

// isReserved reports whether a label is one that the platform team must not give.
func isReserved(key string) bool {
	if _, ours := names.Labels(&v1alpha1.Wukong{})[key]; ours {
		return true
	}
	domain, _, found := strings.Cut(key, "/")
	if !found || domain == sharedDomain {
		return false
	}
	return slices.ContainsFunc(reservedDomains, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) })
}
