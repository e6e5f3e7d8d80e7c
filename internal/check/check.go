// Package check says what no admission webhook can see, because it sees one object: what the Wukongs of a repository do to each other, what a drain
// of its node does to each virtual machine, and what they take of a cluster's capacity and of quotas.
//
// It computes from planned Wukongs and from the objects of the cluster that a user gives, and asks no cluster.
package check

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
)

// A Cluster holds objects of the cluster in which the Wukongs run. What is not given is not known.
type Cluster struct {
	Nodes                  []corev1.Node
	Namespaces             []corev1.Namespace
	ResourceQuotas         []corev1.ResourceQuota
	PersistentVolumeClaims []corev1.PersistentVolumeClaim
	StorageClasses         []storagev1.StorageClass
	StorageProfiles        []cdiv1.StorageProfile

	Instancetypes        []instancetypev1.VirtualMachineInstancetype
	ClusterInstancetypes []instancetypev1.VirtualMachineClusterInstancetype
	Preferences          []instancetypev1.VirtualMachinePreference
	ClusterPreferences   []instancetypev1.VirtualMachineClusterPreference
}

// NoWukong is the index of a finding that is about no single Wukong.
const NoWukong = -1

// A Finding is a problem of a repository.
type Finding struct {
	// Position of the field; empty where it is not known.
	manifest.Position

	// Index of the Wukong in the list that was checked; NoWukong where the finding is about an object of the cluster.
	Index int `json:"-"`

	// Wukong is its NAMESPACE/NAME; empty where the finding is about an object of the cluster.
	Wukong string `json:"wukong,omitempty"`

	// Object is the object of the cluster, as KIND NAMESPACE/NAME or KIND NAME; empty where the finding is about a Wukong.
	Object string `json:"object,omitempty"`

	// Field is the path of the field in the Wukong or in the object, such as spec.networks[0].ipConfig.address.
	Field string `json:"field"`

	// Severity of the finding.
	Severity manifest.Severity `json:"severity"`

	// ID of the message.
	ID string `json:"id"`

	// Message says what is wrong, names the other Wukong, and says the way out.
	Message string `json:"message"`
}

// String returns the finding as a message about a field.
func (f Finding) String() string { return f.Field + ": " + f.Message }

// newFinding returns a finding about a field of a guest's Wukong.
func newFinding(g *guest, field string, s manifest.Severity, m message.Message, values ...any) Finding {
	return Finding{Index: g.index, Wukong: g.name, Field: field, Severity: s, ID: m.ID, Message: m.With(values...)}
}

// Conflicts returns what planned Wukongs do to each other, ordered by Wukong and field. Wukongs whose Inputs have another salt or another
// ProviderConfig are in another cluster, and touch nothing of this one.
func Conflicts(wukongs []fn.Planned, cluster Cluster) []Finding {
	r := newRepository(wukongs, cluster)
	return ordered(r.conflicts())
}

// conflicts returns the conflicts of a repository.
func (r *repository) conflicts() []Finding {
	return slices.Concat(
		r.duplicates,
		r.addressConflicts(),
		r.macConflicts(),
		r.segmentConflicts(),
		r.attachmentConflicts(),
		r.uplinkConflicts(),
		r.claimConflicts(),
		r.identityConflicts(),
		r.antiAffinityConflicts(),
	)
}

// ordered sorts findings by Wukong, field and message. What is about no Wukong comes last.
func ordered(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if (a.Index == NoWukong) != (b.Index == NoWukong) {
			return cmp.Compare(b.Index, a.Index)
		}
		return cmp.Or(
			cmp.Compare(a.Index, b.Index), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Field, b.Field), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Message, b.Message),
		)
	})
	return findings
}
