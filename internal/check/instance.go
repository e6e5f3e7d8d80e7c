package check

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
)

// Kinds of instance types and preferences. Others of these names are cluster-scoped.
const (
	kindInstancetype = "VirtualMachineInstancetype"
	kindPreference   = "VirtualMachinePreference"
)

// A named is the key of an object of a kind; its namespace is empty for one that is cluster-scoped.
type named struct{ namespace, name string }

// A clusterIndex finds the objects of a Cluster by their names.
type clusterIndex struct {
	Cluster

	claims        map[named]*corev1.PersistentVolumeClaim
	classes       map[string]*storagev1.StorageClass
	profiles      map[string]*cdiv1.StorageProfile
	instancetypes map[named]*instancetypev1.VirtualMachineInstancetypeSpec
	preferences   map[named]*instancetypev1.VirtualMachinePreferenceSpec
	namespaces    map[string]*corev1.Namespace

	// states are the claims in which KubeVirt keeps the state of virtual machines, by the names of these.
	states map[named]*corev1.PersistentVolumeClaim

	// quotas are those of each namespace, by name.
	quotas map[string][]*corev1.ResourceQuota
}

func indexCluster(c Cluster) clusterIndex {
	out := clusterIndex{
		Cluster:       c,
		claims:        map[named]*corev1.PersistentVolumeClaim{},
		classes:       map[string]*storagev1.StorageClass{},
		profiles:      map[string]*cdiv1.StorageProfile{},
		instancetypes: map[named]*instancetypev1.VirtualMachineInstancetypeSpec{},
		preferences:   map[named]*instancetypev1.VirtualMachinePreferenceSpec{},
		namespaces:    map[string]*corev1.Namespace{},
		states:        map[named]*corev1.PersistentVolumeClaim{},
		quotas:        map[string][]*corev1.ResourceQuota{},
	}
	for i := range c.ResourceQuotas {
		q := &c.ResourceQuotas[i]
		out.quotas[q.Namespace] = append(out.quotas[q.Namespace], q)
	}
	for _, quotas := range out.quotas {
		slices.SortFunc(quotas, func(a, b *corev1.ResourceQuota) int { return strings.Compare(a.Name, b.Name) })
	}
	for i := range c.PersistentVolumeClaims {
		o := &c.PersistentVolumeClaims[i]
		out.claims[named{namespace: o.Namespace, name: o.Name}] = o
		if vm := o.Labels[kubevirt.StateLabel]; vm != "" && o.DeletionTimestamp == nil {
			out.states[named{namespace: o.Namespace, name: vm}] = o
		}
	}
	for i := range c.StorageClasses {
		out.classes[c.StorageClasses[i].Name] = &c.StorageClasses[i]
	}
	for i := range c.StorageProfiles {
		out.profiles[c.StorageProfiles[i].Name] = &c.StorageProfiles[i]
	}
	for i := range c.Instancetypes {
		o := &c.Instancetypes[i]
		out.instancetypes[named{namespace: o.Namespace, name: o.Name}] = &o.Spec
	}
	for i := range c.ClusterInstancetypes {
		out.instancetypes[named{name: c.ClusterInstancetypes[i].Name}] = &c.ClusterInstancetypes[i].Spec
	}
	for i := range c.Preferences {
		o := &c.Preferences[i]
		out.preferences[named{namespace: o.Namespace, name: o.Name}] = &o.Spec
	}
	for i := range c.ClusterPreferences {
		out.preferences[named{name: c.ClusterPreferences[i].Name}] = &c.ClusterPreferences[i].Spec
	}
	for i := range c.Namespaces {
		out.namespaces[c.Namespaces[i].Name] = &c.Namespaces[i]
	}
	return out
}

// instancetype returns the instance type of a guest. It returns nil where it has none, or where that is not given.
func (c clusterIndex) instancetype(g *guest) *instancetypev1.VirtualMachineInstancetypeSpec {
	ref := g.Wukong.Spec.Instancetype
	if ref == nil {
		return nil
	}
	k := named{name: string(ref.Name)}
	if ref.Kind == kindInstancetype {
		k.namespace = g.namespace()
	}
	return c.instancetypes[k]
}

// preference returns the preference of a guest. It returns nil where it has none, or where that is not given.
func (c clusterIndex) preference(g *guest) *instancetypev1.VirtualMachinePreferenceSpec {
	ref := g.Wukong.Spec.Preference
	if ref == nil {
		return nil
	}
	k := named{name: string(ref.Name)}
	if ref.Kind == kindPreference {
		k.namespace = g.namespace()
	}
	return c.preferences[k]
}

// instance returns the instance that a guest's virtual machine starts, with the instance type and the preference where they are given.
func (r *repository) instance(g *guest) *kubevirtv1.VirtualMachineInstance {
	if g.vmi == nil {
		g.vmi = kubevirt.Expand(g.vm, r.cluster.instancetype(g), r.cluster.preference(g))
	}
	return g.vmi
}
