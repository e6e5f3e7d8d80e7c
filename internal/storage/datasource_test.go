package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// shared are the settings of a platform team that shares the images of namespace golden.
var shared = Settings{SharedNamespaces: []v1alpha1.Label{"golden"}}

// goldenDisk returns a disk that is cloned from the DataSource debian of a namespace.
func goldenDisk(namespace string) v1alpha1.Disk {
	return v1alpha1.Disk{Name: "system", ImageFrom: &v1alpha1.ImageReference{
		Kind: v1alpha1.ImageKindDataSource, Name: "debian", Namespace: v1alpha1.OptionalLabel(namespace),
	}}
}

// dataSource returns an observed DataSource debian of a namespace that leads to a source.
func dataSource(namespace string, source object, conditions ...any) observed.Resources {
	return observed.Resources{"datasource-system": {Object: observedtest.Object(object{
		"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataSource", "metadata": object{"namespace": namespace, "name": "debian"},
		"spec": object{"source": source}, "status": object{"source": source, "conditions": conditions},
	})}}
}

// manifestOf returns the DataVolume that a Wukong asks for, as it is observed later.
func manifestOf(t *testing.T, w *v1alpha1.Wukong, set Settings, rs observed.Resources) *structpb.Struct {
	t.Helper()
	p, err := Plan(w, set, rs)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(p.Resources[0].Object)
	if err != nil {
		t.Fatal(err)
	}
	return observedtest.Object(fields)
}

// TestGolden shows when a disk is cloned from its DataSource, and what it says as long as it is not.
func TestGolden(t *testing.T) {
	claim := func(namespace string) object {
		return object{"pvc": object{"namespace": namespace, "name": "debian-12.7"}}
	}
	notReady := object{"type": "Ready", "status": "False", "message": "Import DataVolume in progress"}
	for name, tc := range map[string]struct {
		namespace string
		rs        observed.Resources
		want      *cdiv1.DataVolumeSource
		says      string
		failed    bool
	}{
		"Shared": {namespace: "golden", rs: dataSource("golden", claim("golden")), want: &cdiv1.DataVolumeSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: "golden", Name: "debian-12.7"}}},
		"Own":    {rs: dataSource("team-a", claim("team-a")), want: &cdiv1.DataVolumeSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: "team-a", Name: "debian-12.7"}}},
		"OwnToShared": {
			rs:   dataSource("team-a", claim("golden")),
			want: &cdiv1.DataVolumeSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: "golden", Name: "debian-12.7"}},
		},
		"Snapshot": {
			rs:   dataSource("team-a", object{"snapshot": object{"namespace": "team-a", "name": "debian"}}),
			want: &cdiv1.DataVolumeSource{Snapshot: &cdiv1.DataVolumeSourceSnapshot{Namespace: "team-a", Name: "debian"}},
		},
		"LeadsAway": {
			rs: dataSource("team-a", claim("team-b")), failed: true,
			says: "disk system: its DataSource team-a/debian leads to namespace team-b, whose images are not shared with this one",
		},
		"SnapshotLeadsAway": {
			rs: dataSource("team-a", object{"snapshot": object{"namespace": "team-b", "name": "db"}}), failed: true,
			says: "leads to namespace team-b",
		},
		"NotReady": {
			namespace: "golden", rs: dataSource("golden", claim("golden"), notReady),
			says: "waiting for disk system: its DataSource golden/debian has no image yet: Import DataVolume in progress",
		},
		"Nothing": {rs: dataSource("team-a", object{}), says: "it names neither a claim nor a snapshot"},
		"Unread":  {rs: observed.Resources{}, says: "waiting for disk system: its DataSource team-a/debian has not been read yet"},
		"Missing": {
			rs: observed.Resources{"datasource-system": {Missing: true}}, failed: true,
			says: "disk system: there is no DataSource team-a/debian to clone it from",
		},
		"Refused": {
			rs: observed.Resources{"datasource-system": {Refused: "datasources is forbidden"}}, failed: true,
			says: "its DataSource team-a/debian cannot be read: datasources is forbidden",
		},
		"OfEarlierRequest": {namespace: "golden", rs: dataSource("team-a", claim("team-a")), says: "its DataSource golden/debian has not been read yet"},
	} {
		t.Run(name, func(t *testing.T) {
			w := wukong(goldenDisk(tc.namespace))
			p, err := Plan(w, shared, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			r := p.Resources[0]
			dv, ok := r.Object.(*cdiv1.DataVolume)
			if !ok || r.Held != (tc.want == nil) || cmp.Diff(tc.want, dv.Spec.Source) != "" || (dv.Spec.SourceRef == nil) == r.Held {
				t.Errorf("want the source %+v, got held: %t, %+v, %+v", tc.want, r.Held, dv.Spec.Source, dv.Spec.SourceRef)
			}
			_, part := Report(w, shared, tc.rs, false)
			if part.Failed != tc.failed || !strings.Contains(part.Message, tc.says) {
				t.Errorf("want failed: %t, %q, got %+v", tc.failed, tc.says, part)
			}
			sources := Sources(w, tc.rs)
			if len(sources) != 1 || sources[0].Shared != (tc.namespace != "") || sources[0].Management != plan.Observe {
				t.Errorf("want the DataSource to be observed, got %+v", sources)
			}
		})
	}
}

