// Package argocd tests examples/argocd by Argo CD's own code. What needs a cluster is in test/cluster/e2e.
package argocd
