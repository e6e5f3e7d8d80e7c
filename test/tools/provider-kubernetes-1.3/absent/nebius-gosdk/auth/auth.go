// Package auth has the types of package gosdk's tokens.
package auth

// A BearerToken authenticates a request.
type BearerToken struct{ Token string }

// A PrivateKeyParser would read a key.
type PrivateKeyParser struct{}

// NewPrivateKeyParser returns a parser that reads nothing.
func NewPrivateKeyParser(_ []byte, _, _ string) *PrivateKeyParser { return &PrivateKeyParser{} }
