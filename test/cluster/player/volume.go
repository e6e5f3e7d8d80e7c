package player

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// provisionerAnnotation is how Kubernetes asks a driver for a volume for a claim.
const provisionerAnnotation = "volume.kubernetes.io/storage-provisioner"

// claims play the provisioner and the resizer of a driver. The binding of claims is Kubernetes' own.
type claims struct {
	client client.Client
}

func (c *claims) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).For(&corev1.PersistentVolumeClaim{}).Complete(c)
}

// Reconcile gives a claim its volume, and lets the volume grow with the claim.
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
		// Whoever fills a claim brings its volume too.
		if claim.Spec.VolumeName != "" || claim.Spec.DataSourceRef != nil || claim.Annotations[provisionerAnnotation] != Driver {
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, ignoreExists(c.client.Create(ctx, volumeFor(claim)))
	case corev1.ClaimBound:
		return c.grow(ctx, claim)
	case corev1.ClaimLost:
	}
	return ctrl.Result{}, nil
}

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

// grow the volume of a claim that asks for more than it has. Kubernetes has then decided that it may.
func (c *claims) grow(ctx context.Context, claim *corev1.PersistentVolumeClaim) (ctrl.Result, error) {
	wanted, has := claim.Spec.Resources.Requests[corev1.ResourceStorage], claim.Status.Capacity[corev1.ResourceStorage]
	if wanted.Cmp(has) <= 0 {
		return ctrl.Result{}, nil
	}
	volume := &corev1.PersistentVolume{}
	if err := c.client.Get(ctx, client.ObjectKey{Name: claim.Spec.VolumeName}, volume); err != nil {
		return ctrl.Result{RequeueAfter: time.Second}, client.IgnoreNotFound(err)
	}
	if volume.Spec.CSI == nil || volume.Spec.CSI.Driver != Driver {
		return ctrl.Result{}, nil
	}
	before := volume.DeepCopy()
	volume.Spec.Capacity[corev1.ResourceStorage] = wanted
	if err := c.client.Patch(ctx, volume, client.MergeFrom(before)); err != nil {
		return ctrl.Result{}, err
	}
	was := claim.DeepCopy()
	claim.Status.Capacity[corev1.ResourceStorage] = wanted
	claim.Status.Conditions = nil
	return ctrl.Result{}, c.client.Status().Patch(ctx, claim, client.MergeFrom(was))
}

// volumes play the deletion of a driver's volumes.
type volumes struct {
	client client.Client
}

func (v *volumes) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).For(&corev1.PersistentVolume{}).Complete(v)
}

// Reconcile deletes a volume whose claim is gone.
func (v *volumes) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	volume := &corev1.PersistentVolume{}
	if err := v.client.Get(ctx, r.NamespacedName, volume); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	released := volume.Status.Phase == corev1.VolumeReleased && volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	if !released || volume.DeletionTimestamp != nil || volume.Spec.CSI == nil || volume.Spec.CSI.Driver != Driver {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, client.IgnoreNotFound(v.client.Delete(ctx, volume))
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
