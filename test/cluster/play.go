package main

import (
	"context"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/novasphere/function-wukong/test/cluster/player"
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

type playCmd struct {
	Kubeconfig string `required:"" type:"existingfile" help:"Kubeconfig of an administrator."`
	Address    string `required:"" help:"Serve the progress of imports on this address."`
	Storage    string `required:"" type:"path" help:"Folder for volumes and snapshots of the CSI driver."`
	Socket     string `required:"" type:"path" help:"Serve the CSI driver on this socket."`
}

// Run runs the player and the CSI driver until the context ends.
func (c *playCmd) Run(ctx context.Context) error {
	admin, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return err
	}
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() error { return storage.Serve(ctx, c.Storage, c.Socket) })
	both.Go(func() error {
		return player.Run(ctx, player.Config{Admin: admin, Address: c.Address, Storage: c.Storage, Log: klog.Background()})
	})
	return both.Wait()
}
