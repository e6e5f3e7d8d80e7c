package server

import (
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// gcPercent is by how many percent the heap may grow between two collections. A server keeps about 2 MB alive. At Go's default of 100 it spends a
// fifth of its time in collecting the garbage of a few requests. This value costs some 6 MB.
const gcPercent = 400

// TuneGC sets up the garbage collector for a server, unless GOGC and GOMEMLIMIT do. It sets a memory limit below that of the container's cgroup, as
// the kernel would kill a server that has garbage to collect. An error says that the limit cannot be read, and is harmless.
func TuneGC() error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	_, err := memlimit.Set()
	return err
}
