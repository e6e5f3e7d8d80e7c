package storage

import (
	"math/big"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// annotationCreatedSize holds how large a claim was made. Once the claim has grown nothing else tells, and what CDI had added for the
// file system could not be told from growth.
const annotationCreatedSize = v1alpha1.Group + "/created-size"

const (
	mebibyte = 1 << 20

	// maxOverhead says what part of a disk, one in so many, CDI is believed to have added for a file system at most; its default is 6 %.
	// A claim that is larger still is as small as its storage class makes any.
	maxOverhead = 4
)

// A sizing relates the size of a disk to that of its claim. CDI makes the claim of a file system larger than the disk by the overhead of
// the file system, and KubeVirt takes the same overhead off again to know how large the guest's disk may grow.
type sizing struct {
	// disk is the size that was asked for when the claim was made, and claim how large it was made.
	disk, claim resource.Quantity

	// block says that there is no file system.
	block bool
}

// sizingOf returns the sizing of a claim that was observed, made for a disk of a size. Noted is what annotationCreatedSize holds; empty
// while the claim has its first size.
func sizingOf(disk resource.Quantity, pvc volume, noted string) sizing {
	created, err := resource.ParseQuantity(noted)
	if err != nil {
		created = pvc.size
	}
	return sizing{disk: disk, claim: created, block: pvc.isBlock()}
}

// overhead returns the size of the disk and what of the claim the disk cannot have, in bytes; zero for nothing.
func (s sizing) overhead() (disk, extra int64) {
	disk, extra = s.disk.Value(), s.claim.Value()-s.disk.Value()
	if s.block || disk <= 0 || extra <= 0 || extra > disk/maxOverhead {
		return disk, 0
	}
	return disk, extra
}

// claimFor returns how large a claim is that holds a disk of a size. KubeVirt gives the guest the claim less its overhead, (1-o) of it,
// where CDI had added the overhead to the disk, (1+o) of it: so the claim is the disk divided by (1-o), in whole mebibytes.
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

// diskIn returns how large a disk is that a claim of a size holds: the inverse of claimFor.
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
	// CDI gave it the first size by a reckoning of its own.
	return larger(*resource.NewQuantity(bytes.Int64()*mebibyte, resource.BinarySI), s.disk)
}

// isLess reports whether a disk of a size is less than a claim holds. In whole mebibytes one claim fits disks of several sizes.
func (s sizing) isLess(size, claim resource.Quantity) bool {
	wanted := s.claimFor(size)
	return size.Cmp(s.diskIn(claim)) < 0 && (size.Cmp(s.disk) < 0 || wanted.Cmp(claim) < 0)
}

func larger(a, b resource.Quantity) resource.Quantity {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}

// grows reports whether a claim can become as large as a disk needs it, and is not yet: Kubernetes lets it grow once it is bound.
func grows(d *v1alpha1.Disk, pvc *corev1.PersistentVolumeClaim, s sizing) bool {
	wanted := s.claimFor(d.Size.Quantity)
	return pvc.Status.Phase == corev1.ClaimBound && wanted.Cmp(pvc.Spec.Resources.Requests[corev1.ResourceStorage]) > 0
}
