package storage

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A DataSource of CDI leads to a claim or a snapshot, in whatever namespace. CDI asks whether the provider may clone that (AuthorizeUser in
// pkg/apis/core/v1beta1/authorize.go of its API), and the provider may clone more than the author of the Wukong. Who may write DataSources could so
// reach the claims of others. So a disk waits until its DataSource is observed, and asks for what that leads to instead of for the DataSource, which
// somebody could change in between.

// dataSourcePrefix begins the key of a DataSource that a disk is cloned from. No key of another resource begins so.
const dataSourcePrefix = "datasource-"

// kindDataSource is the kind of a DataSource.
const kindDataSource = string(v1alpha1.ImageKindDataSource)

// dataSourceKey returns the key of the DataSource that a disk is cloned from.
func dataSourceKey(d *v1alpha1.Disk) string { return dataSourcePrefix + holder(d) }

// IsGolden reports whether a disk is cloned from a DataSource.
func IsGolden(d *v1alpha1.Disk) bool {
	return d.ImageFrom.IsDataSource()
}

// goldenImage returns the DataSource that a disk is cloned from, which is only observed.
func goldenImage(w *v1alpha1.Wukong, d *v1alpha1.Disk) plan.Resource {
	return lookedAt(w, d, dataSourceKey(d), cdiv1.SchemeGroupVersion.String(), kindDataSource, string(d.ImageFrom.Name))
}

// goldenOf returns what is known of the DataSource of a disk that does not exist.
func goldenOf(w *v1alpha1.Wukong, d *v1alpha1.Disk, set Settings, rs observed.Resources) lead {
	k, name := dataSourceKey(d), string(originOf(d, w.GetNamespace()))
	ds, known := DataSourceOf(w, d, rs)
	if !known {
		return unseen(d, name, k, string(d.ImageFrom.Name), rs)
	}
	source := ds.Status.Source
	if source == (cdiv1.DataSourceSource{}) {
		// CDI writes the status after the spec. It removes that of a DataSource which is not ready.
		source = ds.Spec.Source
	}
	for _, c := range ds.Status.Conditions {
		if c.Type == cdiv1.DataSourceReady && c.Status == corev1.ConditionFalse {
			return lead{state: pending(msgLeadUnready.With(d.Name, name, c.Message))}
		}
	}
	out := &cdiv1.DataVolumeSource{PVC: source.PVC, Snapshot: source.Snapshot}
	var namespace string
	switch {
	case out.PVC != nil:
		namespace = out.PVC.Namespace
	case out.Snapshot != nil:
		namespace = out.Snapshot.Namespace
	default:
		return lead{state: pending(msgLeadUnready.With(d.Name, name, valueNoSource))}
	}
	if !isShared(namespace, imageNamespace(d, w), w, set) {
		return lead{state: failed(msgLeadsAway.With(d.Name, name, namespace))}
	}
	return lead{source: out}
}

// isShared reports whether a Wukong may have images of a namespace to which an object of another one leads. What the platform team shares may lead to
// itself.
func isShared(namespace, from string, w *v1alpha1.Wukong, set Settings) bool {
	return namespace == w.GetNamespace() || namespace == from || slices.Contains(set.SharedNamespaces, v1alpha1.Label(namespace))
}

// DataSourceOf returns the observed DataSource that a disk is cloned from. It returns false where that is not known, and for any other disk.
func DataSourceOf(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) (*cdiv1.DataSource, bool) {
	if !IsGolden(d) {
		return nil, false
	}
	return leading[cdiv1.DataSource](w, d, dataSourceKey(d), string(d.ImageFrom.Name), rs)
}

// IsDataSourceMissing reports whether the DataSource that a disk is cloned from was looked for, and does not exist.
func IsDataSourceMissing(d *v1alpha1.Disk, rs observed.Resources) bool {
	return rs.IsMissing(dataSourceKey(d), string(d.ImageFrom.Name))
}

// labelPrefix begins the labels by which an image names an instance type and a preference: https://kubevirt.io/user-guide/user_workloads/instancetypes/.
const labelPrefix = "instancetype.kubevirt.io/default-"

// DataSourceLabels returns a function that returns a label of the observed DataSource that a disk is cloned from; empty for none. It returns false where
// that is not known, and for any other disk.
func DataSourceLabels(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) (func(name string) string, bool) {
	_, known := DataSourceOf(w, d, rs)
	return func(name string) string { return rs.Label(dataSourceKey(d), name) }, known
}

// ImageLabels does the same of the DataVolume of a disk, which has the labels that its DataSource had when it was asked for. It returns false for a disk that
// was not asked for, or not cloned from a DataSource.
func ImageLabels(d *v1alpha1.Disk, rs observed.Resources) (func(name string) string, bool) {
	_, from := lastAsked(d, rs)
	o := rs.Last(key(d))
	return func(name string) string { return fields.Label(o, name) }, from != ""
}

// imageLabels returns the labels by which a DataSource, or the DataVolume that is cloned from it, names an instance type and a preference.
func imageLabels(o *structpb.Struct) map[string]string {
	out := map[string]string{}
	for name, v := range fields.In(o, "metadata", "labels").GetFields() {
		if strings.HasPrefix(name, labelPrefix) {
			out[name] = v.GetStringValue()
		}
	}
	return out
}
