package plane

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
)

// healthy asks a health endpoint. Who serves it does not matter: its port was free before.
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

// speaksTLS shakes hands with a server that asks for a certificate, as the client whose certificate this is.
func tlsProbe(address string, client certificateFiles) func(context.Context) error {
	return func(ctx context.Context) error {
		cert, err := tls.LoadX509KeyPair(client.cert, client.key)
		if err != nil {
			return err
		}
		d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}} //nolint:gosec // On loopback.
		conn, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}
