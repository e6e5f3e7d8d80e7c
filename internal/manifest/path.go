package manifest

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineOf returns the line of the field at a path below a node, or that of the innermost field around it.
func lineOf(n *yaml.Node, path string) int {
	line := n.Line
	for _, step := range steps(path) {
		key, value := child(n, step)
		if value == nil {
			return line
		}
		line, n = key.Line, value
	}
	return line
}

// steps returns the names, the keys and the indexes of a path: spec, disks and 0 of spec.disks[0].
func steps(path string) []string {
	var out []string
	for path != "" {
		if key, found := strings.CutPrefix(path, "["); found {
			step, rest, _ := strings.Cut(key, "]")
			out, path = append(out, step), strings.TrimPrefix(rest, ".")
			continue
		}
		end := strings.IndexAny(path, ".[")
		if end < 0 {
			return append(out, path)
		}
		out, path = append(out, path[:end]), strings.TrimPrefix(path[end:], ".")
	}
	return out
}

// child returns the key and the value of a step below a node. Both are the element for that of a sequence, and nil where there is none.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	default:
	}
	return nil, nil
}
