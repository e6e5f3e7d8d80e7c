//go:build conformance

package guest

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

//go:embed testdata/machine.sh
var machineScript string

// A machine is a set of namespaces with its own processes, host name, network and root file system. It ends with its first process, which ends when
// its standard input is closed: after the test, also if the test is killed.
type machine struct {
	t   *testing.T
	pid string
}

// boot starts a machine whose root file system is an overlay over the given one.
func boot(t *testing.T, root string) *machine {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "sh", "-ec", machineScript, "machine", root, t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if ready, _ := bufio.NewReader(stdout).ReadString('\n'); ready != "ready\n" {
		t.Fatalf("the machine does not start: %s", &stderr)
	}
	return &machine{t: t, pid: strconv.Itoa(cmd.Process.Pid)}
}

// command returns a command that runs in the machine.
func (m *machine) command(args ...string) *exec.Cmd {
	enter := []string{
		"--target", m.pid, "--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wdns=/", "--",
		"env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
	}
	return exec.CommandContext(context.Background(), "nsenter", append(enter, args...)...)
}

// try runs a command with an input, and returns its output.
func (m *machine) try(stdin string, args ...string) (string, error) {
	m.t.Helper()
	cmd := m.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	printed := m.output(cmd)
	err := cmd.Run()
	return printed(), err
}

// output redirects the output of a command to a file, because a background process would keep a pipe open. printed returns the content of the file.
func (m *machine) output(cmd *exec.Cmd) (printed func() string) {
	m.t.Helper()
	f, err := os.CreateTemp(m.t.TempDir(), "output")
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = f.Close() })
	cmd.Stdout, cmd.Stderr = f, f
	return func() string {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			m.t.Error(err)
		}
		return string(b)
	}
}

// run runs a command that must succeed, and returns its output.
func (m *machine) run(args ...string) string {
	m.t.Helper()
	out, err := m.try("", args...)
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// start starts a command that runs until the machine ends. Its output is logged if the test fails.
func (m *machine) start(args ...string) {
	m.t.Helper()
	cmd := m.command(args...)
	printed := m.output(cmd)
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }()
	m.t.Cleanup(func() {
		if m.t.Failed() {
			m.t.Logf("%s:\n%s", strings.Join(args, " "), printed())
		}
	})
}

// write writes a file.
func (m *machine) write(path, content string) {
	m.t.Helper()
	if out, err := m.try(content, "sh", "-ec", `mkdir -p "$(dirname "$0")" && cat > "$0"`, path); err != nil {
		m.t.Fatalf("cannot write %s: %v\n%s", path, err, out)
	}
}

// read returns the content of a file.
func (m *machine) read(path string) string {
	m.t.Helper()
	return m.run("cat", path)
}
