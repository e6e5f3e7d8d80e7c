package cni

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A namespace is the name of a network namespace: that of a pod, of a guest or of a host outside the node. The empty one is that of the node.
type namespace string

// newNamespace creates a network namespace that is deleted after the test.
func newNamespace(t *testing.T, name string) namespace {
	t.Helper()
	namespace("").ip(t, "netns", "add", name)
	t.Cleanup(func() { run(t, "ip", "netns", "delete", name) })
	n := namespace(name)
	n.ip(t, "link", "set", "lo", "up")
	return n
}

// path returns the file of the namespace.
func (n namespace) path() string { return "/run/netns/" + string(n) }

// ip runs iproute2's ip in the namespace, and returns its output.
func (n namespace) ip(t *testing.T, args ...string) string {
	t.Helper()
	if n != "" {
		args = append([]string{"-n", string(n)}, args...)
	}
	return run(t, "ip", args...)
}

// reaches reports whether a host in the namespace gets a reply from an address within a number of tries.
func (n namespace) reaches(address string, tries int) bool {
	ping := []string{"netns", "exec", string(n), "ping", "-q", "-c", strconv.Itoa(tries), "-i", "0.2", "-W", "1", address}
	return exec.CommandContext(context.Background(), "ip", ping...).Run() == nil
}

// run runs a program that must succeed, and returns its output. It can be called when the context of the test is cancelled.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(context.Background(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}
