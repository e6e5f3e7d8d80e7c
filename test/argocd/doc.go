// Package argocd tests examples/argocd and examples/flux by the own code of Argo CD and Flux. The tests that need a cluster are in
// test/cluster/e2e.
package argocd
