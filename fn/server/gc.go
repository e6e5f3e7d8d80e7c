package server

import (
	"os"
	"runtime/debug"
)

// gcPercent is by how much the heap may grow between collections. A served function keeps about 2 MB alive, and at Go's default
// of 100 a fifth of its time went into collecting what a few requests had left. This costs some 6 MB.
const gcPercent = 400

// TuneGC sets the garbage collector for a served function, unless the environment does (GOGC).
func TuneGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
