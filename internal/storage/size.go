package storage

import (
	"math/big"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// annotationCreatedSize holds the size that a claim was created with. A claim that has grown no longer shows which part of its size CDI added
// for the file system.
const annotationCreatedSize = v1alpha1.Group + "/created-size"

const (
	mebibyte = 1 << 20

	// maxOverheadDivisor divides the size of a disk to get the largest overhead of a file system. CDI's default is 6 %. A claim with a larger
	// difference has the minimum size of its storage class.
	maxOverheadDivisor = 4
)

// A sizing converts between the size of a disk and the size of its claim. CDI makes the claim of a file system larger than the disk, by the
// overhead of the file system. KubeVirt takes the same overhead off the claim to limit the guest's disk.
type sizing struct {
	// disk is the size of the disk for which the claim was created, and claim the size that it was created with.
	disk, claim resource.Quantity

	// block reports whether the volume has no file system.
	block bool
}

// newSizing returns the sizing of an observed claim, created for a disk of a size. Created is the value of annotationCreatedSize; empty while
// the claim has its first size.
func newSizing(disk resource.Quantity, pvc volume, created string) sizing {
	claim, err := resource.ParseQuantity(created)
	if err != nil {
		claim = pvc.size
	}
	return sizing{disk: disk, claim: claim, block: pvc.isBlock()}
}

// overhead returns, in bytes, the size of the disk and the overhead that its claim has on top.
func (s sizing) overhead() (disk, extra int64) {
	disk, extra = s.disk.Value(), s.claim.Value()-s.disk.Value()
	if s.block || disk <= 0 || extra <= 0 || extra > disk/maxOverheadDivisor {
		return disk, 0
	}
	return disk, extra
}

// claimFor returns the size of a claim that holds a disk of a size, where o is the overhead. For a new claim CDI multiplies the disk by 1+o.
// KubeVirt gives the guest the claim multiplied by 1-o. So the claim of a grown disk is the disk divided by 1-o, rounded up to mebibytes.
func (s sizing) claimFor(size resource.Quantity) resource.Quantity {
	if size.Cmp(s.disk) <= 0 && !s.disk.IsZero() {
		return s.claim
	}
	disk, extra := s.overhead()
	if extra == 0 {
		return larger(size, s.claim)
	}
	bytes := new(big.Int).Mul(big.NewInt(size.Value()), big.NewInt(disk))
	perMebibyte := new(big.Int).Mul(big.NewInt(disk-extra), big.NewInt(mebibyte))
	bytes.Add(bytes, perMebibyte).Sub(bytes, big.NewInt(1))
	return *resource.NewQuantity(bytes.Div(bytes, perMebibyte).Int64()*mebibyte, resource.BinarySI)
}

// diskIn returns the size of the disk that a claim of a size holds: the inverse of claimFor.
func (s sizing) diskIn(claim resource.Quantity) resource.Quantity {
	if claim.Cmp(s.claim) <= 0 && !s.disk.IsZero() {
		return s.disk
	}
	disk, extra := s.overhead()
	if extra == 0 {
		return claim
	}
	bytes := new(big.Int).Mul(big.NewInt(claim.Value()), big.NewInt(disk-extra))
	bytes.Div(bytes, new(big.Int).Mul(big.NewInt(disk), big.NewInt(mebibyte)))
	// The first claim is the disk multiplied by 1+o, and so smaller than the disk divided by 1-o. A claim that is hardly larger than the first
	// would seem to hold less than the first disk.
	return larger(*resource.NewQuantity(bytes.Int64()*mebibyte, resource.BinarySI), s.disk)
}

// isLess reports whether a size is smaller than the disk in a claim. Claims are in whole mebibytes, so that disks of several sizes need the same
// claim. A size that still needs the claim is not smaller.
func (s sizing) isLess(size, claim resource.Quantity) bool {
	needed := s.claimFor(size)
	return size.Cmp(s.diskIn(claim)) < 0 && (size.Cmp(s.disk) < 0 || needed.Cmp(claim) < 0)
}

// larger returns the larger of two quantities.
func larger(a, b resource.Quantity) resource.Quantity {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// canGrow reports whether a claim is smaller than the disk needs, and may grow. Kubernetes resizes bound claims only.
func canGrow(d *v1alpha1.Disk, pvc *corev1.PersistentVolumeClaim, s sizing) bool {
	if d.Size == nil {
		return false
	}
	needed := s.claimFor(d.Size.Quantity)
	return pvc.Status.Phase == corev1.ClaimBound && needed.Cmp(pvc.Spec.Resources.Requests[corev1.ResourceStorage]) > 0
}
