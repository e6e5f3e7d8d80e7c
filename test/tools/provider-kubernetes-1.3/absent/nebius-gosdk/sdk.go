// Package gosdk has no tokens: see the README of this folder.
package gosdk

import (
	"context"
	"errors"

	"github.com/nebius/gosdk/auth"
)

// An SDK would be a client of the cloud.
type SDK struct{}

// An Option would be one of the client's.
type Option struct{}

// Credentials would be those of an account.
type Credentials struct{}

var errAbsent = errors.New("built without tokens of this cloud")

// New returns an error.
func New(context.Context, ...Option) (*SDK, error) { return nil, errAbsent }

// BearerToken returns an error.
func (*SDK) BearerToken(context.Context) (auth.BearerToken, error) {
	return auth.BearerToken{}, errAbsent
}

// WithCredentials returns an option without effect.
func WithCredentials(Credentials) Option { return Option{} }

// ServiceAccountReader returns no credentials.
func ServiceAccountReader(*auth.PrivateKeyParser) Credentials { return Credentials{} }
