package preview

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// readObserved adds the composed resources at a path to the Wukongs that they belong to. It notes those of other Wukongs, and leaves them out:
// what is observed of another Wukong would give a wrong preview. A Wukong itself, as it is in the cluster, gives its UID and its status.
func (r *Repository) readObserved(ctx context.Context, files manifest.Reader, path string) {
	if path == "" {
		return
	}
	before := len(r.Problems)
	docs := r.read(ctx, files, path)
	byID := make(map[wukongID][]*Wukong, len(r.Wukongs))
	for _, w := range r.Wukongs {
		byID[w.id] = append(byID[w.id], w)
	}
	related := false
	for _, d := range docs {
		owners := ownersOf(d, byID)
		for _, w := range owners {
			r.observe(w, d)
		}
		if len(owners) == 0 {
			r.add(d.Problem(manifest.Note, "", leftOutReason(d)))
		}
		related = related || len(owners) > 0
	}
	if !related && !manifest.HasErrors(r.Problems[before:]) && len(r.Wukongs) > 0 {
		r.add(manifest.Problem{Position: manifest.Position{File: path}, Severity: manifest.Error, Text: msgUnrelated.String()})
	}
}

// observe adds a document to what is observed of a Wukong.
func (r *Repository) observe(w *Wukong, d manifest.Document) {
	if isWukong(d) {
		w.know(d)
		return
	}
	if isObject := d.GetKind() == "Object"; keyOf(d) == plan.KeyVM && isObject == (r.platform.target == Native) {
		r.add(d.Problem(manifest.Error, "", msgOtherComposition.With(d.Title(), r.platform.target)))
		return
	}
	added, err := w.observe(d)
	if err != nil {
		r.add(d.Problem(manifest.Error, "", err.Error()))
	} else if !added {
		r.add(d.Problem(manifest.Error, "", msgResourceTwice.With(keyOf(d), w.Title())))
	}
}

// know takes the UID and the status of the composite in the cluster, where the manifest has none. That of a claim is not the claim itself.
func (w *Wukong) know(d manifest.Document) {
	if w.inCluster == nil || d.GetKind() == w.Document.GetKind() {
		w.inCluster = &d
	}
	if d.GetKind() != w.Composite.GetKind() {
		return
	}
	if w.Composite.GetUID() == "" {
		w.Composite.SetUID(d.GetUID())
	}
	if status, found := d.Object["status"]; found && w.Composite.Object["status"] == nil {
		w.Composite.Object["status"] = status
	}
}

// InCluster returns a Wukong as it is in the cluster; nil where that was not given.
func (r *Repository) InCluster(w *Wukong) *Wukong {
	if w.inCluster == nil {
		return nil
	}
	return newWukong(*w.inCluster, r.platform.target, "")
}

// ownersOf returns the Wukongs that an observed object belongs to, or that it is itself.
func ownersOf(d manifest.Document, byID map[wukongID][]*Wukong) []*Wukong {
	ids := idsOf(d)
	switch {
	case isWukong(d):
		ids = identities(d)
	case keyOf(d) == "":
		return nil
	}
	var out []*Wukong
	for _, id := range ids {
		out = append(out, byID[id]...)
	}
	return out
}

// identities returns the IDs of a Wukong in the cluster: its own, as a claim too, and for a composite that of its claim.
func identities(d manifest.Document) []wukongID {
	if d.GetKind() == v1alpha1.Kind {
		return []wukongID{
			{kind: v1alpha1.Kind, namespace: d.GetNamespace(), name: d.GetName()},
			{kind: kindClaim, namespace: d.GetNamespace(), name: d.GetName()},
		}
	}
	out := []wukongID{{kind: v1alpha1.CompositeKind, name: d.GetName()}}
	if claim, found, _ := unstructured.NestedStringMap(d.Object, "spec", "claimRef"); found {
		out = append(out, wukongID{kind: kindClaim, namespace: claim["namespace"], name: claim["name"]})
	}
	return out
}

// leftOutReason returns the note about a document that belongs to no Wukong of the files.
func leftOutReason(d manifest.Document) string {
	if isWukong(d) {
		return msgNotInFiles.With(d.Title())
	}
	if keyOf(d) == "" {
		return msgLeftOutNotComposed.With(d.Title())
	}
	ids := idsOf(d)
	if len(ids) == 0 {
		return msgLeftOutUnowned.With(d.Title())
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return msgLeftOutOwned.With(d.Title(), strings.Join(names, " of "))
}
