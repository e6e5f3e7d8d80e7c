package plane

import "testing"

// TestFreeAddress shows that no two processes get one port, which both find free as long as neither serves.
func TestFreeAddress(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		a, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		if seen[a] {
			t.Fatalf("%s was returned twice", a)
		}
		seen[a] = true
	}
}
