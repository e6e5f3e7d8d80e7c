package main

import (
	"context"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
)

type registryCmd struct {
	Address string `required:"" help:"Serve on this address."`
	Cert    string `required:"" type:"existingfile" help:"Certificate of the server."`
	Key     string `required:"" type:"existingfile" help:"Key of the certificate."`
}

// Run serves a registry until the context ends. It keeps all images in memory.
func (c *registryCmd) Run(ctx context.Context) error {
	// Without HTTP/2: the handler holds a lock while it reads a blob. Further blobs on the same connection, which wait for the lock, would use
	// up the flow-control window of HTTP/2, and the upload of the first one would never end.
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	s := &http.Server{
		Addr:              c.Address,
		Handler:           registry.New(registry.WithReferrersSupport(true)),
		ReadHeaderTimeout: 10 * time.Second,
		Protocols:         protocols,
	}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	if err := s.ListenAndServeTLS(c.Cert, c.Key); ctx.Err() == nil {
		return err
	}
	return nil
}
