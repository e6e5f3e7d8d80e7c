package wukongtest

import (
	"fmt"
	"maps"
	"slices"
)

// A place is the location of a value in a JSON document.
type place struct {
	// path of the value, such as .disks[0].size.
	path string

	// class is the path without indexes and keys of maps, such as .disks[].size, and parentClass that of the parent.
	class, parentClass string

	// field is the name of the field with the value: for elements of a list and values of a map, that of the list or map.
	field string

	// object that holds the value under the key; nil where a list holds it.
	object map[string]any
	key    string

	// elements of the list that holds the value at the index, and the place of the list.
	elements []any
	index    int
	list     *place
}

// places returns the places of all values in an object, in a deterministic order.
func places(o map[string]any) []place {
	return below(o, place{})
}

// below returns the places of all values below one.
func below(v any, at place) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p := place{path: at.path + "." + k, class: at.class + "." + k, parentClass: at.class, field: k, object: v, key: k}
			if at.field == "nodeSelector" {
				p.class, p.field = at.class+".*", at.field
			}
			out = append(out, p)
			out = append(out, below(v[k], p)...)
		}
	case []any:
		for i := range v {
			p := place{
				path: fmt.Sprintf("%s[%d]", at.path, i), class: at.class + "[]", parentClass: at.class, field: at.field,
				elements: v, index: i, list: &at,
			}
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
