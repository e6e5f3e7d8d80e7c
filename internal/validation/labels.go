package validation

import (
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// reservedDomains are the domains of labels that this function, Kubernetes, Crossplane, KubeVirt and CDI give or read themselves.
var reservedDomains = []string{v1alpha1.Group, "kubernetes.io", "k8s.io", "crossplane.io", "kubevirt.io"}

// sharedDomain is a domain of Kubernetes with labels that everybody may give.
const sharedDomain = "app.kubernetes.io"

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
