package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

type superviseCmd struct {
	Dir        string `default:"${dir}" help:"Folder of the state (${default}). Its contents are deleted."`
	Repository string `default:"." type:"existingdir" help:"Folder of this repository (${default})."`
	Crossplane string `default:"2.3" enum:"1.20,2.3" help:"Minor version of Crossplane: ${enum} (${default})."`
	Target     string `default:"namespaced" enum:"namespaced,native,claim" help:"What Wukongs are composed of: ${enum} (${default})."`
	Source     string `type:"existingdir" placeholder:"DIR" help:"Folder of the repository whose function and packages are installed; default: this one."`
	Packager   string `default:"bin/package" help:"Program that builds and pushes the packages (${default})."`
	Lifeline   bool   `help:"Stop at the end of standard input, which is when the parent process exits."`
}

// Run runs a control plane until the context ends or, with Lifeline, until standard input ends.
func (c *superviseCmd) Run(ctx context.Context) error {
	lock, err := c.lockDir()
	if err != nil {
		return err
	}
	defer lock.Close()
	if c.Lifeline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}

	options, err := c.options(ctx)
	if err != nil {
		return err
	}
	p, err := plane.Start(ctx, options)
	defer p.Stop()
	if err != nil {
		return err
	}
	fmt.Println("Everything is ready.")
	<-ctx.Done()
	fmt.Println("Stopping everything.")
	return nil
}

// lockDir locks the folder of the state and deletes its contents. The folder is locked until the returned file is closed.
func (c *superviseCmd) lockDir() (lock *os.File, err error) {
	if c.Source == "" {
		c.Source = c.Repository
	}
	if err := makeAbsolute(&c.Dir, &c.Repository, &c.Source, &c.Packager); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err = os.OpenFile(lockPath(c.Dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil, errors.Join(fmt.Errorf("a control plane already runs in %s", c.Dir), lock.Close())
	}
	if err := writePID(lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name() == filepath.Base(lock.Name()) || e.Name() == supervisorLog {
			continue
		}
		if err := os.RemoveAll(filepath.Join(c.Dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return lock, nil
}

// options returns the options of the control plane. It builds missing tools.
func (c *superviseCmd) options(ctx context.Context) (plane.Options, error) {
	self, err := os.Executable()
	if err != nil {
		return plane.Options{}, err
	}
	tools, err := buildTools(ctx, c.Repository, c.Crossplane)
	if err != nil {
		return plane.Options{}, err
	}
	return plane.Options{
		Dir:             c.Dir,
		Repository:      c.Repository,
		Crossplane:      c.Crossplane,
		Target:          c.Target,
		Source:          c.Source,
		Packager:        c.Packager,
		PlayerCommand:   []string{self, "play"},
		RegistryCommand: []string{self, "registry"},
		Tools:           tools,
		Progress:        os.Stdout,
	}, nil
}

// supervisorLog is the name of the log of a supervisor that up has started.
const supervisorLog = "supervisor.log"

// lockPath returns the path of the lock file of a folder.
func lockPath(dir string) string { return filepath.Join(dir, "lock") }

// writePID writes the process ID to the lock file. The state has it only once the first component runs.
func writePID(lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	_, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// supervisorPID returns the process ID of the supervisor that has locked a folder; 0 if there is none.
func supervisorPID(dir string) (pid int, err error) {
	lock, err := os.Open(lockPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer lock.Close()
	if !errors.Is(syscall.Flock(int(lock.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK) {
		return 0, nil
	}
	b, err := io.ReadAll(lock)
	if err != nil {
		return 0, err
	}
	if pid, err = strconv.Atoi(string(b)); err != nil {
		return 0, fmt.Errorf("a control plane is starting in %s at this moment: try again", dir)
	}
	return pid, nil
}

// defaultDir returns the folder of the state in the cache of the user.
func defaultDir() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "function-wukong", "cluster")
}

// makeAbsolute replaces paths by absolute ones.
func makeAbsolute(paths ...*string) error {
	for _, p := range paths {
		a, err := filepath.Abs(*p)
		if err != nil {
			return err
		}
		*p = a
	}
	return nil
}
