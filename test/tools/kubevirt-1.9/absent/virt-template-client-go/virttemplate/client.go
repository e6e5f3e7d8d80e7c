// Package virttemplate has no client: see the README of this folder.
package virttemplate

import (
	"errors"

	"k8s.io/client-go/rest"
)

// A Clientset has a client for each version.
type Clientset struct{}

// A TemplateV1beta1Client is what a client of a version would be.
type TemplateV1beta1Client struct{}

// NewForConfig returns an error.
func NewForConfig(*rest.Config) (*Clientset, error) {
	return nil, errors.New("built without VM templates")
}

// TemplateV1beta1 returns the client of the version.
func (*Clientset) TemplateV1beta1() *TemplateV1beta1Client { return nil }

// RESTClient returns nothing.
func (*TemplateV1beta1Client) RESTClient() rest.Interface { return nil }
