// Package e2e tests the function in a real control plane, as a tenant sees it. Run it with make e2e, which sets the build tag
// that this file alone does without.
package e2e
