package plane

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
)

// httpProbe returns a probe that succeeds when a health endpoint answers with 200. It does not verify certificates.
func httpProbe(url string) func(context.Context) error {
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} //nolint:gosec // On loopback.
	return func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		rsp, err := c.Do(r)
		if err != nil {
			return err
		}
		defer rsp.Body.Close()
		if rsp.StatusCode != http.StatusOK {
			body, _ := io.ReadAll(io.LimitReader(rsp.Body, 500))
			return fmt.Errorf("%s: %s: %s", url, rsp.Status, body)
		}
		return nil
	}
}

// tlsProbe returns a probe that succeeds when a server that requires client certificates completes a TLS handshake.
func tlsProbe(address string, client certificateFiles) func(context.Context) error {
	return func(ctx context.Context) error {
		cert, err := tls.LoadX509KeyPair(client.cert, client.key)
		if err != nil {
			return err
		}
		d := tls.Dialer{Config: &tls.Config{
			InsecureSkipVerify: true, //nolint:gosec // On loopback.
			Certificates:       []tls.Certificate{cert},
			NextProtos:         []string{"h2", "http/1.1"},
		}}
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
