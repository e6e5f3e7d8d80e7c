package preview

import (
	"errors"
	"strings"
)

// readObserved adds the composed resources of the file to the Wukongs that they belong to. It notes those of other Wukongs, and leaves them
// out: what is observed of another Wukong would give a wrong preview.
func (c Command) readObserved(wukongs []*Wukong) error {
	if c.Observed == "" {
		return nil
	}
	docs, err := readFile(c.Observed, c.Stdin)
	if err != nil {
		return err
	}
	byID := make(map[wukongID][]*Wukong, len(wukongs))
	for _, w := range wukongs {
		byID[w.id] = append(byID[w.id], w)
	}
	related := false
	for _, d := range docs {
		owners := wukongsOf(d, byID)
		for _, w := range owners {
			if err := w.observe(d); err != nil {
				return err
			}
		}
		if len(owners) == 0 {
			c.note(d, leftOutReason(d))
		}
		related = related || len(owners) > 0
	}
	if !related {
		return errors.New(msgUnrelated.With(sourceName(c.Observed)))
	}
	return nil
}

// wukongsOf returns the Wukongs that a composed resource belongs to.
func wukongsOf(d document, byID map[wukongID][]*Wukong) []*Wukong {
	if keyOf(d) == "" {
		return nil
	}
	var out []*Wukong
	for _, id := range idsOf(d) {
		out = append(out, byID[id]...)
	}
	return out
}

// leftOutReason returns the note about a document that belongs to no Wukong of the files.
func leftOutReason(d document) string {
	if keyOf(d) == "" {
		return msgLeftOutNotComposed.With()
	}
	ids := idsOf(d)
	if len(ids) == 0 {
		return msgLeftOutUnowned.With()
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = id.String()
	}
	return msgLeftOutOwned.With(strings.Join(names, " of "))
}
