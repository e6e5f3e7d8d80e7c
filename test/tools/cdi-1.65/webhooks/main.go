// Command webhooks serves what CDI's API server says of claims and DataVolumes: its own code, at an address that can be chosen.
// cdi-apiserver takes the port on which cdi-controller serves its metrics, and neither can be told otherwise.
package main

import (
	"context"
	"crypto/rsa"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	snapshotv1 "github.com/kubernetes-csi/external-snapshotter/client/v6/apis/volumesnapshot/v1"
	snapclient "github.com/kubernetes-csi/external-snapshotter/client/v6/clientset/versioned"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/keyutil"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"kubevirt.io/containerized-data-importer/pkg/apiserver/webhooks"
	cdiclient "kubevirt.io/containerized-data-importer/pkg/client/clientset/versioned"
	"kubevirt.io/containerized-data-importer/pkg/controller/datavolume"
	"sigs.k8s.io/controller-runtime/pkg/cluster"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the API server whose objects are read")
	listen := flag.String("listen", "127.0.0.1:8443", "address")
	cert := flag.String("tls-cert-file", "", "certificate")
	key := flag.String("tls-key-file", "", "key of the certificate")
	tokenKey := flag.String("token-key-file", "", "private key that signs the tokens of clones; CDI's controller has the public one")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *kubeconfig, *listen, *cert, *key, *tokenKey); err != nil {
		fmt.Fprintln(os.Stderr, "webhooks:", err)
		os.Exit(1)
	}
}

// serve until the context ends.
func serve(ctx context.Context, kubeconfig, listen, cert, key, tokenKey string) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	signer, err := keyutil.PrivateKeyFromFile(tokenKey)
	if err != nil {
		return err
	}
	rsaKey, ok := signer.(*rsa.PrivateKey)
	if !ok {
		return fmt.Errorf("%s holds a %T, and no RSA key", tokenKey, signer)
	}
	c, err := cluster.New(cfg)
	if err != nil {
		return err
	}
	for _, add := range []func() error{
		func() error { return cdiv1.AddToScheme(c.GetScheme()) },
		func() error { return snapshotv1.AddToScheme(c.GetScheme()) },
		func() error { return datavolume.CreateAvailablePersistentVolumeIndex(c.GetFieldIndexer()) },
	} {
		if err := add(); err != nil {
			return err
		}
	}

	mux := http.NewServeMux()
	mux.Handle("/pvc-mutate", webhooks.NewPvcMutatingWebhook(c.GetClient()))
	mux.Handle("/datavolume-validate", webhooks.NewDataVolumeValidatingWebhook(
		kubernetes.NewForConfigOrDie(cfg), cdiclient.NewForConfigOrDie(cfg), snapclient.NewForConfigOrDie(cfg), c.GetClient()))
	// It lets those clone a source who may, and gives their DataVolumes a token, without which CDI clones nothing from another namespace.
	mux.Handle("/datavolume-mutate", webhooks.NewDataVolumeMutatingWebhook(kubernetes.NewForConfigOrDie(cfg), cdiclient.NewForConfigOrDie(cfg), rsaKey))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if !c.GetCache().WaitForCacheSync(r.Context()) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})

	server := &http.Server{Addr: listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- c.Start(ctx) }()
	go func() { ended <- server.ListenAndServeTLS(cert, key) }()
	select {
	case err = <-ended:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}
