// Package observability checks the examples of how the function and its Wukongs are watched over, with the software that takes them:
// Prometheus, its operator and kube-state-metrics.
package observability
