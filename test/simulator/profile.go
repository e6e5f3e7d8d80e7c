package simulator

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"
)

// overhead is what part of a disk, one in so many, CDI adds to the claim of a file system, and KubeVirt takes off it.
const overhead = 20

// leafProfile asks CDI to complete a claim.
const leafProfile = "metadata|labels|cdi.kubevirt.io/applyStorageProfile"

// complete does what CDI's webhook does with a claim that is created: it gives it the modes of the StorageProfile of its class, and more room
// than it asks for where it has a file system. Nobody who applies is the owner of what it adds.
func (t *thing) complete() error {
	if t.kind != kindClaim || t.leaves[leafProfile] != "true" || t.leaves[leafStorage] == nil {
		return nil
	}
	if t.leaves[leafClass] == nil {
		t.leaves[leafClass] = defaultClass
	}
	class, chosen := t.leaves[leafClass], t.leaves[leafMode] == "FromStorageProfile"
	if t.leaves[leafAccess] == nil {
		if class == fixedClass && chosen {
			return fmt.Errorf("admission webhook \"pvc-mutate.cdi.kubevirt.io\" denied the request: no accessMode specified in StorageProfile %v", class)
		}
		t.leaves[leafAccess] = []any{"ReadWriteMany"}
	}
	if chosen {
		t.leaves[leafMode] = "Filesystem"
		if class == fastClass {
			t.leaves[leafMode] = "Block"
		}
	}
	t.inflate()
	return nil
}

// inflate a claim as CDI does.
func (t *thing) inflate() {
	size := quantity(t.leaves[leafStorage])
	t.disk = size.DeepCopy()
	if t.leaves[leafMode] != "Block" {
		size.Add(*resource.NewQuantity(size.Value()/overhead, resource.BinarySI))
		t.leaves[leafStorage] = size.String()
	}
	t.made = size
}

// guest is how large a disk the guest gets on a claim: what it was made for, and once the claim has grown, what KubeVirt leaves of it.
func (t *thing) guest() resource.Quantity {
	size := quantity(t.leaves[leafStorage])
	switch {
	case size.Cmp(t.made) <= 0:
		return t.disk
	case t.leaves[leafMode] == "Block" || t.made.Cmp(t.disk) == 0:
		return size
	}
	return *resource.NewQuantity(size.Value()-size.Value()/overhead, resource.BinarySI)
}
