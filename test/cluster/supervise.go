package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

type superviseCmd struct {
	Dir        string `default:"${dir}" help:"Folder of the state (${default}). Its contents are deleted."`
	Repository string `default:"." type:"existingdir" help:"Folder of this repository (${default})."`
	Set        string `default:"current" help:"Set of versions, of those in test/tools/sets (${default})."`
	Crossplane string `placeholder:"2.3" help:"Another minor version of Crossplane than the set has."`
	Target     string `default:"" enum:",namespaced,native,claim" help:"Kind of Wukongs: namespaced (default), native or claim (default for Crossplane 1)."`
	Source     string `type:"existingdir" placeholder:"DIR" help:"Folder of the repository whose function and packages are installed; default: this one."`
	Packager   string `default:"bin/package" help:"Program that builds and pushes the packages (${default})."`
	Machines   bool   `help:"Start a cluster for the virtual machines of another control plane, without Crossplane."`
	Lifeline   bool   `help:"Take upgrades from standard input, as lines 'kubevirt 1.9' or 'velero', and stop at its end, which is when the parent process exits."`
}

// Run runs a control plane until the context ends or, with Lifeline, until standard input ends.
func (c *superviseCmd) Run(ctx context.Context) error {
	lock, err := c.lockDir()
	if err != nil {
		return err
	}
	defer lock.Close()
	// Lines may come before an upgrade has ended, and the end of the input must be seen all the same.
	upgrades := make(chan string, 4)
	if c.Lifeline {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
				upgrades <- lines.Text()
			}
			cancel()
		}()
	}

	options, err := c.options(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("Starting a control plane with target %s and %s in %s\n", options.Target, options.Set, options.Dir)
	start := plane.Start
	if c.Machines {
		start = plane.StartMachines
	}
	p, err := start(ctx, options)
	defer p.Stop()
	if err != nil {
		return err
	}
	fmt.Println("Everything is ready.")
	for {
		select {
		case line := <-upgrades:
			if err := c.upgrade(ctx, p, line); err != nil {
				return err
			}
		case <-ctx.Done():
			fmt.Println("Stopping everything.")
			return nil
		}
	}
}

// upgrade upgrades a component to a version, or starts Velero. A line consists of both, or of the name alone.
func (c *superviseCmd) upgrade(ctx context.Context, p *plane.Plane, line string) error {
	component, version, _ := strings.Cut(line, " ")
	if component == plane.Velero {
		tools, err := buildTools(ctx, c.Repository, plane.VeleroTools())
		if err != nil {
			return err
		}
		return p.StartVelero(ctx, tools)
	}
	tools, err := buildTools(ctx, c.Repository, p.Set.With(component, version).ToolNames(p.Target))
	if err != nil {
		return err
	}
	fmt.Printf("Upgrading %s to %s.\n", component, version)
	return p.Upgrade(ctx, component, version, tools)
}

// requested returns the requested versions and target. The default target is the one that new users of the Crossplane should take.
func (c *superviseCmd) requested() (set plane.Set, target string, err error) {
	set, err = plane.ReadSet(c.Repository, c.Set)
	if err != nil {
		return nil, "", err
	}
	set = set.With(plane.Crossplane, c.Crossplane)
	switch {
	case !set.HasClaimsAlone():
		return set, cmp.Or(c.Target, "namespaced"), nil
	case c.Target == "" || c.Target == "claim":
		return set, "claim", nil
	default:
		return nil, "", fmt.Errorf("target %s needs Crossplane 2: Crossplane %s has claims alone", c.Target, set[plane.Crossplane])
	}
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
	set, target, err := c.requested()
	if err != nil {
		return plane.Options{}, err
	}
	tools, err := buildTools(ctx, c.Repository, set.ToolNames(target))
	if err != nil {
		return plane.Options{}, err
	}
	return plane.Options{
		Dir:             c.Dir,
		Repository:      c.Repository,
		Set:             set,
		Target:          target,
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
