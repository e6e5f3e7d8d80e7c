package storage

import (
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestSizing shows that a grown disk on a file system gives the guest the desired size. KubeVirt gives it the claim less the overhead that CDI is
// configured with, in whole mebibytes.
func TestSizing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disk := rapid.Int64Range(1, 1<<22).Draw(t, "disk in MiB") * mebibyte
		permille := rapid.Int64Range(0, 200).Draw(t, "overhead")
		created := disk + (disk*permille+999)/1000
		s := sizing{disk: *resource.NewQuantity(disk, resource.BinarySI), claim: *resource.NewQuantity(created, resource.BinarySI)}

		desired := disk + rapid.Int64Range(0, 1<<42).Draw(t, "more")
		claim := s.claimFor(*resource.NewQuantity(desired, resource.BinarySI))
		guest := claim.Value() * (1000 - permille) / 1000
		if desired > disk && guest < desired-mebibyte/1000 {
			t.Errorf("for a disk of %d in a claim of %d, a claim of %d gives the guest %d, want %d", disk, created, claim.Value(), guest, desired)
		}
		if most := (desired+disk/1000)*1000/(1000-permille) + desired>>18 + 2*mebibyte; desired > disk && claim.Value() > most {
			t.Errorf("a claim of %d is more than %d needs", claim.Value(), desired)
		}
		if in := s.diskIn(claim); in.Value() > desired+mebibyte || in.Value() < desired-mebibyte {
			t.Errorf("a claim of %d for %d holds %d", claim.Value(), desired, in.Value())
		}
	})
}

// TestGrowthSettles shows that the claim of an imported disk grows once for each larger size, and then keeps its size. No size that it has is
// rejected.
func TestGrowthSettles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.SampledFrom([]string{"20Gi", "20.5Gi", "21Gi", "22G", "40Gi", "80Gi", "85899345921", "1Ti"}), 1, 5).Draw(t, "sizes")
		created := rapid.SampledFrom([]string{"20Gi", "21Gi", "22763143168", "50Gi"}).Draw(t, "created")
		spec := object{"volumeMode": rapid.SampledFrom([]string{"Filesystem", "Block"}).Draw(t, "mode"), "resources": object{"requests": object{"storage": created}}}
		claim := observed.Resource{
			Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "metadata": object{"name": "x"}, "spec": spec, "status": object{"phase": "Bound"}}),
		}
		rs := dv()
		largest := size("20Gi")
		for _, desired := range sizes {
			if largest.Cmp(size(desired).Quantity) < 0 {
				largest = size(desired)
			}
			var before string
			for round := range 4 {
				rs["pvc-system"] = claim
				p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size(desired), Image: "debian"}), Settings{}, rs)
				if err != nil {
					t.Fatal(err)
				}
				r := p.Resources[1].Object
				if pvc, ok := r.(*corev1.PersistentVolumeClaim); ok {
					setRequest(claim.Object, pvc.Spec.Resources.Requests.Storage().String())
					claim.Applied = observedtest.Object(object{"spec": object{}})
				}
				claim.Object.GetFields()["metadata"].GetStructValue().Fields["annotations"] = structpb.NewStructValue(observedtest.Object(object{
					annotationCreatedSize: r.GetAnnotations()[annotationCreatedSize],
				}))
				now := claim.Object.GetFields()["spec"].String()
				if round > 1 && now != before {
					t.Fatalf("with the same size %s the claim changes from %s to %s", desired, before, now)
				}
				if before = now; round > 1 && len(p.Rejected) > 0 && largest.Cmp(size(desired).Quantity) == 0 {
					t.Fatalf("the disk has %s, but rejected is %v", desired, p.Rejected)
				}
			}
		}
	})
}

// setRequest sets the storage request of a claim.
func setRequest(claim *structpb.Struct, size string) {
	claim.GetFields()["spec"].GetStructValue().Fields["resources"] = structpb.NewStructValue(observedtest.Object(object{"requests": object{"storage": size}}))
}
