// Package cni shows that guests reach each other and hosts outside over the networks that the function renders. The real CNI plugins attach pods to
// them, in network namespaces of a node, and guests are connected with the pods as KubeVirt connects them.
//
// The tests need root and a node with network devices that this machine may lack: see package node.
package cni
