//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// logf prints a step of a test at once, unlike t.Log, so that one can follow tests that run in parallel.
func logf(t *testing.T, format string, args ...any) {
	t.Helper()
	fmt.Printf("%s %s: %s\n", time.Now().Format(time.TimeOnly), t.Name(), fmt.Sprintf(format, args...))
}

// eventually polls check until it returns nil. After the timeout the test fails with the last error, which should describe the observed state.
// The condition completes the sentence "waiting until ...".
func eventually(t *testing.T, condition string, check func() error) {
	t.Helper()
	logf(t, "waiting until %s", condition)
	for deadline := time.Now().Add(*timeout); ; time.Sleep(pollInterval) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting until %s. The last state:\n%v", condition, err)
		}
	}
}
