package simulator

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

// overhead is the divisor of a disk's size that gives the overhead of a file system: CDI adds it to the claim, and KubeVirt subtracts it.
const overhead = 20

// leafProfile is the label with which CDI completes a claim.
const leafProfile = "metadata|labels|cdi.kubevirt.io/applyStorageProfile"

// complete is CDI's mutating webhook for a new claim. It sets the modes of the class's StorageProfile, and adds the overhead of a file system.
// The fields that it adds have no owner.
func (t *apiObject) complete() error {
	if t.kind != kindClaim || t.leaves[leafProfile] != "true" || t.leaves[leafStorage] == nil {
		return nil
	}
	if t.leaves[leafClass] == nil {
		t.leaves[leafClass] = defaultClass
	}
	class, fromProfile := t.leaves[leafClass], t.leaves[leafMode] == "FromStorageProfile"
	if t.leaves[leafAccess] == nil {
		if class == fixedClass && fromProfile {
			return fmt.Errorf("admission webhook \"pvc-mutate.cdi.kubevirt.io\" denied the request: no accessMode specified in StorageProfile %v", class)
		}
		t.leaves[leafAccess] = []any{"ReadWriteMany"}
	}
	if fromProfile {
		t.leaves[leafMode] = "Filesystem"
		if class == fastClass {
			t.leaves[leafMode] = "Block"
		}
	}
	t.inflate()
	return nil
}

// inflate adds the overhead of a file system to a claim's size, as CDI does.
func (t *apiObject) inflate() {
	size := quantity(t.leaves[leafStorage])
	t.requestedSize = size.DeepCopy()
	if t.leaves[leafMode] != "Block" {
		size.Add(*resource.NewQuantity(size.Value()/overhead, resource.BinarySI))
		t.leaves[leafStorage] = size.String()
	}
	t.createdSize = size
}

// guestSize returns the size of the disk that the guest gets on a claim: the requested size, and once the claim has grown, its size less
// KubeVirt's overhead.
func (t *apiObject) guestSize() resource.Quantity {
	size := quantity(t.leaves[leafStorage])
	switch {
	case size.Cmp(t.createdSize) <= 0:
		return t.requestedSize
	case t.leaves[leafMode] == "Block" || t.createdSize.Cmp(t.requestedSize) == 0:
		return size
	}
	return *resource.NewQuantity(size.Value()-size.Value()/overhead, resource.BinarySI)
}
