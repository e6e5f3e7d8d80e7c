// Package plane starts a real control plane for virtual machines as plain processes on loopback: Kubernetes, Crossplane,
// provider-kubernetes, KubeVirt, CDI and the function. A file for each of them shows how it is connected to the others.
// Nothing but the nodes and the storage is simulated, by package player.
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

// readyTimeout is how long a component may take to become ready on a busy computer.
const readyTimeout = 3 * time.Minute

// adminGroup is the group that RBAC allows everything.
const adminGroup = "system:masters"

// toolsDir is the folder of this repository with a Go module for each tool.
const toolsDir = "test/tools/"

// Options of a control plane.
type Options struct {
	// Dir is the folder of the state: logs, certificates and etcd. The caller empties it before Start.
	Dir string

	// Repository is the folder of this repository.
	Repository string

	// Set has the version of each component.
	Set Set

	// Target is what Wukongs are composed of: claim, namespaced or native. See Configuration.
	Target string

	// MachinesOnly says that there is neither Crossplane nor CDI's controllers, which StartMachines sets. Several such clusters may run on one computer.
	MachinesOnly bool

	// Source is the folder of the working tree whose function and packages are installed. It may hold another commit than Repository.
	Source string

	// Packager is the path of the program of package/build, which builds and pushes packages.
	Packager string

	// PlayerCommand starts the player, and RegistryCommand an OCI registry. Both get further arguments.
	PlayerCommand, RegistryCommand []string

	// Tools maps the names of Set.ToolNames to the paths of the binaries.
	Tools map[string]string

	// TrustRoot is the folder with the root of trust of a Sigstore, as TUF_ROOT names it. With it, Crossplane verifies signatures of packages.
	TrustRoot string

	// Progress receives a line for each component that is ready.
	Progress io.Writer
}

// Kubectl returns the path of kubectl.
func (o Options) Kubectl() string { return o.Tools[o.Set.folder(Kubernetes)+"/kubectl"] }

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

// Start starts a control plane and returns when all of it is ready. If it returns an error, the caller must call Stop as well.
func Start(ctx context.Context, o Options) (*Plane, error) {
	return start(ctx, o,
		(*Plane).startEtcd,
		(*Plane).startAPIServer,
		(*Plane).startControllerManager,
		(*Plane).startScheduler,
		(*Plane).startRegistry,
		(*Plane).startCrossplane,
		(*Plane).startPackageRuntime,
		(*Plane).installPackages,
		(*Plane).startProvider,
		(*Plane).startFunction,
		(*Plane).awaitPackages,
		(*Plane).applyPolicies,
		(*Plane).installMultus,
		(*Plane).installCDI,
		(*Plane).startKubeVirt,
		(*Plane).startCDI,
		(*Plane).startPlayer,
		(*Plane).startStorage,
	)
}

// StartMachines starts a cluster for the virtual machines of another control plane. If it returns an error, the caller must call Stop as well.
func StartMachines(ctx context.Context, o Options) (*Plane, error) {
	o.MachinesOnly = true
	return start(ctx, o, (*Plane).startEtcd, (*Plane).startAPIServer, (*Plane).startControllerManager, (*Plane).startScheduler,
		(*Plane).installMultus, (*Plane).installCDI, (*Plane).startKubeVirt, (*Plane).startPlayer, (*Plane).startStorage)
}

// StartPackageManager starts what installs packages: Kubernetes' API, a registry with the packages of Source, and Crossplane. If it returns an error,
// the caller must call Stop as well.
func StartPackageManager(ctx context.Context, o Options) (*Plane, error) {
	return start(ctx, o, (*Plane).startEtcd, (*Plane).startAPIServer, (*Plane).startControllerManager, (*Plane).startRegistry,
		(*Plane).startCrossplane)
}

// start starts parts of a control plane one after the other.
func start(ctx context.Context, o Options, steps ...func(*Plane, context.Context) error) (*Plane, error) {
	p := &Plane{Options: o, addresses: map[string]string{}}
	p.state = State{PID: os.Getpid(), Set: o.Set, Target: o.Target, Kubeconfig: filepath.Join(o.Dir, "kubeconfig")}
	p.supervisor = &process.Supervisor{Dir: o.Dir, Changed: func(all []process.Status) {
		p.updateState(func(s *State) { s.Processes = all })
	}}
	if err := p.prepare(); err != nil {
		return p, p.recordError(err)
	}
	for _, step := range steps {
		if err := step(p, ctx); err != nil {
			return p, p.recordError(err)
		}
	}
	p.updateState(func(s *State) { s.Ready = true })
	return p, nil
}

