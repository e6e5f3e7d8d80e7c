package suggest

import (
	"testing"

	"pgregory.net/rapid"
)

var commands = []string{"render", "plan", "check", "serve", "completion", "version", "help"}

func TestNearest(t *testing.T) {
	cases := map[string]struct {
		reason, word, want string
	}{
		"Missing":    {reason: "a letter is missing", word: "rendr", want: "render"},
		"TooMany":    {reason: "a letter is too many", word: "serrve", want: "serve"},
		"Wrong":      {reason: "a letter is wrong", word: "blan", want: "plan"},
		"Swapped":    {reason: "two letters are swapped, which is one mistake", word: "lpan", want: "plan"},
		"SwappedTwo": {reason: "two letters are swapped and one is missing", word: "versoi", want: "version"},
		"Case":       {reason: "case does not matter", word: "RENDER", want: "render"},
		"Beginning":  {reason: "the beginning of a word stands for it", word: "comp", want: "completion"},
		"Short":      {reason: "a short word may have one mistake", word: "hlp", want: "help"},
		"ShortFar":   {reason: "with two mistakes in three letters it is another word", word: "hop"},
		"Far":        {reason: "three mistakes are another word", word: "rdnr"},
		"Other":      {reason: "a word that is like none", word: "deploy"},
		"Empty":      {reason: "nothing is like nothing", word: ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := Nearest(tc.word, commands)
			if got != tc.want || ok != (tc.want != "") {
				t.Errorf("%s: want %q for %q, got %q, %t", tc.reason, tc.want, tc.word, got, ok)
			}
		})
	}
}

// TestNearestOfFlags shows that a letter alone is not taken for another.
func TestNearestOfFlags(t *testing.T) {
	if got, ok := Nearest("x", []string{"f", "o"}); ok {
		t.Errorf("want nothing that is like x, got %q", got)
	}
}

// TestDistance compares the distance with the definition of it, and shows that it is symmetric.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abc]{0,6}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		want, got := defined(a, b), distance(a, b)
		if min(got, 3) != min(want, 3) {
			t.Errorf("want %d from %q to %q, got %d", want, a, b, got)
		}
		if back := distance(b, a); min(back, 3) != min(got, 3) {
			t.Errorf("from %q to %q: %d, and back: %d", a, b, got, back)
		}
	})
}

// defined is the optimal string alignment distance by its recursive definition.
func defined(a, b string) int {
	if a == "" || b == "" {
		return len(a) + len(b)
	}
	m, n := len(a)-1, len(b)-1
	d := defined(a[:m], b[:n])
	if a[m] != b[n] {
		d++
	}
	d = min(d, defined(a[:m], b)+1, defined(a, b[:n])+1)
	if m > 0 && n > 0 && a[m] == b[n-1] && a[m-1] == b[n] {
		d = min(d, defined(a[:m-1], b[:n-1])+1)
	}
	return d
}
