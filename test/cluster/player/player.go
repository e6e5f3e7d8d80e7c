// Package player stands for what a control plane without nodes lacks: kubelets, KubeVirt's virt-handlers, guests and CDI's importer pods. To play
// a component means to update objects in the API server as that component would. Real controllers do the rest.
// The player has no state of its own, so it may be killed at any time.
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

// Annotations of a VirtualMachineInstance that ask the player for an event in its guest.
const (
	// Crash ends the instance as if its emulator had crashed: in phase Failed.
	Crash = "player.wukong.test/crash"

	// PowerOff ends the instance as if its guest had shut down: in phase Succeeded.
	PowerOff = "player.wukong.test/power-off"
)

// Attach is an annotation of a virt-launcher pod that runs. It asks the player to attach the pod to the networks that it requests now, and to no
// others, as Multus' dynamic-networks-controller does and as a migration does to another pod.
const Attach = "player.wukong.test/attach"

// Parts of an image's URL that determine its import. Images with other URLs are imported within importDuration.
const (
	// missingImage is part of the URL of an image whose server answers 404.
	missingImage = "missing"

	// stuckImage is part of the URL of an image whose import stops at stuckProgress.
	stuckImage = "stuck"
)

// stuckProgress is the progress of a stuck import in percent.
const stuckProgress = 45.3

// workers is how many objects of a kind are reconciled at a time.
const workers = 10

// A Config configures the player.
type Config struct {
	// Admin is the access for nodes, pods and volumes, which may impersonate.
	Admin *rest.Config

	// Address is host and port of the HTTP proxy for the metrics of importer pods, and of the player's /readyz.
	Address string

	// Storage is the folder of the CSI driver.
	Storage string

	// Log receives the log of the player.
	Log logr.Logger
}

// Run plays until the context ends. It returns an error if it cannot start.
func Run(ctx context.Context, c Config) error {
	ctrl.SetLogger(c.Log)
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(kubevirtv1.AddToScheme(scheme))

	c.Admin.QPS, c.Admin.Burst = 500, 1000
	mgr, err := ctrl.NewManager(c.Admin, ctrl.Options{
		Scheme:     scheme,
		Metrics:    server.Options{BindAddress: "0"},
		Controller: config.Controller{MaxConcurrentReconciles: workers},
	})
	if err != nil {
		return err
	}
	handlers := map[string]client.Client{}
	for _, node := range nodeNames {
		if handlers[node], err = client.New(handlerOn(node, c.Admin), client.Options{Scheme: scheme, Mapper: mgr.GetRESTMapper()}); err != nil {
			return err
		}
	}

	for _, setup := range []func(ctrl.Manager) error{
		(&nodes{client: mgr.GetClient()}).setup,
		(&pods{client: mgr.GetClient(), reader: mgr.GetAPIReader(), storage: c.Storage}).setup,
		(&instances{client: mgr.GetClient(), handlers: handlers}).setup,
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
		return fmt.Errorf("cannot run the controllers of the player: %w", err)
	}
	return nil
}
