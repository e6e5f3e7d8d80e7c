package process

import (
	"os/exec"
	"runtime"
	"sync"
)

// starterThread starts all children from one thread that never ends. The kernel sends Pdeathsig when the thread that started the child ends,
// even if its process runs on: see prctl(2), PR_SET_PDEATHSIG.
var starterThread = sync.OnceValue(func() chan<- startRequest {
	requests := make(chan startRequest)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.err <- r.command.Start()
		}
	}()
	return requests
})

// A startRequest asks the starter thread to start a command, and receives the error.
type startRequest struct {
	command *exec.Cmd
	err     chan error
}

// startOnStarterThread starts a command whose Pdeathsig is sent when this process ends.
func startOnStarterThread(c *exec.Cmd) error {
	r := startRequest{command: c, err: make(chan error)}
	starterThread() <- r
	return <-r.err
}
