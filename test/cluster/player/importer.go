package player

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// importTakes is how long an import takes. CDI looks every 2 seconds how far it has got.
	importDuration = 7 * time.Second

	// A failed import is seen as failed for a moment, and then again some time after the next try.
	failureDelay, retryDelay = time.Second, 10 * time.Second

	importerContainer = "importer"
	endpointVariable  = "IMPORTER_ENDPOINT"
	ownerVariable     = "OWNER_UID"
	progressMetric    = "kubevirt_cdi_import_progress_total"

	podIPField = "status.podIP"
)

func isImporter(pod *corev1.Pod) bool { return pod.Labels["cdi.kubevirt.io"] == "importer" }

// importerAt brings a running importer to the state that it has now, and returns when that changes next.
func updateImporter(pod *corev1.Pod, now time.Time) time.Duration {
	image := envValue(pod, endpointVariable)
	status := containerStatus(pod, importerContainer)
	if status == nil {
		return 0
	}
	switch {
	case strings.Contains(image, Stuck):
		return 0
	case strings.Contains(image, Missing):
		return failImporter(status, image, now)
	}
	left := importDuration - now.Sub(pod.Status.StartTime.Time)
	if left > 0 {
		return left
	}
	complete(pod, corev1.PodSucceeded, 0, `{"message": "Import Complete"}`)
	return 0
}

// fail lets the container of an importer fail, wait as a kubelet lets it wait, and run again.
func failImporter(status *corev1.ContainerStatus, image string, now time.Time) time.Duration {
	at, no, yes := metav1.NewTime(now), false, true
	switch {
	case status.State.Running != nil:
		if left := failureDelay - now.Sub(status.State.Running.StartedAt.Time); left > 0 {
			return left
		}
		status.Ready, status.Started = false, &no
		status.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Error", Message: notFoundMessage(image), StartedAt: status.State.Running.StartedAt, FinishedAt: at,
		}}
		return failureDelay
	case status.State.Terminated != nil:
		status.LastTerminationState = status.State
		status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
			Reason: "CrashLoopBackOff", Message: "back-off restarting failed container=" + importerContainer,
		}}
		return retryDelay
	case status.State.Waiting != nil && status.LastTerminationState.Terminated != nil:
		if left := retryDelay - now.Sub(status.LastTerminationState.Terminated.FinishedAt.Time); left > 0 {
			return left
		}
	}
	status.RestartCount++
	status.Ready, status.Started = true, &yes
	status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}
	return failureDelay
}

// notFound is what an importer writes as its last words when an image is not there.
func notFoundMessage(image string) string {
	if strings.HasPrefix(image, "docker:") {
		return "Unable to process data: Failed to read registry image: Error reading manifest: manifest unknown"
	}
	return "Unable to process data: Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found"
}

// progress of an importer in percent.
func progress(pod *corev1.Pod, now time.Time) float64 {
	image := envValue(pod, endpointVariable)
	switch {
	case strings.Contains(image, Stuck):
		return StuckProgress
	case strings.Contains(image, Missing) || pod.Status.StartTime == nil:
		return 0
	}
	// An importer counts once a second.
	seconds := now.Sub(pod.Status.StartTime.Time).Truncate(time.Second).Seconds()
	return min(100, 100*seconds/importDuration.Seconds())
}

// importers answer whoever asks an importer pod for its metrics. They do so as an HTTP proxy, since nobody can reach an address
// of the pods' network.
type importers struct {
	client client.Client
	tls    *tls.Config
}

func newImporters(c client.Client) (*importers, error) {
	// Whoever asks does not look at the certificate.
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &importers{client: c, tls: &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}}, nil
}

// ServeHTTP passes a connection to an importer pod.
func (i *importers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		return
	}
	host, _, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil {
		http.Error(w, "only importer pods are reached here", http.StatusMethodNotAllowed)
		return
	}
	all := &corev1.PodList{}
	if err := i.client.List(r.Context(), all, client.MatchingFields{podIPField: host}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if len(all.Items) == 0 || !isImporter(&all.Items[0]) {
		http.Error(w, "no importer has this address", http.StatusBadGateway)
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

// metrics answers one request for the metrics of an importer.
func (i *importers) metrics(conn net.Conn, pod *corev1.Pod) {
	defer conn.Close()
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return
	}
	body := fmt.Sprintf("%s{ownerUID=%q} %.1f\n", progressMetric, envValue(pod, ownerVariable), progress(pod, time.Now()))
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// variable is an environment variable of an importer.
func envValue(pod *corev1.Pod, name string) string {
	for _, c := range pod.Spec.Containers {
		if i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name }); i >= 0 {
			return c.Env[i].Value
		}
	}
	return ""
}

func containerStatus(pod *corev1.Pod, name string) *corev1.ContainerStatus {
	for i := range pod.Status.ContainerStatuses {
		if pod.Status.ContainerStatuses[i].Name == name {
			return &pod.Status.ContainerStatuses[i]
		}
	}
	return nil
}
