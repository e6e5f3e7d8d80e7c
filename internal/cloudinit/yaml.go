package cloudinit

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"
)

// errTooLong is the error about a document that is longer than maxUserData.
var errTooLong = errors.New("the document is too long")

// encode returns a header followed by a value as YAML. It fails with errTooLong as soon as the output exceeds maxUserData: new indentation may
// make a document many times as long as its source.
func encode(header string, v any) ([]byte, error) {
	b := &limitedBuffer{}
	if _, err := b.WriteString(header); err != nil {
		return nil, err
	}
	e := yaml.NewEncoder(b)
	e.SetIndent(2)
	err := e.Encode(v)
	if b.full {
		return nil, errTooLong
	}
	if err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	if b.full {
		return nil, errTooLong
	}
	return b.Bytes(), nil
}

// A limitedBuffer is a buffer of at most maxUserData bytes.
type limitedBuffer struct {
	bytes.Buffer

	// full reports whether a write exceeded the limit.
	full bool
}

// Write appends p, or returns errTooLong where it exceeds the limit.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.full || b.Len()+len(p) > maxUserData {
		b.full = true
		return 0, errTooLong
	}
	return b.Buffer.Write(p)
}

// indexOf returns the index of a key in the content of a mapping, whose keys are scalars; -1 for none. Its value has the next index.
func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}
