package plane

import (
	"context"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startPlayer starts the player, and with it the CSI driver.
func (p *Plane) startPlayer(ctx context.Context) error {
	kubeconfig, err := p.kubeconfig("player", adminGroup)
	if err != nil {
		return err
	}
	return p.start(ctx, process.Spec{
		Name: "player",
		Path: p.PlayerCommand[0],
		Args: append(p.PlayerCommand[1:],
			"--kubeconfig="+kubeconfig, "--address="+p.address("player"), "--storage="+filepath.Join(p.Dir, StorageDir), "--socket="+p.csiSocket()),
		Address: p.address("player"),
		Ready:   httpProbe("http://" + p.address("player") + "/readyz"),
	})
}
