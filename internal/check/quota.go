package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Numbers of objects that are counted though no Wukong composes them.
const (
	countPods      corev1.ResourceName = "count/pods"
	countInstances corev1.ResourceName = "count/virtualmachineinstances.kubevirt.io"
	countClaims    corev1.ResourceName = "count/persistentvolumeclaims"
	countSecrets   corev1.ResourceName = "count/secrets"
)

// classSuffix ends the name of a quota's resource for a StorageClass.
const classSuffix = ".storageclass.storage.k8s.io/"

// objectCounts are what quotas count objects of a kind as.
var objectCounts = map[string][]corev1.ResourceName{
	"VirtualMachine":              {"count/virtualmachines.kubevirt.io"},
	"DataVolume":                  {"count/datavolumes.cdi.kubevirt.io", countClaims},
	"NetworkAttachmentDefinition": {"count/network-attachment-definitions.k8s.cni.cncf.io"},
	"PersistentVolumeClaim":       {countClaims},
	"Secret":                      {countSecrets},
}

// addObjects counts the objects that a machine's Wukong creates, with the claims of its DataVolumes and the one that KubeVirt makes for its state.
func addObjects(to map[corev1.ResourceName]int64, m machine) {
	if m.state != nil {
		to[countClaims]++
	}
	for _, r := range m.guest.Resources {
		if r.Management != plan.Manage && r.Management != plan.Retain {
			continue
		}
		for _, name := range objectCounts[r.Object.GetObjectKind().GroupVersionKind().Kind] {
			to[name]++
		}
	}
}

// usage returns what a namespace takes, by the names that quotas have for it
// (https://kubernetes.io/docs/concepts/policy/resource-quotas/). What pods take is apart, as scopes choose among pods.
func usage(ns *Namespace) (pods, objects corev1.ResourceList) {
	pods, objects = corev1.ResourceList{}, corev1.ResourceList{}
	number := *resource.NewQuantity(ns.Objects[countPods], resource.DecimalSI)
	pods[corev1.ResourcePods], pods[countPods] = number, number
	for name, q := range ns.Requests {
		pods["requests."+name] = q
		if !strings.Contains(string(name), "/") {
			pods[name] = q
		}
	}
	for name, q := range ns.Limits {
		pods["limits."+name] = q
	}

	size := *resource.NewQuantity(0, resource.BinarySI)
	for _, s := range ns.Storage {
		size.Add(s.Size)
		if s.Class != "" {
			objects[corev1.ResourceName(s.Class+classSuffix+"requests.storage")] = s.Size
			objects[corev1.ResourceName(s.Class+classSuffix+"persistentvolumeclaims")] = *resource.NewQuantity(s.Claims, resource.DecimalSI)
		}
	}
	objects[corev1.ResourceRequestsStorage] = size
	for name, n := range ns.Objects {
		if name == countPods {
			continue
		}
		objects[name] = *resource.NewQuantity(n, resource.DecimalSI)
	}
	objects[corev1.ResourcePersistentVolumeClaims] = objects[countClaims]
	objects[corev1.ResourceSecrets] = objects[countSecrets]
	return pods, objects
}

// quotas compares what a namespace takes with its quotas. It returns what exceeds them, and where there is no room for a migration or an import.
func (r *repository) quotas(ns *Namespace) []Finding {
	pods, objects := usage(ns)
	var out []Finding
	for _, q := range r.cluster.quotas[ns.Name] {
		share := Quota{Name: q.Name}
		for _, name := range slices.Sorted(maps.Keys(q.Spec.Hard)) {
			used, isOfPods := pods[name]
			if !isOfPods && !isPodResource(name) {
				used = objects[name]
			}
			if isOfPods && !selectsLaunchers(q) {
				continue
			}
			s := newShare(name, used, q.Spec.Hard[name])
			share.Shares = append(share.Shares, s)
			out = append(out, quotaFindings(q, s, ns)...)
		}
		ns.Quotas = append(ns.Quotas, share)
	}
	return out
}

// isPodResource reports whether a quota's resource is one of pods alone.
func isPodResource(name corev1.ResourceName) bool {
	n := string(name)
	return strings.HasPrefix(n, "limits.") || (strings.HasPrefix(n, "requests.") && name != corev1.ResourceRequestsStorage)
}

