// Package cni shows that the networks which the function renders carry frames: the CNI plugins themselves attach pods to them, in network
// namespaces of a node, and guests that are connected with the pods as KubeVirt connects them talk to each other and to hosts outside.
//
// The tests need a node of their own, with its network devices and root's permissions: see package node.
package cni
