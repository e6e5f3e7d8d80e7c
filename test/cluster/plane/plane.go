// Package plane starts a real control plane for virtual machines as plain processes on loopback: Kubernetes, Crossplane,
// provider-kubernetes, KubeVirt, CDI and our function. There is a file for each of them that says how it is connected to the
// others. Only the nodes are played.
package plane

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// readyWithin is how long a component may take to get ready. Machines that are busy take their time.
const readyTimeout = 3 * time.Minute

// admins may do everything.
const adminGroup = "system:masters"

// toolsDir holds a module for each tool, in this repository.
const toolsDir = "test/tools/"

// Options of a control plane.
type Options struct {
	// Dir keeps its state: logs, certificates, the store. It is emptied at the start.
	Dir string

	// Repository is the folder of this repository.
	Repository string

	// Crossplane is the generation: 1.20 or 2.3.
	Crossplane string

	// Target is what Wukongs are composed of: claim, namespaced or native, as their configurations are called.
	Target string

	// Source is the folder of the repository whose function and packages are installed: this one, or another state of it.
	Source string

	// Packager is the program that builds packages and pushes them (package/build).
	Packager string

	// Player is the command that plays the nodes, and Registry the one that serves packages.
	PlayerCommand, Registry []string

	// Tools are the paths of the binaries by the names that test/tools/build takes.
	Tools map[string]string

	// Progress is told what happens.
	Progress io.Writer
}

// A Plane is a running control plane.
type Plane struct {
	Options

	supervisor *process.Supervisor
	runtime    packageRuntime
	pki        *authority
	addresses  map[string]string
	client     client.Client

	mu    sync.Mutex
	state State
}

// ToolNames are the tools that a control plane needs, by the names that test/tools/build takes.
func ToolNames(crossplane string) ([]string, error) {
	c, ok := crossplaneReleases[crossplane]
	if !ok {
		return nil, fmt.Errorf("there is no Crossplane %q here, only 1.20 and 2.3", crossplane)
	}
	return []string{
		"kubernetes/kube-apiserver", "kubernetes/kube-controller-manager", "kubernetes/kube-scheduler", "kubernetes/kubectl",
		c.tool, providerTool, packagingTool,
		"kubevirt/manifests", "kubevirt/virt-api", "kubevirt/virt-controller",
		"cdi/manifests", "cdi/cdi-controller", "cdi/webhooks",
	}, nil
}

// Start a control plane, and return once all of it is ready. Stop it also when this fails.
func Start(ctx context.Context, o Options) (*Plane, error) {
	p := &Plane{Options: o, addresses: map[string]string{}}
	p.state = State{PID: os.Getpid(), Crossplane: o.Crossplane, Target: o.Target, Kubeconfig: filepath.Join(o.Dir, "kubeconfig")}
	p.supervisor = &process.Supervisor{Dir: o.Dir, Changed: func(all []process.Status) {
		p.updateState(func(s *State) { s.Processes = all })
	}}
	if err := p.prepare(); err != nil {
		return p, p.recordError(err)
	}
	for _, step := range []func(context.Context) error{
		p.startEtcd,
		p.startAPIServer,
		p.startControllerManager,
		p.startScheduler,
		p.startRegistry,
		p.startCrossplane,
		p.startPackageRuntime,
		p.installPackages,
		p.startProvider,
		p.startFunction,
		p.awaitPackages,
		p.installMultus,
		p.installCDI,
		p.startKubeVirt,
		p.startCDI,
		p.startPlayer,
	} {
		if err := step(ctx); err != nil {
			return p, p.recordError(err)
		}
	}
	p.updateState(func(s *State) { s.Ready = true })
	return p, nil
}

// Stop everything.
func (p *Plane) Stop() { p.supervisor.Stop() }

// prepare what all components need.
func (p *Plane) prepare() error {
	if err := os.MkdirAll(p.tempDir(), 0o700); err != nil {
		return err
	}
	var err error
	if p.pki, err = newAuthority(filepath.Join(p.Dir, "pki")); err != nil {
		return err
	}
	for _, name := range []string{
		"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "crossplane", "crossplane-metrics",
		"provider-kubernetes", "registry", "function-wukong", "function-metrics", "virt-api", "virt-controller", "cdi-webhooks", "player",
	} {
		if p.addresses[name], err = freeAddress(); err != nil {
			return err
		}
	}
	if err := p.pki.kubeconfig(p.state.Kubeconfig, p.serverURL(), "admin", adminGroup); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", p.state.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 500, 1000
	p.client, err = client.New(config, client.Options{Scheme: scheme()})
	return err
}

// start a process and tell how long that took.
func (p *Plane) start(ctx context.Context, spec process.Spec) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	spec.Env = append(spec.Env, "TMPDIR="+p.tempDir())
	started := time.Now()
	if err := p.supervisor.Start(ctx, spec); err != nil {
		return err
	}
	fmt.Fprintf(p.Progress, "  %-24s ready after %.1f s\n", spec.Name, time.Since(started).Seconds())
	return nil
}

func (p *Plane) recordError(err error) error {
	p.updateState(func(s *State) { s.Error = err.Error() })
	return err
}

// tell the state to whoever reads the file: all of it or nothing.
func (p *Plane) updateState(change func(*State)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.state)
	b, err := json.MarshalIndent(p.state, "", "  ")
	if err != nil {
		return
	}
	file := filepath.Join(p.Dir, stateFile)
	if os.WriteFile(file+".new", b, 0o600) == nil {
		_ = os.Rename(file+".new", file)
	}
}

// temp is a folder for what processes leave behind when they are killed.
func (p *Plane) tempDir() string { return filepath.Join(p.Dir, "tmp") }

// address that a process serves on. It stays the same when the process is started again.
func (p *Plane) address(name string) string { return p.addresses[name] }

func (p *Plane) serverURL() string { return "https://" + p.address("kube-apiserver") }

func (p *Plane) tool(name string) string { return p.Tools[name] }

// debian is the path of a binary from a Debian package that this repository uses as it is.
func (p *Plane) debianBinary(name string) (string, error) {
	c := exec.Command(filepath.Join(p.Repository, "test", "tools", name)) //nolint:gosec,noctx // A short script of this repository.
	c.Stderr = p.Progress
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("there is no %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// kubeconfig for a user of one of the groups.
func (p *Plane) kubeconfig(user string, groups ...string) (string, error) {
	// In KUBECONFIG a colon separates files.
	path := filepath.Join(p.pki.dir, strings.ReplaceAll(user, ":", ".")+".kubeconfig")
	return path, p.pki.kubeconfig(path, p.serverURL(), user, groups...)
}

// serviceAccount is a kubeconfig for a service account. The roles bound to it apply, and admission knows it by its name.
func (p *Plane) serviceAccount(namespace, name string) (string, error) {
	return p.kubeconfig("system:serviceaccount:"+namespace+":"+name, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(extv1.AddToScheme(s))
	return s
}
