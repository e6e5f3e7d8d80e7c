package player

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// SnapshotClass is the name of the driver's VolumeSnapshotClass.
const SnapshotClass = "wukong"

// volumeSnapshot is the kind of a snapshot of a claim. See https://kubernetes.io/docs/concepts/storage/volume-snapshots/.
var volumeSnapshot = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"}

// snapshots plays external-snapshotter with the driver, which takes snapshots at once.
type snapshots struct {
	client client.Client
}

// setup adds the controller to a manager.
func (s *snapshots) setup(mgr ctrl.Manager) error {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(volumeSnapshot)
	return ctrl.NewControllerManagedBy(mgr).For(o).Named("snapshots").Complete(s)
}

// Reconcile takes a snapshot of a claim: one of the driver's class that has no status.
func (s *snapshots) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(volumeSnapshot)
	if err := s.client.Get(ctx, r.NamespacedName, o); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	class, _, _ := unstructured.NestedString(o.Object, "spec", "volumeSnapshotClassName")
	name, _, _ := unstructured.NestedString(o.Object, "spec", "source", "persistentVolumeClaimName")
	if _, taken := o.Object["status"]; taken || class != SnapshotClass || o.GetDeletionTimestamp() != nil {
		return ctrl.Result{}, nil
	}
	claim := &corev1.PersistentVolumeClaim{}
	if err := s.client.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: name}, claim); err != nil {
		return ctrl.Result{}, err
	}
	size := claim.Status.Capacity[corev1.ResourceStorage]
	o.Object["status"] = map[string]any{
		"boundVolumeSnapshotContentName": "snapcontent-" + string(o.GetUID()),
		"creationTime":                   time.Now().UTC().Format(time.RFC3339),
		"readyToUse":                     true,
		"restoreSize":                    size.String(),
	}
	content := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": "snapcontent-" + string(o.GetUID())},
		"spec": map[string]any{
			"deletionPolicy": "Delete", "driver": Driver, "volumeSnapshotClassName": SnapshotClass, "source": map[string]any{"volumeHandle": claim.Spec.VolumeName},
			"volumeSnapshotRef": map[string]any{"namespace": o.GetNamespace(), "name": o.GetName(), "uid": string(o.GetUID())},
		},
	}}
	content.SetGroupVersionKind(volumeSnapshot.GroupVersion().WithKind(volumeSnapshot.Kind + "Content"))
	if err := client.IgnoreAlreadyExists(s.client.Create(ctx, content)); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, s.client.Status().Update(ctx, o)
}
