package check

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
)

var (
	msgLeftOut    = message.New(message.Report, "check-left-out", "{value} is left out: a check does not read objects of this kind")
	msgUnreadable = message.New(message.Report, "check-unreadable", "{value} is not what Kubernetes prints: {reason}")
)

// ReadCluster returns the objects of documents. It notes those of kinds that no check reads.
func ReadCluster(docs []manifest.Document) (Cluster, []manifest.Problem) {
	var c Cluster
	var problems []manifest.Problem
	for _, d := range docs {
		known, err := c.add(d)
		switch {
		case err != nil:
			problems = append(problems, d.Problem(manifest.Error, "", msgUnreadable.With(d.Title(), err)))
		case !known:
			problems = append(problems, d.Problem(manifest.Note, "", msgLeftOut.With(d.Title())))
		}
	}
	return c, problems
}

// add adds an object. It returns false for one of a kind that no check reads.
func (c *Cluster) add(d manifest.Document) (known bool, err error) {
	switch d.GroupVersionKind().GroupKind().String() {
	case "Node":
		err = decodeInto(d, &c.Nodes)
	case "Namespace":
		err = decodeInto(d, &c.Namespaces)
	case "ResourceQuota":
		err = decodeInto(d, &c.ResourceQuotas)
	case "PersistentVolumeClaim":
		err = decodeInto(d, &c.PersistentVolumeClaims)
	case "StorageClass." + storagev1.GroupName:
		err = decodeInto(d, &c.StorageClasses)
	case "StorageProfile." + cdiv1.SchemeGroupVersion.Group:
		err = decodeInto(d, &c.StorageProfiles)
	case "VirtualMachineInstancetype." + instancetypev1.SchemeGroupVersion.Group:
		err = decodeInto(d, &c.Instancetypes)
	case "VirtualMachineClusterInstancetype." + instancetypev1.SchemeGroupVersion.Group:
		err = decodeInto(d, &c.ClusterInstancetypes)
	case "VirtualMachinePreference." + instancetypev1.SchemeGroupVersion.Group:
		err = decodeInto(d, &c.Preferences)
	case "VirtualMachineClusterPreference." + instancetypev1.SchemeGroupVersion.Group:
		err = decodeInto(d, &c.ClusterPreferences)
	default:
		return false, nil
	}
	return true, err
}

// decodeInto adds the object of a document to a list.
func decodeInto[T any](d manifest.Document, list *[]T) error {
	var o T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(d.Object, &o); err != nil {
		return err
	}
	*list = append(*list, o)
	return nil
}