// Upgrade replaces a component by another version as its operator or its chart does, while everything else runs: first CRDs, roles and webhooks,
// then the processes. Tools must hold those of the version.
func (p *Plane) Upgrade(ctx context.Context, component, version string, tools map[string]string) error {
	steps, ok := map[string][]func(context.Context) error{
		Crossplane: {p.startCrossplane},
		Provider:   {p.upgradeProvider},
		KubeVirt:   {p.startKubeVirt},
		CDI:        {p.installCDI, p.startCDI},
	}[component]
	if !ok {
		return p.recordError(fmt.Errorf("%q cannot be upgraded", component))
	}
	p.Set, p.Tools = p.Set.With(component, version), tools
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return p.recordError(fmt.Errorf("cannot upgrade %s to %s: %w", component, version, err))
		}
	}
	p.updateState(func(s *State) { s.Set = p.Set })
	return nil
}

// Stop stops all processes and waits for them.
func (p *Plane) Stop() { p.supervisor.Stop() }

// prepare creates certificates, addresses and the client that the components need.
func (p *Plane) prepare() error {
	if err := os.MkdirAll(p.tempDir(), 0o700); err != nil {
		return err
	}
	if !p.MachinesOnly {
		if err := p.checkFixedPorts(); err != nil {
			return err
		}
	}
	var err error
	if p.pki, err = newAuthority(filepath.Join(p.Dir, "pki")); err != nil {
		return err
	}
	for _, name := range append([]string{
		"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "crossplane", "crossplane-metrics",
		"provider-kubernetes", "provider-metrics", "provider-webhook", "registry",
		"function-wukong", "function-metrics", "virt-api", "virt-controller", "cdi-webhooks", "player",
	}, csiControllers...) {
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

// start starts a process in place of an earlier one of its name, waits until it is ready, and reports how long that took.
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

// recordError writes an error to the state and returns it.
func (p *Plane) recordError(err error) error {
	p.updateState(func(s *State) { s.Error = err.Error() })
	return err
}

// updateState changes the state and replaces its file atomically.
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

// tempDir returns the TMPDIR of the processes, which may leave files there when they are killed.
func (p *Plane) tempDir() string { return filepath.Join(p.Dir, "tmp") }

// address returns the address that a process serves on. It does not change when the process is restarted.
func (p *Plane) address(name string) string { return p.addresses[name] }

// serverURL returns the URL of the API server.
func (p *Plane) serverURL() string { return "https://" + p.address("kube-apiserver") }

// tool returns the path of the only command of a component.
func (p *Plane) tool(component string) string { return p.Tools[p.Set.folder(component)] }

// command returns the path of one of the commands of a component.
func (p *Plane) command(component, name string) string {
	return p.Tools[p.Set.folder(component)+"/"+name]
}

// debianBinary returns the path of a binary from a Debian package.
func (p *Plane) debianBinary(name string) (string, error) {
	c := exec.Command(filepath.Join(p.Repository, "test", "tools", name)) //nolint:gosec,noctx // A short script of this repository.
	c.Stderr = p.Progress
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("cannot get %s: %w", name, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// kubeconfig writes a kubeconfig for a user in some groups and returns its path.
func (p *Plane) kubeconfig(user string, groups ...string) (string, error) {
	// A colon separates files in KUBECONFIG.
	path := filepath.Join(p.pki.dir, strings.ReplaceAll(user, ":", ".")+".kubeconfig")
	return path, p.pki.kubeconfig(path, p.serverURL(), user, groups...)
}

// serviceAccount writes a kubeconfig for a service account and returns its path. Role bindings and admission apply to it as in a pod.
func (p *Plane) serviceAccount(namespace, name string) (string, error) {
	return p.kubeconfig("system:serviceaccount:"+namespace+":"+name, "system:serviceaccounts", "system:serviceaccounts:"+namespace)
}

// scheme returns the types that the client decodes, besides unstructured objects.
func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(extv1.AddToScheme(s))
	return s
}
