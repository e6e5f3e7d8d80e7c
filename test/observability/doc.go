// Package observability checks the examples of monitoring the function and its Wukongs with the software that reads them: Prometheus, its
// operator and kube-state-metrics.
package observability
