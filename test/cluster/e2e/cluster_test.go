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
	// repository is the root of this repository, seen from this package.
	repository = "../../.."

	// startWithin is how long the control plane may take to start: far longer than it takes.
	startTimeout = 30 * time.Minute

	pollInterval = 500 * time.Millisecond
)

// A Cluster is a control plane of real processes, and a client of it.
type Cluster struct {
	client.WithWatch

	// audited is how much of the audit log is of others.
	auditOffset int64

	dir        string
	config     *rest.Config
	supervisor *exec.Cmd
	lifeline   io.Closer
	ended      chan struct{}
}

// startCluster builds what starts a control plane with the packages of the working tree, or of a commit, and starts one. It ends with
// this process, however that ends.
func startCluster(dir, crossplane, target, release string) (*Cluster, error) {
	program, packager, source := filepath.Join(dir, "bin", "cluster"), filepath.Join(dir, "bin", "package"), repository
	if release != "" {
		source = filepath.Join(dir, "release")
		if err := checkOut(release, source); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(build(program, "../", "."), build(packager, filepath.Join(repository, "package", "build"), ".")); err != nil {
		return nil, err
	}

	c := &Cluster{dir: filepath.Join(dir, "state"), ended: make(chan struct{})}
	c.supervisor = exec.CommandContext(context.Background(), program, "supervise", "--lifeline",
		"--dir="+c.dir, "--repository="+repository, "--crossplane="+crossplane, "--target="+target, "--source="+source, "--packager="+packager)
	c.supervisor.Stdout, c.supervisor.Stderr = os.Stdout, os.Stderr
	// Of its own group: Ctrl-C reaches the tests, and the lifeline tells the supervisor.
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

// checkOut the files of a commit of this repository.
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

func build(binary, module, pkg string) error {
	b := exec.CommandContext(context.Background(), "go", "build", "-o", binary, pkg)
	b.Dir, b.Stderr = module, os.Stderr
	if err := b.Run(); err != nil {
		return fmt.Errorf("cannot build %s: %w", filepath.Base(binary), err)
	}
	return nil
}

// connect waits until the control plane is ready.
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
	// Deprecations of APIs are no news to these tests.
	config.WarningHandler = rest.NoWarnings{}
	c.config = config
	c.WithWatch, err = client.NewWithWatch(config, client.Options{Scheme: scheme()})
	return err
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, authorizationv1.AddToScheme, extv1.AddToScheme, authorizationv1.AddToScheme, rbacv1.AddToScheme, storagev1.AddToScheme, kubevirtv1.AddToScheme, instancetypev1.AddToScheme, snapshotv1.AddToScheme, cdiv1.AddToScheme, nadv1.AddToScheme,
	} {
		utilruntime.Must(add(s))
	}
	metav1.AddToGroupVersion(s, wukongGVK.GroupVersion())
	s.AddKnownTypes(wukongGVK.GroupVersion(), &v1alpha1.Wukong{})
	return s
}

// stop the control plane, and return when nothing of it runs.
func (c *Cluster) stop() {
	_ = c.lifeline.Close()
	<-c.ended
}

// State tells which processes run.
func (c *Cluster) State() (plane.State, error) { return plane.ReadState(c.dir) }

// Kill a process as nothing can guard against (SIGKILL), and wait until another one runs in its place. It may take that one a moment
// to get ready.
func (c *Cluster) Kill(t *testing.T, name string) {
	t.Helper()
	killed := c.pid(t, name)
	logf(t, "killing %s", name)
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatalf("cannot kill %s: %v", name, err)
	}
	eventually(t, name+" is started again", func() error {
		if pid := c.pid(t, name); pid == 0 || pid == killed {
			return fmt.Errorf("process %d", pid)
		}
		return nil
	})
}

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

// Log of a process.
func (c *Cluster) Log(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
