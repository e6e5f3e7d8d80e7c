package cloudinit

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Limits of user data, which is a tenant's text: what one of them writes must not take the memory or the time of the others.
const (
	// maxUserData keeps the Object that manages the Secret, in which the data is in base64 twice, within what Kubernetes takes:
	// an Object that is refused can be neither changed nor deleted.
	maxUserData = 128 << 10

	// maxNodes of a document are its keys and values. Each takes two hundred bytes of memory once it is read.
	maxNodes = 10_000

	// maxDepth is how deep mappings and lists may lie in each other. What is deep is indented far where it is written anew.
	maxDepth = 64

	// maxDirectives of a document. The parser looks through all of them at each one, and at each tag.
	maxDirectives = 16
)

// wayOut of a limit. Only the guest reads the Secret, so that none of the limits holds there.
const wayOut = "make it smaller, or put all user data into a Secret and name that in userDataSecretRef"

// hidden stands for user data, which may hold secrets.
const hidden = "(not shown)"

// UserData is the user data that a Wukong brings.
type UserData struct {
	text string

	// config is the mapping of a cloud-config document; nil where the user data is none. Its nodes are as they were written, because
	// cloud-init's YAML gives some of them another meaning than ours would. It has neither aliases nor comments.
	config *yaml.Node
}

// ParseUserData returns the user data that a Wukong brings, or what is wrong with it. The error does not repeat the user data.
//
// No part of it is decoded into Go values: what that costs grows faster than the document.
func ParseUserData(w *v1alpha1.Wukong) (UserData, *field.Error) {
	if w.Spec.CloudInit == nil {
		return UserData{}, nil
	}
	text := w.Spec.CloudInit.UserData
	if len(text) > maxUserData {
		return UserData{}, field.TooLong(userDataPath(), "", maxUserData)
	}
	if text == "" || strings.HasPrefix(text, headerScript) {
		return UserData{text: text}, nil
	}
	config, err := parseConfig(text)
	if err != nil {
		return UserData{}, invalid(err.Error())
	}
	return UserData{text: text, config: config}, nil
}

func userDataPath() *field.Path { return field.NewPath("spec", "cloudInit", "userData") }

// invalid returns an error about user data, which it does not repeat.
func invalid(message string) *field.Error { return field.Invalid(userDataPath(), hidden, message) }

// parseConfig returns the mapping of a cloud-config document. That of one that says nothing, such as one of comments alone, is empty.
func parseConfig(text string) (*yaml.Node, error) {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(first) != headerConfig {
		return nil, fmt.Errorf("must start with the line %s, or with %s for a script: put data of another format into a Secret and name it in userDataSecretRef", headerConfig, headerScript)
	}
	if directives(rest) > maxDirectives {
		return nil, fmt.Errorf("has more than %d directives, which are lines that start with %%: remove them", maxDirectives)
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New("must be a YAML document")
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("must be one YAML document")
	}
	if isNothing(&doc) {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("must be a YAML document of keys and values")
	}
	r := reader{}
	if err := r.read(doc.Content[0], 1); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// isNothing reports whether a document has no content, or null.
func isNothing(doc *yaml.Node) bool {
	return doc.IsZero() || len(doc.Content) == 1 && doc.Content[0].ShortTag() == "!!null"
}

// directives returns how many lines that start with % come before the content of a document.
func directives(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		switch content := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "%"):
			n++
		case content != "" && !strings.HasPrefix(content, "#"):
			return n
		}
	}
	return n
}

// A reader goes through a document once.
type reader struct {
	nodes int
}

// read checks a node that lies so deep, and all below it, and puts what it stands for in the place of each alias.
func (r *reader) read(n *yaml.Node, depth int) error {
	if r.nodes++; r.nodes > maxNodes {
		return fmt.Errorf("has more than %d keys and values: %s", maxNodes, wayOut)
	}
	if depth > maxDepth && n.Kind != yaml.ScalarNode {
		return fmt.Errorf("has lists or mappings that lie more than %d deep in each other: %s", maxDepth, wayOut)
	}
	if n.Kind == yaml.AliasNode {
		if n.Alias.Kind != yaml.ScalarNode {
			return fmt.Errorf("line %d has an alias of a list or a mapping, which may stand for a single value only: write out what it stands for, or put all user data into a Secret and name that in userDataSecretRef", n.Line)
		}
		*n = *n.Alias
	}
	n.Anchor, n.HeadComment, n.LineComment, n.FootComment = "", "", "", ""
	if n.Kind == yaml.MappingNode {
		if err := checkKeys(n); err != nil {
			return err
		}
	}
	for _, c := range n.Content {
		if err := r.read(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkKeys refuses keys of a mapping that another reader of YAML could read as other keys. Of a key that is given twice cloud-init takes
// the last one, so that one of them would escape the merge, and so would what a merge key brings.
func checkKeys(mapping *yaml.Node) error {
	seen := make(sets.Set[string], len(mapping.Content)/2)
	for i := 0; i < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
			return fmt.Errorf("line %d has a key that is an alias, a list, a mapping or <<: write the key out", key.Line)
		}
		if seen.Has(key.Value) {
			return fmt.Errorf("line %d has a key that its mapping has already: remove one of them", key.Line)
		}
		seen.Insert(key.Value)
	}
	return nil
}