// TestGoldenProbes shows that a DataVolume which an Object only looks for is not taken for one that was asked for.
func TestGoldenProbes(t *testing.T) {
	w := wukong(goldenDisk("golden"))
	rs := observed.Resources{"disk-system": {LastKnown: manifestOf(t, w, shared, nil)}, "datasource-system": {Missing: true}}
	if _, part := Report(w, shared, rs, false); !part.Failed || !strings.Contains(part.Message, "there is no DataSource golden/debian") {
		t.Errorf("want a message about the DataSource, got %+v", part)
	}
}

// TestGoldenStays shows that a disk which was asked for stays with what its DataSource led to then, whatever that leads to now.
func TestGoldenStays(t *testing.T) {
	w := wukong(goldenDisk("golden"))
	rs := dataSource("golden", object{"pvc": object{"namespace": "golden", "name": "debian-12.7"}})
	asked := manifestOf(t, w, shared, rs)
	for name, later := range map[string]observed.Resource{
		"Asked":  {LastKnown: asked},
		"Exists": {Object: asked},
	} {
		t.Run(name, func(t *testing.T) {
			rs := dataSource("golden", object{"pvc": object{"namespace": "golden", "name": "debian-12.8"}})
			rs["disk-system"] = later
			p, err := Plan(w, shared, rs)
			if err != nil {
				t.Fatal(err)
			}
			dv, _ := p.Resources[0].Object.(*cdiv1.DataVolume)
			if p.Resources[0].Held || dv.Spec.Source == nil || dv.Spec.Source.PVC.Name != "debian-12.7" || len(p.Rejected) > 0 {
				t.Errorf("want the earlier source, got %+v, held: %t, rejected: %v", dv.Spec, p.Resources[0].Held, p.Rejected)
			}
			if observes := len(Sources(w, rs)) > 0; observes != (name == "Asked") {
				t.Errorf("the DataSource is observed: %t", observes)
			}
		})
	}
}

// TestImagesNotShared shows that nothing is cloned from a namespace that is not shared, but for a disk that exists.
func TestImagesNotShared(t *testing.T) {
	const want = "spec.disks[0].imageFrom.namespace: Forbidden: the images of namespace team-b are not shared with this one: " +
		"take one of namespace team-a, or ask the platform team to share it (sharedImageNamespaces)"
	for _, kind := range []v1alpha1.ImageKind{v1alpha1.ImageKindDataSource, v1alpha1.ImageKindClaim, v1alpha1.ImageKindSnapshot} {
		d := v1alpha1.Disk{Name: "system", ImageFrom: &v1alpha1.ImageReference{Kind: kind, Name: "db", Namespace: "team-b"}}
		if _, err := Plan(wukong(d), shared, nil); err == nil || err.Error() != want {
			t.Errorf("%s: want %q, got %v", kind, want, err)
		}
		if _, err := Plan(wukong(d), Settings{SharedNamespaces: []v1alpha1.Label{"team-b"}}, nil); err != nil {
			t.Errorf("%s: shared, and refused: %v", kind, err)
		}
		if _, err := Plan(wukong(d), shared, dv()); err != nil {
			t.Errorf("%s: a disk that exists is refused: %v", kind, err)
		}
	}
	d := goldenDisk("team-b")
	d.ImageFrom.Name = "db"
	if _, err := Plan(wukong(d), Settings{OSDisk: "system"}, nil); err == nil || !strings.HasPrefix(err.Error(), "spec.osImageFrom.namespace: ") {
		t.Errorf("want the path of osImageFrom, got %v", err)
	}
}

// TestOtherSource shows that another source of a disk that exists is rejected, from every kind to every other.
func TestOtherSource(t *testing.T) {
	reference := func(kind v1alpha1.ImageKind) v1alpha1.Disk {
		return v1alpha1.Disk{Name: "system", Size: size("20Gi"), ImageFrom: &v1alpha1.ImageReference{Kind: kind, Name: "debian"}}
	}
	sources := map[string]struct {
		disk  v1alpha1.Disk
		field string
	}{
		"docker://quay.io/containerdisks/debian:12": {v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "quay.io/containerdisks/debian:12"}, "image"},
		"https://example.org/debian.img":            {v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "https://example.org/debian.img"}, "image"},
		"s3://minio.example.org/vms/debian.img":     {v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "s3://minio.example.org/vms/debian.img"}, "image"},
		"gs://vms/debian.img":                       {v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "gs://vms/debian.img"}, "image"},
		"DataSource team-a/debian":                  {reference(v1alpha1.ImageKindDataSource), "imageFrom"},
		"PersistentVolumeClaim team-a/debian":       {reference(v1alpha1.ImageKindClaim), "imageFrom"},
		"VolumeSnapshot team-a/debian":              {reference(v1alpha1.ImageKindSnapshot), "imageFrom"},
		"an upload":                                 {v1alpha1.Disk{Name: "system", Size: size("20Gi"), Upload: true}, "upload"},
	}
	golden := dataSource("team-a", object{"pvc": object{"namespace": "team-a", "name": "debian-12.7"}})
	for from, existing := range sources {
		rs := observed.Resources{"disk-system": {Object: manifestOf(t, wukong(existing.disk), Settings{}, golden)}}
		for to, wanted := range sources {
			p, err := Plan(wukong(wanted.disk), Settings{}, rs)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if from != to {
				want = []string{"spec.disks[0]." + wanted.field + ": the disk was made from " + from + ": put that back, or add a disk of another name with the new source"}
			}
			if diff := cmp.Diff(want, p.Rejected); diff != "" {
				t.Errorf("from %s to %s: -want, +got:\n%s", from, to, diff)
			}
		}
	}
}

