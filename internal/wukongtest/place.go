package wukongtest

import (
	"fmt"
	"maps"
	"slices"
)

// A place is where a value lies in a JSON document.
type place struct {
	// path of the value, such as .disks[0].size; its class, which leaves out what a user chooses (.disks[].size); and the
	// class of its parent.
	path, class, within string

	// field that the value belongs to: for the elements of a list, that of the list.
	field string

	// object that holds the value under the key; nil where a list holds it.
	object map[string]any
	key    string

	// elements that hold the value at the index, and their own place, which changes when their number does.
	elements []any
	index    int
	list     *place
}

// places of all values in a map, in an order that is always the same.
func places(o map[string]any) []place {
	return below(o, place{})
}

func below(v any, at place) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p := place{path: at.path + "." + k, class: at.class + "." + k, within: at.class, field: k, object: v, key: k}
			if at.field == "nodeSelector" {
				p.class, p.field = at.class+".*", at.field
			}
			out = append(out, p)
			out = append(out, below(v[k], p)...)
		}
	case []any:
		for i := range v {
			p := place{path: fmt.Sprintf("%s[%d]", at.path, i), class: at.class + "[]", within: at.class, field: at.field, elements: v, index: i, list: &at}
			out = append(out, p)
			out = append(out, below(v[i], p)...)
		}
	}
	return out
}

func (p place) get() any {
	if p.object != nil {
		return p.object[p.key]
	}
	return p.elements[p.index]
}

func (p place) set(v any) {
	if p.object != nil {
		p.object[p.key] = v
		return
	}
	p.elements[p.index] = v
}

func (p place) remove() {
	if p.object != nil {
		delete(p.object, p.key)
		return
	}
	p.list.set(slices.Delete(slices.Clone(p.elements), p.index, p.index+1))
}
