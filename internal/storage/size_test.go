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

// TestSizing shows that a disk which grows on a file system gives the guest what was asked for: KubeVirt gives it the claim less the
// overhead that CDI is configured with, in whole mebibytes.
func TestSizing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disk := rapid.Int64Range(1, 1<<22).Draw(t, "disk in MiB") * mebibyte
		permille := rapid.Int64Range(0, 200).Draw(t, "overhead")
		created := disk + (disk*permille+999)/1000
		s := sizing{disk: *resource.NewQuantity(disk, resource.BinarySI), claim: *resource.NewQuantity(created, resource.BinarySI)}

		asked := disk + rapid.Int64Range(0, 1<<42).Draw(t, "more")
		claim := s.claimFor(*resource.NewQuantity(asked, resource.BinarySI))
		guest := claim.Value() * (1000 - permille) / 1000
		if asked > disk && guest < asked-mebibyte/1000 {
			t.Errorf("of %d, which was made %d, a claim of %d gives the guest %d, not %d", disk, created, claim.Value(), guest, asked)
		}
		if most := (asked+disk/1000)*1000/(1000-permille) + asked>>18 + 2*mebibyte; asked > disk && claim.Value() > most {
			t.Errorf("a claim of %d is more than %d needs", claim.Value(), asked)
		}
		if in := s.diskIn(claim); in.Value() > asked+mebibyte || in.Value() < asked-mebibyte {
			t.Errorf("a claim of %d for %d holds %d", claim.Value(), asked, in.Value())
		}
	})
}

// TestGrowthSettles shows that an imported disk that is asked to grow grows once, whatever it was before, and then stays: its claim never
// grows by itself, and nobody is told that it has another size than was asked for.
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
		for _, asked := range sizes {
			if largest.Cmp(size(asked).Quantity) < 0 {
				largest = size(asked)
			}
			var before string
			for round := range 4 {
				rs["pvc-system"] = claim
				p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size(asked), Image: "debian"}), Settings{}, rs)
				if err != nil {
					t.Fatal(err)
				}
				r := p.Resources[1].Object
				if pvc, ok := r.(*corev1.PersistentVolumeClaim); ok {
					put(claim.Object, pvc.Spec.Resources.Requests.Storage().String())
					claim.Applied = observedtest.Object(object{"spec": object{}})
				}
				claim.Object.GetFields()["metadata"].GetStructValue().Fields["annotations"] = structpb.NewStructValue(observedtest.Object(object{
					annotationCreatedSize: r.GetAnnotations()[annotationCreatedSize],
				}))
				now := claim.Object.GetFields()["spec"].String()
				if round > 1 && now != before {
					t.Fatalf("after %s the claim goes from %s to %s by itself", asked, before, now)
				}
				if before = now; round > 1 && len(p.Rejected) > 0 && largest.Cmp(size(asked).Quantity) == 0 {
					t.Fatalf("%s is granted, but told is %v", asked, p.Rejected)
				}
			}
		}
	})
}

// put a storage request into a claim.
func put(claim *structpb.Struct, size string) {
	claim.GetFields()["spec"].GetStructValue().Fields["resources"] = structpb.NewStructValue(observedtest.Object(object{"requests": object{"storage": size}}))
}
