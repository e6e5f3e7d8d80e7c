package admission

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	cdifake "kubevirt.io/containerized-data-importer/pkg/client/clientset/versioned/fake"

	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"kubevirt.io/containerized-data-importer/pkg/apiserver/webhooks"
)

// TestDataVolumes shows that CDI admits every DataVolume.
func TestDataVolumes(t *testing.T) {
	handler := webhooks.NewDataVolumeValidatingWebhook(fake.NewSimpleClientset(), cdifake.NewSimpleClientset(), nil, nil)
	found := 0
	for i, w := range wukongs {
		for key, manifest := range w.Manifests {
			dv := &cdiv1.DataVolume{}
			if !strings.HasPrefix(key, "disk-") || json.Unmarshal(manifest, dv) != nil || dv.Kind != "DataVolume" {
				continue
			}
			found++
			check(t, i, key, admit(t, handler, manifest))
		}
	}
	if found == 0 {
		t.Error("want some Wukongs with an image")
	}
}

// admit sends a DataVolume to a webhook that serves HTTP.
func admit(t *testing.T, handler http.Handler, manifest []byte) *admissionv1.AdmissionResponse {
	t.Helper()
	r := review(metav1.GroupVersionResource(cdiv1.SchemeGroupVersion.WithResource("datavolumes")), manifest, nil)
	r.TypeMeta = metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"}
	body, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, req)
	out := &admissionv1.AdmissionReview{}
	if err := json.Unmarshal(rec.Body.Bytes(), out); err != nil || out.Response == nil {
		t.Fatalf("the webhook sends no response: %v: %s", err, rec.Body)
	}
	return out.Response
}
