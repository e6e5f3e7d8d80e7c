package process

import (
	"os/exec"
	"runtime"
	"sync"
)

// The kernel delivers a parent's death signal when the thread that started the child ends, not the process. All children are
// therefore started by one thread that never ends.
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

type startRequest struct {
	command *exec.Cmd
	err     chan error
}

func startOnStarterThread(c *exec.Cmd) error {
	r := startRequest{command: c, err: make(chan error)}
	starterThread() <- r
	return <-r.err
}