// selectsLaunchers reports whether the scopes of a quota select the pods of virtual machines: they run without a deadline, request memory, and have no
// priority class and no affinity to pods of other namespaces.
func selectsLaunchers(q *corev1.ResourceQuota) bool {
	requirements := []corev1.ScopedResourceSelectorRequirement{}
	for _, s := range q.Spec.Scopes {
		requirements = append(requirements, corev1.ScopedResourceSelectorRequirement{ScopeName: s, Operator: corev1.ScopeSelectorOpExists})
	}
	if q.Spec.ScopeSelector != nil {
		requirements = append(requirements, q.Spec.ScopeSelector.MatchExpressions...)
	}
	for _, s := range requirements {
		has := s.ScopeName == corev1.ResourceQuotaScopeNotTerminating || s.ScopeName == corev1.ResourceQuotaScopeNotBestEffort
		switch s.Operator {
		case corev1.ScopeSelectorOpExists, corev1.ScopeSelectorOpIn:
			if !has {
				return false
			}
		case corev1.ScopeSelectorOpDoesNotExist, corev1.ScopeSelectorOpNotIn:
			if has {
				return false
			}
		}
	}
	return true
}

// quotaFindings returns what exceeds a quota, or else leaves no room for what comes beside it for a time.
func quotaFindings(q *corev1.ResourceQuota, s Share, ns *Namespace) []Finding {
	about := Finding{
		Index: NoWukong, Object: fmt.Sprintf("ResourceQuota %s/%s", q.Namespace, q.Name), Field: fmt.Sprintf("spec.hard[%s]", s.Resource), Severity: manifest.Error,
	}
	if s.Exceeded != nil {
		about.ID = msgQuotaExceeded.ID
		about.Message = msgQuotaExceeded.With(ns.Name, quantity(s.Resource, s.Used), quantity(s.Resource, *s.Exceeded))
		return []Finding{about}
	}
	about.Severity = manifest.Warning
	left := s.Hard.DeepCopy()
	left.Sub(s.Used)
	var out []Finding
	warn := func(m message.Message, needed resource.Quantity) {
		f := about
		f.ID, f.Message = m.ID, m.With(quantity(s.Resource, left), quantity(s.Resource, needed))
		out = append(out, f)
	}
	migration, attachment := needed(ns.Headroom.Migration, s.Resource), needed(ns.Headroom.Attachment, s.Resource)
	switch {
	case migration.Cmp(left) > 0 && isOfClaims(s.Resource):
		warn(msgQuotaState, migration)
	case migration.Cmp(left) > 0:
		warn(msgQuotaMigration, migration)
	case attachment.Cmp(left) > 0:
		warn(msgQuotaAttachment, attachment)
	}
	if q := ns.Headroom.Import[s.Resource]; q.Cmp(left) > 0 && isStorage(s.Resource) {
		warn(msgQuotaImport, q)
	}
	return out
}

// isOfClaims reports whether a quota's resource is one of claims, of all or of a StorageClass.
func isOfClaims(name corev1.ResourceName) bool {
	return isStorage(name) || name == countClaims || strings.Contains(string(name), classSuffix)
}

// isStorage reports whether a quota's resource is one of claims. Pods that import are gone before that of the virtual machine starts.
func isStorage(name corev1.ResourceName) bool {
	return name == corev1.ResourceRequestsStorage || name == corev1.ResourcePersistentVolumeClaims
}

// shortNames are the names of what quotas count, by the longer ones that they have, too.
var shortNames = map[corev1.ResourceName]corev1.ResourceName{countPods: corev1.ResourcePods, countClaims: corev1.ResourcePersistentVolumeClaims}

// needed returns what a headroom has of a quota's resource.
func needed(headroom corev1.ResourceList, name corev1.ResourceName) resource.Quantity {
	if short, counts := shortNames[name]; counts {
		name = short
	}
	if q, ok := headroom[name]; ok {
		return q
	}
	return headroom[corev1.ResourceName(strings.TrimPrefix(string(name), "requests."))]
}
