package observability

import (
	"os"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

func TestMain(m *testing.M) {
	// kube-state-metrics logs its configuration each time.
	klog.SetLogger(logr.Discard())
	os.Exit(m.Run())
}
