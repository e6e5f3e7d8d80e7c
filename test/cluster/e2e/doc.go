// Package e2e tests the function in a real control plane from a tenant's point of view. All other files need the build tag e2e, which make e2e
// sets.
package e2e
