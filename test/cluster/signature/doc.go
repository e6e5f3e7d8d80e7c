// Package signature tests that a real Crossplane installs only packages with the signature that an ImageConfig asks for.
package signature
