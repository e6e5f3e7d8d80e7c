package process

import (
	"os/exec"
	"runtime"
	"sync"
)

// The kernel delivers a parent's death signal when the thread that started the child ends, not the process. All children are
// therefore started by one thread that never ends.
var starter = sync.OnceValue(func() chan<- request {
	requests := make(chan request)
	go func() {
		runtime.LockOSThread()
		for r := range requests {
			r.err <- r.command.Start()
		}
	}()
	return requests
})

type request struct {
	command *exec.Cmd
	err     chan error
}

func start(c *exec.Cmd) error {
	r := request{command: c, err: make(chan error)}
	starter() <- r
	return <-r.err
}
