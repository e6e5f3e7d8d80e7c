package player

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// importers serves the metrics of importer pods, and of those that clones read from, as an HTTP proxy: addresses of the pod network cannot be reached.
type importers struct {
	client client.Client
	tls    *tls.Config
}

// newImporters returns a proxy with a certificate of its own.
func newImporters(c client.Client) (*importers, error) {
	// CDI does not verify the certificate.
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &importers{client: c, tls: &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}}, nil
}

// ServeHTTP answers CONNECT requests in place of the importer pod with the requested address.
func (i *importers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		return
	}
	host, _, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil {
		http.Error(w, "this proxy reaches importer pods only", http.StatusMethodNotAllowed)
		return
	}
	all := &corev1.PodList{}
	if err := i.client.List(r.Context(), all, client.MatchingFields{podIPField: host}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(all.Items) == 0 || !isImporter(&all.Items[0]) && !isCloneSource(&all.Items[0]) {
		http.Error(w, "no importer pod has this address", http.StatusBadGateway)
		return
	}

	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	i.metrics(tls.Server(conn, i.tls), &all.Items[0])
}

// metrics answers one request for the metrics of an importer pod.
func (i *importers) metrics(conn net.Conn, pod *corev1.Pod) {
	defer conn.Close()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return
	}
	metric := progressMetric
	if isCloneSource(pod) {
		metric = cloneProgressMetric
	}
	body := fmt.Sprintf("%s{ownerUID=%q} %.1f\n", metric, envValue(pod, ownerVariable), progress(pod, time.Now()))
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// progress returns the progress of an import at a time, in percent.
func progress(pod *corev1.Pod, now time.Time) float64 {
	image := envValue(pod, endpointVariable)
	switch {
	case strings.Contains(image, stuckImage):
		return stuckProgress
	case strings.Contains(image, missingImage) || pod.Status.StartTime == nil:
		return 0
	}
	// An importer updates its metric once a second.
	seconds := now.Sub(pod.Status.StartTime.Time).Truncate(time.Second).Seconds()
	return min(100, 100*seconds/importDuration.Seconds())
}