// TestAccess shows that credentials, certificates and the checksum reach CDI, by each kind of server that takes them.
func TestAccess(t *testing.T) {
	const checksum = "sha256:0f"
	for i, tc := range map[v1alpha1.Image]struct{ secret, ca, checksum string }{
		"https://example.org/a":      {"registry", "ca", checksum},
		"s3://example.org/vms/a":     {"registry", "ca", ""},
		"gs://vms/a":                 {"registry", "", ""},
		"docker://example.org/vms/a": {"registry", "ca", ""},
	} {
		p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: i, ImageSecret: "registry", ImageCA: "ca", ImageChecksum: checksum}), Settings{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		dv, _ := p.Resources[0].Object.(*cdiv1.DataVolume)
		got := struct{ secret, ca, checksum string }{}
		switch s := dv.Spec.Source; {
		case s.HTTP != nil:
			got.secret, got.ca, got.checksum = s.HTTP.SecretRef, s.HTTP.CertConfigMap, s.HTTP.Checksum
		case s.S3 != nil:
			got.secret, got.ca = s.S3.SecretRef, s.S3.CertConfigMap
			if s.S3.URL != "https://example.org/vms/a" {
				t.Errorf("CDI takes no other URL of S3 than that of the server, got %s", s.S3.URL)
			}
		case s.GCS != nil:
			got.secret = s.GCS.SecretRef
		case s.Registry != nil:
			got.secret, got.ca = *s.Registry.SecretRef, *s.Registry.CertConfigMap
		}
		if got != tc {
			t.Errorf("%s: want %+v, got %+v", i, tc, got)
		}
	}
}

// TestChecksum shows that a disk counts as unverified until CDI is observed to have its checksum, and that one whose checksum CDI dropped has failed.
func TestChecksum(t *testing.T) {
	checked := v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: "https://example.org/a", ImageChecksum: "sha256:0f"}
	unchecked := checked
	unchecked.ImageChecksum = ""
	asked, dropped := manifestOf(t, wukong(checked), Settings{}, nil), manifestOf(t, wukong(checked), Settings{}, nil)
	delete(dropped.GetFields()["spec"].GetStructValue().GetFields()["source"].GetStructValue().GetFields()["http"].GetStructValue().GetFields(), "checksum")
	for name, tc := range map[string]struct {
		disk       v1alpha1.Disk
		rs         observed.Resources
		unverified bool
		failed     bool
	}{
		"New":           {disk: checked, unverified: true},
		"Kept":          {disk: checked, rs: observed.Resources{"disk-system": {Object: asked}}},
		"Dropped":       {disk: checked, rs: observed.Resources{"disk-system": {Object: dropped}}, unverified: true, failed: true},
		"TakenAsItIs":   {disk: unchecked, rs: observed.Resources{"disk-system": {Object: dropped}}},
		"GivenTooLate":  {disk: checked, rs: observed.Resources{"disk-system": {Object: manifestOf(t, wukong(unchecked), Settings{}, nil)}}},
		"WithoutAsking": {disk: unchecked},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Plan(wukong(tc.disk), Settings{}, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(p.Unverified) > 0; got != tc.unverified {
				t.Errorf("want unverified: %t, got %v", tc.unverified, p.Unverified)
			}
			_, part := Report(wukong(tc.disk), Settings{}, tc.rs, false)
			if part.Failed != tc.failed || tc.failed && !strings.Contains(part.Message, "this cluster's CDI knows no checksums") {
				t.Errorf("want failed: %t, got %+v", tc.failed, part)
			}
		})
	}
}

// TestClonedIntoEmpty shows that a disk which was made empty stays so, whatever it is to be cloned from: also where no size is given any more.
func TestClonedIntoEmpty(t *testing.T) {
	for _, phase := range []string{"Pending", "Bound"} {
		p, err := Plan(wukong(goldenDisk("golden")), shared, pvc(phase))
		if err != nil {
			t.Fatal(err)
		}
		const want = "spec.disks[0].imageFrom: the disk exists and is empty, and nothing can be imported into it: remove imageFrom, or add a disk of another name with it"
		if diff := cmp.Diff([]string{want}, p.Rejected); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	}
}
