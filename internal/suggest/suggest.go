// Package suggest finds what somebody meant who misspelt a word.
package suggest

import "strings"

// shortestPrefix is the length from which the beginning of a word stands for the word, in bytes.
const shortestPrefix = 3

// longest is the length up to which words are compared, in bytes: nobody types a longer one.
const longest = 64

// Nearest returns the candidate that a misspelt word most likely means. It returns false where none is near: of a candidate at most two letters are
// wrong, missing, too many or swapped, at most one in a word of up to three letters, or the word is the beginning of it. Case does not matter.
func Nearest(word string, candidates []string) (string, bool) {
	if len(word) > longest {
		return "", false
	}
	word = strings.ToLower(word)
	best, least := "", 3
	if len(word) <= shortestPrefix {
		least = 2
	}
	for _, c := range candidates {
		d := distance(word, strings.ToLower(c))
		if len(word) >= shortestPrefix && strings.HasPrefix(strings.ToLower(c), word) {
			d = min(d, 1)
		}
		// A word that has nothing in common with a short one is near it, too.
		if d < least && d < len(c) {
			best, least = c, d
		}
	}
	return best, best != ""
}

// distance returns how many letters must be inserted, removed, replaced or swapped with their neighbour to make b of a: the optimal string alignment
// distance. It returns a number above 2 at once where the lengths differ by more.
func distance(a, b string) int {
	if diff := len(a) - len(b); diff < -2 || diff > 2 {
		return max(diff, -diff)
	}
	// Row i holds the distances of the first i letters of a to each beginning of b.
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
