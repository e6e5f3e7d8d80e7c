// Package capacity shows that a check says of virtual machines what KubeVirt does: what their pods request, and what a drain does to them. It runs KubeVirt's
// own code over random Wukongs in random clusters.
package capacity
