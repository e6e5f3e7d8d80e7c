package cni

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A namespace is a network namespace of the node's: a pod's, a guest's, or that of a host elsewhere on the network. The empty one is
// the node itself.
type namespace string

// newNamespace makes a network namespace for as long as the test lasts.
func newNamespace(t *testing.T, name string) namespace {
	t.Helper()
	namespace("").ip(t, "netns", "add", name)
	t.Cleanup(func() { run(t, "ip", "netns", "delete", name) })
	n := namespace(name)
	n.ip(t, "link", "set", "lo", "up")
	return n
}

// path is where the node keeps the namespace.
func (n namespace) path() string { return "/run/netns/" + string(n) }

// ip runs a command of iproute2 in the namespace, and returns what it prints.
func (n namespace) ip(t *testing.T, args ...string) string {
	t.Helper()
	if n != "" {
		args = append([]string{"-n", string(n)}, args...)
	}
	return run(t, "ip", args...)
}

// reaches says whether a host in the namespace gets an answer from an address, within a number of tries.
func (n namespace) reaches(address string, tries int) bool {
	return exec.CommandContext(context.Background(), "ip", "netns", "exec", string(n), "ping", "-q", "-c", strconv.Itoa(tries), "-i", "0.2", "-W", "1", address).Run() == nil
}

// run a program that must succeed, also at the end of a test.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
