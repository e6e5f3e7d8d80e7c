package validation

import "strings"

// maxCompared is the length up to which names are compared: the time grows with the product of their lengths.
const maxCompared = 64

// Nearest returns the candidate that a misspelt name most likely means; empty where none is near. A change of case costs nothing.
func Nearest(name string, candidates []string) string {
	best, least := "", len(name)/3+1
	if len(name) > maxCompared {
		return ""
	}
	for _, c := range candidates {
		if c == "" || len(c) > maxCompared {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < least || d == 0 {
			best, least = c, d
		}
	}
	return best
}

// distance returns how many bytes must be inserted, removed, replaced or exchanged with the next one to make one string of another: the optimal
// string alignment distance.
func distance(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
