package player

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// provisionerAnnotation is set by Kubernetes on a claim and names the driver that must provision its volume.
const provisionerAnnotation = "volume.kubernetes.io/storage-provisioner"

// claims plays the provisioner and the resizer of the driver. Kubernetes binds the claims.
type claims struct {
	client client.Client
}

// setup adds the controller to a manager.
func (c *claims) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).For(&corev1.PersistentVolumeClaim{}).Complete(c)
}

// Reconcile creates the volume of a pending claim, and expands the volume of a bound one.
func (c *claims) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	claim := &corev1.PersistentVolumeClaim{}
	if err := c.client.Get(ctx, r.NamespacedName, claim); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if claim.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	switch claim.Status.Phase {
	case corev1.ClaimPending:
		if claim.Spec.VolumeName != "" || isPopulated(claim) || claim.Annotations[provisionerAnnotation] != Driver {
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, client.IgnoreAlreadyExists(c.client.Create(ctx, volumeFor(claim)))
	case corev1.ClaimBound:
		return c.grow(ctx, claim)
	case corev1.ClaimLost:
	}
	return ctrl.Result{}, nil
}

// isPopulated reports whether a populator, such as CDI, provides the volume of a claim. The driver itself restores snapshots and copies claims.
func isPopulated(claim *corev1.PersistentVolumeClaim) bool {
	from := claim.Spec.DataSourceRef
	return from != nil && from.Kind != "PersistentVolumeClaim" && from.Kind != "VolumeSnapshot"
}

// volumeFor returns a volume of the driver for a claim.
func volumeFor(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	name := "pvc-" + string(claim.UID)
	v := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": Driver}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: Driver, VolumeHandle: name}},
		},
	}
	if claim.Spec.StorageClassName != nil {
		v.Spec.StorageClassName = *claim.Spec.StorageClassName
	}
	return v
}

// grow expands the volume of a claim that requests more than its capacity. The API server has admitted such a request only if the class allows it.
func (c *claims) grow(ctx context.Context, claim *corev1.PersistentVolumeClaim) (ctrl.Result, error) {
	requested, capacity := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	if requested.Cmp(capacity) <= 0 {
		return ctrl.Result{}, nil
	}
	volume := &corev1.PersistentVolume{}
	if err := c.client.Get(ctx, client.ObjectKey{Name: claim.Spec.VolumeName}, volume); err != nil {
		return ctrl.Result{RequeueAfter: time.Second}, client.IgnoreNotFound(err)
	}
	if !isProvisioned(volume) {
		return ctrl.Result{}, nil
	}
	before := volume.DeepCopy()
	volume.Spec.Capacity[corev1.ResourceStorage] = requested
	if err := c.client.Patch(ctx, volume, client.MergeFrom(before)); err != nil {
		return ctrl.Result{}, err
	}
	claimBefore := claim.DeepCopy()
	claim.Status.Capacity[corev1.ResourceStorage] = requested
	claim.Status.Conditions = nil
	return ctrl.Result{}, c.client.Status().Patch(ctx, claim, client.MergeFrom(claimBefore))
}

// volumes plays the deletion of the driver's volumes.
type volumes struct {
	client client.Client
}

// setup adds the controller to a manager.
func (v *volumes) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).For(&corev1.PersistentVolume{}).Complete(v)
}

// Reconcile deletes a released volume whose reclaim policy is Delete.
func (v *volumes) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	volume := &corev1.PersistentVolume{}
	if err := v.client.Get(ctx, r.NamespacedName, volume); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	released := volume.Status.Phase == corev1.VolumeReleased && volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	if !released || volume.DeletionTimestamp != nil || !isProvisioned(volume) {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, client.IgnoreNotFound(v.client.Delete(ctx, volume))
}

// isProvisioned reports whether a volume belongs to the driver.
func isProvisioned(volume *corev1.PersistentVolume) bool {
	return volume.Spec.CSI != nil && volume.Spec.CSI.Driver == Driver
}
