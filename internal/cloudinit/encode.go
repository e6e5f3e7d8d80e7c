package cloudinit

import (
	"bytes"
	"errors"

	"go.yaml.in/yaml/v3"
)

// errTooLong is the error of a document that would be longer than what Kubernetes takes.
var errTooLong = errors.New("the document is too long")

// encode returns a value as YAML, below a header. It stops where the document becomes longer than user data may be: what is indented anew
// may be many times as long as it was written.
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

// A limitedBuffer is a buffer that takes as much as user data may be long.
type limitedBuffer struct {
	bytes.Buffer

	// full says that there was more to write.
	full bool
}

// Write appends p, or fails where it does not fit.
func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.full || b.Len()+len(p) > maxUserData {
		b.full = true
		return 0, errTooLong
	}
	return b.Buffer.Write(p)
}
