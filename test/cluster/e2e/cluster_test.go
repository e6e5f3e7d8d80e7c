//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

const (
	// repository is the root of this repository, relative to this package.
	repository = "../../.."

	// startTimeout is how long the control plane may take to start, including the build of its tools.
	startTimeout = 30 * time.Minute

	pollInterval = 500 * time.Millisecond
)

// A Cluster is a running control plane and a client for it.
type Cluster struct {
	client.WithWatch

	// auditOffset is the length in bytes of the audit log before the tests began.
	auditOffset int64

	dir        string
	config     *rest.Config
	supervisor *exec.Cmd
	lifeline   io.WriteCloser
	ended      chan struct{}
}

// startCluster builds the command cluster and starts the control plane that the flags describe. Its state is in a folder. It stops when this
// process exits, even if it is killed.
func startCluster(dir string) (*Cluster, error) {
	program, packager, source := filepath.Join(dir, "bin", "cluster"), filepath.Join(dir, "bin", "package"), repository
	if *fromCommit != "" {
		source = filepath.Join(dir, "release")
		if err := checkOut(*fromCommit, source); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(build(program, "../", "."), build(packager, filepath.Join(repository, "package", "build"), ".")); err != nil {
		return nil, err
	}

	return supervise(dir, program, "--set="+*setName, "--crossplane="+*crossplaneVersion, "--target="+*target, "--source="+source, "--packager="+packager)
}

// startMachines starts a cluster for the virtual machines of another control plane. It stops when the test ends.
func startMachines(t *testing.T) *Cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "wukong-e2e-machines-")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "bin", "cluster")
	if err := build(program, "../", "."); err != nil {
		t.Fatal(err)
	}
	c, err := supervise(dir, program, "--set="+*setName, "--crossplane="+*crossplaneVersion, "--machines")
	if err != nil {
		t.Fatalf("%v: the logs are in %s", err, dir)
	}
	t.Cleanup(func() {
		c.stop()
		if t.Failed() {
			t.Logf("The logs of the other cluster are in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	return c
}

// supervise runs the command cluster with further flags, and returns once everything is ready. Its state is in a folder. It stops when this process
// exits, even if it is killed.
func supervise(dir, program string, flags ...string) (*Cluster, error) {
	c := &Cluster{dir: filepath.Join(dir, "state"), ended: make(chan struct{})}
	args := append([]string{"supervise", "--lifeline", "--dir=" + c.dir, "--repository=" + repository}, flags...)
	c.supervisor = exec.CommandContext(context.Background(), program, args...)
	c.supervisor.Stdout, c.supervisor.Stderr = os.Stdout, os.Stderr
	// With a process group of its own, Ctrl-C does not reach the supervisor. The end of its standard input does.
	c.supervisor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lifeline, err := c.supervisor.StdinPipe()
	if err != nil {
		return nil, err
	}
	c.lifeline = lifeline
	if err := c.supervisor.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = c.supervisor.Wait()
		close(c.ended)
	}()
	if err := c.connect(); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// checkOut writes the files of a commit of this repository to a folder.
func checkOut(commit, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	c := exec.CommandContext(context.Background(), "sh", "-c", `git -C "$1" archive "$2" | tar -x -C "$3"`, "sh", repository, commit, dir)
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("cannot check out %s: %w", commit, err)
	}
	return nil
}

// build builds a package of a module into a binary.
func build(binary, module, pkg string) error {
	b := exec.CommandContext(context.Background(), "go", "build", "-o", binary, pkg)
	b.Dir, b.Stderr, b.Env = module, os.Stderr, append(os.Environ(), "GOWORK=off")
	if err := b.Run(); err != nil {
		return fmt.Errorf("cannot build %s: %w", filepath.Base(binary), err)
	}
	return nil
}

// connect waits until the control plane is ready and creates the client.
func (c *Cluster) connect() error {
	for deadline := time.Now().Add(startTimeout); ; time.Sleep(pollInterval) {
		select {
		case <-c.ended:
			return errors.New("the control plane did not start")
		default:
		}
		if s, err := c.State(); err == nil && s.Ready {
			break
		}
		if time.Now().After(deadline) {
			return errors.New("the control plane is not ready")
		}
	}

	s, err := c.State()
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", s.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	// TestDeprecations alone checks warnings.
	config.WarningHandler = rest.NoWarnings{}
	c.config = config
	c.WithWatch, err = client.NewWithWatch(config, client.Options{Scheme: scheme()})
	return err
}

// scheme returns the types that the tests decode, besides unstructured objects.
func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, authenticationv1.AddToScheme, authorizationv1.AddToScheme, corev1.AddToScheme, extv1.AddToScheme, rbacv1.AddToScheme, storagev1.AddToScheme,
		cdiv1.AddToScheme, instancetypev1.AddToScheme, kubevirtv1.AddToScheme, nadv1.AddToScheme, snapshotv1.AddToScheme,
	} {
		utilruntime.Must(add(s))
	}
	metav1.AddToGroupVersion(s, wukongGVK.GroupVersion())
	s.AddKnownTypes(wukongGVK.GroupVersion(), &v1alpha1.Wukong{})
	return s
}

// stop stops the control plane and returns when all its processes have exited.
func (c *Cluster) stop() {
	_ = c.lifeline.Close()
	<-c.ended
}

// State returns the state of the control plane.
func (c *Cluster) State() (plane.State, error) { return plane.ReadState(c.dir) }

// set returns the versions of the components.
func (c *Cluster) set(t *testing.T) plane.Set {
	t.Helper()
	s, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	return s.Set
}

// Kill kills a process with SIGKILL and waits until it was restarted. The new process may not be ready yet.
func (c *Cluster) Kill(t *testing.T, name string) {
	t.Helper()
	killed := c.pid(t, name)
	logf(t, "killing %s", name)
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatalf("cannot kill %s: %v", name, err)
	}
	eventually(t, name+" is restarted", func() error {
		if pid := c.pid(t, name); pid == 0 || pid == killed {
			return fmt.Errorf("process %d", pid)
		}
		return nil
	})
}

// pid returns the process ID of a process; 0 while it does not run.
func (c *Cluster) pid(t *testing.T, name string) int {
	t.Helper()
	s, err := c.State()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := s.Process(name)
	if !ok {
		t.Fatalf("there is no process %q", name)
	}
	return p.PID
}

// Log returns the log of a process.
func (c *Cluster) Log(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
