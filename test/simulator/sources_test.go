package simulator

import (
	"fmt"

	"pgregory.net/rapid"
)

const (
	// golden is the DataSource that disks are cloned from.
	golden = "golden"

	// otherNamespace is one whose claims the Wukong may not have.
	otherNamespace = "team-b"
)

// lead makes the DataSource lead to a claim of a namespace, as its author does; empty for no DataSource. Its label names a preference.
func (w *world) lead(namespace string) {
	k := id{kindDataSource, golden}
	if namespace == "" {
		delete(w.cluster.objects, k)
		return
	}
	o := &apiObject{
		id: k, apiVersion: "cdi.kubevirt.io/v1beta1", uid: "uid-golden", owners: map[string]map[string]bool{},
		leaves: map[string]any{
			leafSourceNamespace: namespace, leafSourceName: fmt.Sprint("golden-", w.cluster.clock%3),
			"metadata|labels|instancetype.kubevirt.io/default-preference": fmt.Sprint("debian-", w.cluster.clock%2),
		},
	}
	o.status = object{"source": object{"pvc": object{"namespace": namespace, "name": o.leaves[leafSourceName]}}}
	w.cluster.objects[k] = o
	w.cluster.touch(o)
}

// changeGolden lets the DataSource lead to another image, to another team's claim, or away.
func (w *world) changeGolden(t *rapid.T) {
	w.lead(rapid.SampledFrom([]string{Namespace, Namespace, otherNamespace, ""}).Draw(t, "leads to"))
}

// changeSource gives a disk another source.
func changeSource(t *rapid.T, d object) {
	for _, field := range []string{"image", "imageFrom", "upload", "claimName"} {
		delete(d, field)
	}
	if d["size"] == nil {
		d["size"] = goldenSize
	}
	switch rapid.IntRange(0, 4).Draw(t, "source") {
	case 0, 1, 2:
		d["imageFrom"] = object{"kind": kindDataSource, "name": golden}
		if rapid.Bool().Draw(t, "of its size") {
			delete(d, "size")
		}
	case 3:
		d["imageFrom"] = object{"kind": kindClaim, "name": rapid.SampledFrom([]any{"a", "b"}).Draw(t, "claim")}
	case 4:
		d["upload"] = true
	}
}

// checkSources checks that nothing is cloned from another team's claim, and that nobody can change what is cloned after it was looked at.
func (w *world) checkSources(t *rapid.T) {
	for k, o := range w.cluster.objects {
		if k.kind != kindDataVolume {
			continue
		}
		if namespace := o.leaves[leafSourceNamespace]; namespace != nil && namespace != Namespace {
			t.Fatalf("DataVolume %s is cloned from namespace %v", k.name, namespace)
		}
		if ref := o.leaves[leafSourceRef]; ref != nil {
			t.Fatalf("DataVolume %s follows DataSource %v", k.name, ref)
		}
	}
}
