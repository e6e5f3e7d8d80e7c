package check

import (
	"github.com/novasphere/function-wukong/internal/manifest"
)

// A use is a thing that a guest has, and that no other guest may have while both run.
type use struct {
	guest *guest

	// index tells the uses of one guest apart, such as that of a network in the spec.
	index int
}

// A table holds who uses what, in the order of the repository.
type table[K comparable] struct {
	keys []K
	uses map[K][]use
}

func newTable[K comparable]() *table[K] { return &table[K]{uses: map[K][]use{}} }

// add notes that a guest uses what has a key.
func (t *table[K]) add(k K, u use) {
	if _, known := t.uses[k]; !known {
		t.keys = append(t.keys, k)
	}
	t.uses[k] = append(t.uses[k], u)
}

// collisions calls a function for each use but the first, with an earlier one, and with how bad that is: two guests that run are an error. While one of
// them is halted, such as a spare one, nothing happens, so that it is a warning.
func (t *table[K]) collisions(found func(k K, later, earlier use, s manifest.Severity)) {
	for _, k := range t.keys {
		uses := t.uses[k]
		var running *use
		for i := range uses {
			u := uses[i]
			switch {
			case i == 0:
			case u.guest.runs && running != nil:
				found(k, u, *running, manifest.Error)
			default:
				found(k, u, uses[0], manifest.Warning)
			}
			if u.guest.runs && running == nil {
				running = &uses[i]
			}
		}
	}
}
