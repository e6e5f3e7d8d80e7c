//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// say what a test does, at once, so that whoever watches knows what it waits for.
func logf(t *testing.T, format string, args ...any) {
	t.Helper()
	fmt.Printf("%s %s: %s\n", time.Now().Format(time.TimeOnly), t.Name(), fmt.Sprintf(format, args...))
}

// eventually waits until check returns nil. Its error says how things stand, and is printed when it is to be waited for no longer.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	logf(t, "waiting until %s", what)
	for deadline := time.Now().Add(*timeout); ; time.Sleep(pollInterval) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s. The last state:\n%v", what, err)
		}
	}
}
