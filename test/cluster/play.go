package main

import (
	"context"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"

	"github.com/novasphere/function-wukong/test/cluster/player"
)

type playCmd struct {
	Kubeconfig string `required:"" type:"existingfile" help:"Kubeconfig of an administrator."`
	Address    string `required:"" help:"Serve the progress of imports on this address."`
}

// Run runs the player until the context ends.
func (c *playCmd) Run(ctx context.Context) error {
	admin, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return err
	}
	return player.Run(ctx, player.Config{Admin: admin, Address: c.Address, Log: klog.Background()})
}
