package server

import (
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// gcPercent is by how much the heap may grow between collections. A served function keeps about 2 MB alive, and at Go's default
// of 100 a fifth of its time went into collecting what a few requests had left. This costs some 6 MB.
const gcPercent = 400

// TuneGC sets the garbage collector for a served function, unless the environment does (GOGC, GOMEMLIMIT). It collects before the memory that
// the container may have is used up, as far as its cgroup tells: the kernel would end a function that only has not collected yet. An error says
// that the limit cannot be read; nothing is wrong then with what is served.
func TuneGC() error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	_, err := memlimit.Set()
	return err
}
