package cloudinit

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Limits of user data. It is a tenant's text, which must not take the memory or the time that other tenants need. The limits do not apply to
// a Secret of userDataSecretRef, because only the guest reads it.
const (
	// maxUserData is in bytes. The Object that manages the Secret holds the data in base64 twice, and must stay within etcd's limit: an Object
	// that the API server refuses can be neither changed nor deleted.
	maxUserData = 128 << 10

	// maxNodes limits the keys and values of a document. A parsed node takes about two hundred bytes of memory.
	maxNodes = 10_000

	// maxDepth limits the nesting of mappings and lists. The encoder indents each level.
	maxDepth = 64

	// maxDirectives limits the directives of a document. The parser searches all of them for each directive and each tag.
	maxDirectives = 16
)

// UserData is the user data in the spec of a Wukong.
type UserData struct {
	text string

	// config is the mapping of a cloud-config document; nil for user data of another format. Scalars keep their notation, because cloud-init's
	// YAML parser resolves some of them to other types. The mapping has no aliases and no comments.
	config *yaml.Node
}

// ParseUserData returns the user data in the spec of a Wukong. Its error does not repeat the user data. Nothing is decoded into Go values: the
// cost of that grows faster than the document.
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
		return UserData{}, invalidUserData(err.Error())
	}
	return UserData{text: text, config: config}, nil
}

func userDataPath() *field.Path { return field.NewPath("spec", "cloudInit", "userData") }

// invalidUserData returns an error about user data that does not repeat it.
func invalidUserData(message string) *field.Error {
	return field.Invalid(userDataPath(), field.OmitValueType{}, message)
}

// parseConfig returns the mapping of a cloud-config document. It is empty for a document without content, such as one of comments.
func parseConfig(text string) (*yaml.Node, error) {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(first) != headerConfig {
		return nil, errors.New(msgHeader.String())
	}
	if countDirectives(rest) > maxDirectives {
		return nil, errors.New(msgDirectives.With(maxDirectives))
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	var doc, more yaml.Node
	if err := d.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(msgNotYAML.String())
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New(msgDocuments.String())
	}
	if isEmpty(&doc) {
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New(msgNotMapping.String())
	}
	z := normalizer{}
	if err := z.normalize(doc.Content[0], 1); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// isEmpty reports whether a document has no content, or null.
func isEmpty(doc *yaml.Node) bool {
	return doc.IsZero() || len(doc.Content) == 1 && doc.Content[0].ShortTag() == "!!null"
}

// countDirectives returns the number of lines that start with % before the content of a document.
func countDirectives(text string) int {
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

// A normalizer checks the nodes of a document.
type normalizer struct {
	// nodes is the number of nodes so far.
	nodes int
}

// normalize checks a node at a depth and all nodes below it. It replaces aliases by their values and removes anchors and comments.
func (z *normalizer) normalize(n *yaml.Node, depth int) error {
	if z.nodes++; z.nodes > maxNodes {
		return errors.New(msgTooManyKeys.With(maxNodes))
	}
	if depth > maxDepth && n.Kind != yaml.ScalarNode {
		return errors.New(msgTooDeep.With(maxDepth))
	}
	if n.Kind == yaml.AliasNode {
		if n.Alias.Kind != yaml.ScalarNode {
			return errors.New(msgAlias.With(n.Line))
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
		if err := z.normalize(c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkKeys refuses keys of a mapping that would escape the merge with the fields of the spec. cloud-init takes the last of duplicate keys, and
// resolves aliases and merge keys to keys that are not in the text.
func checkKeys(mapping *yaml.Node) error {
	seen := make(sets.Set[string], len(mapping.Content)/2)
	for i := 0; i < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
			return errors.New(msgKey.With(key.Line))
		}
		if seen.Has(key.Value) {
			return errors.New(msgDuplicateKey.With(key.Line))
		}
		seen.Insert(key.Value)
	}
	return nil
}
