// Package player plays what a control plane without machines lacks: nodes that run pods, the virt-handler of KubeVirt on
// them, importers of CDI, and the driver of the storage. Everything that controllers do is left to them. It keeps nothing to
// itself, so it may be killed at any time.
package player

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	kubevirtv1 "kubevirt.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Annotations of a VirtualMachineInstance by which something happens to it that a controller does not do.
const (
	// Crash makes the guest's emulator die.
	Crash = "player.wukong.test/crash"

	// PowerOff makes the guest shut itself down.
	PowerOff = "player.wukong.test/power-off"
)

// Parts of an image's URL that say how its import goes. Others are imported within some seconds.
const (
	// Missing images are not found where they should be.
	Missing = "missing"

	// Stuck images stay at StuckProgress percent.
	Stuck = "stuck"
)

// StuckProgress is how far the import of a stuck image gets, in percent.
const StuckProgress = 45.3

// Driver of the storage.
const Driver = "csi.wukong.test"

// workers is how many objects of a kind are worked on at a time.
const workers = 10

// A Config says how the player reaches the cluster.
type Config struct {
	// Admin's access, as which nodes, pods and volumes are played.
	Admin *rest.Config

	// Handler is the access of KubeVirt's handler. KubeVirt lets only its own accounts change the status of an instance.
	Handler *rest.Config

	// Address on loopback where the importers' progress is told, by way of an HTTP proxy, and the player's health.
	Address string

	// Log of the player.
	Log logr.Logger
}

// Run plays until the context ends.
func Run(ctx context.Context, c Config) error {
	ctrl.SetLogger(c.Log)
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(kubevirtv1.AddToScheme(scheme))

	for _, r := range []*rest.Config{c.Admin, c.Handler} {
		r.QPS, r.Burst = 500, 1000
	}
	mgr, err := ctrl.NewManager(c.Admin, ctrl.Options{
		Scheme:     scheme,
		Metrics:    server.Options{BindAddress: "0"},
		Controller: config.Controller{MaxConcurrentReconciles: workers},
	})
	if err != nil {
		return err
	}
	handler, err := client.New(c.Handler, client.Options{Scheme: scheme, Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return err
	}

	for _, setup := range []func(ctrl.Manager) error{
		(&nodes{client: mgr.GetClient()}).setup,
		(&pods{client: mgr.GetClient()}).setup,
		(&instances{client: mgr.GetClient(), handler: handler}).setup,
		(&claims{client: mgr.GetClient()}).setup,
		(&volumes{client: mgr.GetClient()}).setup,
	} {
		if err := setup(mgr); err != nil {
			return err
		}
	}

	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Address)
	if err != nil {
		return err
	}
	importers, err := newImporters(mgr.GetClient())
	if err != nil {
		return err
	}
	if err := mgr.GetFieldIndexer().IndexField(ctx, &corev1.Pod{}, podIPField, func(o client.Object) []string {
		pod, ok := o.(*corev1.Pod)
		if !ok || pod.Status.PodIP == "" {
			return nil
		}
		return []string{pod.Status.PodIP}
	}); err != nil {
		return err
	}
	s := &http.Server{Handler: importers, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(lis) }()
	defer s.Close()

	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("cannot play: %w", err)
	}
	return nil
}
