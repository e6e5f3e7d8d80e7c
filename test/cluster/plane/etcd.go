package plane

import (
	"context"
	"path/filepath"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// startEtcd starts etcd without fsync: its data does not outlive the control plane.
func (p *Plane) startEtcd(ctx context.Context) error {
	binary, err := p.debianBinary("etcd")
	if err != nil {
		return err
	}
	peers, err := freeAddress()
	if err != nil {
		return err
	}
	clients := p.address("etcd")
	return p.start(ctx, process.Spec{
		Name: "etcd",
		Path: binary,
		Args: []string{
			"--data-dir=" + filepath.Join(p.Dir, "etcd"),
			"--listen-client-urls=http://" + clients,
			"--advertise-client-urls=http://" + clients,
			"--listen-peer-urls=http://" + peers,
			"--initial-advertise-peer-urls=http://" + peers,
			"--initial-cluster=default=http://" + peers,
			"--unsafe-no-fsync",
			"--quota-backend-bytes=4294967296",
		},
		Address: clients,
		Ready:   httpProbe("http://" + clients + "/health"),
	})
}
