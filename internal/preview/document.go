package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// standardInput is the path that stands for standard input.
const standardInput = "-"

// A document is an object of a file.
type document struct {
	unstructured.Unstructured

	// source is the place of the document, for messages: its file, and its number there.
	source string
}

// title returns the name of the object in messages: KIND NAMESPACE/NAME, without the parts that it lacks.
func (d document) title() string {
	name := d.GetName()
	if d.GetNamespace() != "" {
		name = d.GetNamespace() + "/" + name
	}
	return strings.TrimSpace(d.GetKind() + " " + name)
}

// readFile returns the objects of a YAML or JSON file, and those of its lists. The path - is standard input.
func readFile(path string, stdin io.Reader) ([]document, error) {
	if path == standardInput {
		return readDocuments(stdin, sourceName(path))
	}
	f, err := os.Open(path) //nolint:gosec // Reading the file that the user names is what the command is for.
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readDocuments(f, path)
}

// sourceName returns the name of a path in messages.
func sourceName(path string) string {
	if path == standardInput {
		return "standard input"
	}
	return path
}

// readDocuments returns the objects of a stream of YAML documents. It skips empty documents.
func readDocuments(r io.Reader, source string) ([]document, error) {
	var out []document
	reader := utilyaml.NewYAMLReader(bufio.NewReader(r))
	for i := 1; ; i++ {
		b, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		d := document{source: fmt.Sprintf("%s, document %d", source, i)}
		if err := yaml.UnmarshalStrict(b, &d.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", d.source, err)
		}
		if len(d.Object) == 0 || len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		items, err := itemsOf(d)
		if err != nil {
			return nil, err
		}
		out = append(out, items...)
	}
}

// itemsOf returns the items of a list as kubectl prints it, and any other object by itself.
func itemsOf(d document) ([]document, error) {
	items, isList := d.Object["items"].([]any)
	if !isList || !strings.HasSuffix(d.GetKind(), "List") {
		return []document{d}, nil
	}
	out := make([]document, len(items))
	for i, item := range items {
		out[i].source = fmt.Sprintf("%s, item %d", d.source, i+1)
		o, ok := item.(map[string]any)
		if !ok {
			return nil, errors.New(msgNoObject.With(out[i].source))
		}
		out[i].Object = o
	}
	return out, nil
}
