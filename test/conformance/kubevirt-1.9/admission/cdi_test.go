package admission

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	cdifake "kubevirt.io/containerized-data-importer/pkg/client/clientset/versioned/fake"

	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"kubevirt.io/containerized-data-importer/pkg/apiserver/webhooks"
)

// sharedImages is the namespace whose images every random Wukong may clone.
const sharedImages = "golden-images"

// TestDataVolumes shows that CDI admits every DataVolume where the one who makes it may clone from its own namespace and from the shared one alone.
func TestDataVolumes(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	authorize := webhooks.NewDataVolumeMutatingWebhook(authorizer(sharedImages), cdifake.NewSimpleClientset(), key)
	validate := webhooks.NewDataVolumeValidatingWebhook(fake.NewSimpleClientset(), cdifake.NewSimpleClientset(), nil, nil)
	found := map[string]int{}
	for i, w := range wukongs {
		for key, manifest := range w.Manifests {
			dv := &cdiv1.DataVolume{}
			if !strings.HasPrefix(key, "disk-") || json.Unmarshal(manifest, dv) != nil || dv.Kind != "DataVolume" {
				continue
			}
			found[sourceOf(dv)]++
			check(t, i, key, admit(t, authorize, manifest))
			check(t, i, key, admit(t, validate, manifest))
		}
	}
	for _, source := range []string{"registry", "http", "s3", "gcs", "pvc", "snapshot", "upload"} {
		if found[source] == 0 {
			t.Errorf("want some Wukongs with a disk from %s, got %v", source, found)
		}
	}
	if found[""] > 0 {
		t.Errorf("want a source that is known here in each DataVolume, got %v", found)
	}
}

// TestCloneOfOthers shows that CDI refuses clones from another namespace than the shared one, which the function leaves to it for whom a role allows less.
func TestCloneOfOthers(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	authorize := webhooks.NewDataVolumeMutatingWebhook(authorizer("elsewhere"), cdifake.NewSimpleClientset(), key)
	refused := 0
	for _, w := range wukongs {
		for _, manifest := range w.Manifests {
			dv := &cdiv1.DataVolume{}
			if json.Unmarshal(manifest, dv) != nil || dv.Kind != "DataVolume" || dv.Spec.Source == nil {
				continue
			}
			s := dv.Spec.Source
			isShared := s.PVC != nil && s.PVC.Namespace == sharedImages || s.Snapshot != nil && s.Snapshot.Namespace == sharedImages
			rsp := admit(t, authorize, manifest)
			if rsp.Allowed == isShared {
				t.Errorf("want it admitted: %t, got %t: %s", !isShared, rsp.Allowed, manifest)
			}
			if isShared {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("want some Wukongs with a clone from the shared namespace")
	}
}

// authorizer returns a cluster with the namespaces of the random Wukongs and of shared images, in which everybody may clone from one namespace.
func authorizer(namespace string) kubernetes.Interface {
	client := fake.NewSimpleClientset(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a"}}, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: sharedImages}},
	)
	client.PrependReactor("create", "subjectaccessreviews", func(action clienttesting.Action) (bool, runtime.Object, error) {
		create, _ := action.(clienttesting.CreateAction)
		sar, ok := create.GetObject().(*authorizationv1.SubjectAccessReview)
		if !ok {
			return false, nil, nil
		}
		a := sar.Spec.ResourceAttributes
		sar.Status.Allowed = a.Namespace == namespace && a.Verb == "create" && a.Resource == "datavolumes" && a.Subresource == cdiv1.DataVolumeCloneSourceSubresource
		return true, sar, nil
	})
	return client
}

// sourceOf returns the kind of the source of a DataVolume; empty for any that Wukongs do not have.
func sourceOf(dv *cdiv1.DataVolume) string {
	s := dv.Spec.Source
	switch {
	case s == nil:
		return ""
	case s.Registry != nil:
		return "registry"
	case s.HTTP != nil:
		return "http"
	case s.S3 != nil:
		return "s3"
	case s.GCS != nil:
		return "gcs"
	case s.PVC != nil:
		return "pvc"
	case s.Snapshot != nil:
		return "snapshot"
	case s.Upload != nil:
		return "upload"
	}
	return ""
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
