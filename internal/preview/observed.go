package preview

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/internal/crossplane"
)

// readObserved gives the composed resources of the file to the Wukongs that they belong to. What belongs to none is noted and left out: a
// preview that takes another Wukong's resource for its own tells what is not so.
func (c Command) readObserved(wukongs []*Wukong) error {
	if c.Observed == "" {
		return nil
	}
	docs, err := readFile(c.Observed, c.Stdin)
	if err != nil {
		return err
	}
	byOwner := make(map[owner][]*Wukong, len(wukongs))
	for _, w := range wukongs {
		byOwner[w.owner] = append(byOwner[w.owner], w)
	}
	belongs := false
	for _, d := range docs {
		takers := takersOf(d, byOwner)
		for _, w := range takers {
			if err := w.observe(d); err != nil {
				return err
			}
		}
		if len(takers) == 0 {
			c.note(d, "is left out: "+whyNobodys(d))
		}
		belongs = belongs || len(takers) > 0
	}
	if !belongs {
		const message = "%s: nothing in it belongs to a Wukong of the files: give the state of these Wukongs, and the --target that they have"
		return fmt.Errorf(message, sourceName(c.Observed))
	}
	return nil
}

// takersOf returns the Wukongs that a document is a composed resource of.
func takersOf(d document, byOwner map[owner][]*Wukong) []*Wukong {
	if keyOf(d) == "" {
		return nil
	}
	var out []*Wukong
	for _, o := range ownersOf(d) {
		out = append(out, byOwner[o]...)
	}
	return out
}

// whyNobodys returns why a document belongs to no Wukong of the files.
func whyNobodys(d document) string {
	if keyOf(d) == "" {
		return "it has no annotation " + crossplane.AnnotationResourceName + ", as composed resources have"
	}
	owners := ownersOf(d)
	if len(owners) == 0 {
		return "neither its controller nor its label " + crossplane.LabelComposite + " is a Wukong"
	}
	names := make([]string, len(owners))
	for i, o := range owners {
		names[i] = o.String()
	}
	return "it belongs to " + strings.Join(names, " of ") + ", which is not in the files"
}
