// Package settings reads the settings of examples/argocd by Argo CD's own code.
package settings

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argosettings "github.com/argoproj/argo-cd/v3/util/settings"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"
)

// Settings of an Argo CD that affect what it says of a resource.
type Settings struct {
	// Overrides are health rules, differences to ignore and the like, by group and kind.
	Overrides map[string]v1alpha1.ResourceOverride

	// Filter says which kinds are left out.
	Filter *argosettings.ResourcesFilter

	// Tracking is how Argo CD finds the Application of an object.
	Tracking v1alpha1.TrackingMethod

	// LabelKey is the label by which it may do so.
	LabelKey string

	// Compare says how manifests are compared.
	Compare argosettings.ArgoCDDiffOptions
}

// Read a file with the ConfigMap argocd-cm.
func Read(ctx context.Context, path string) (Settings, error) {
	b, err := os.ReadFile(path) //nolint:gosec // The caller says which file.
	if err != nil {
		return Settings{}, err
	}
	cm := &corev1.ConfigMap{}
	if err := yaml.UnmarshalStrict(b, cm); err != nil {
		return Settings{}, fmt.Errorf("cannot read %s: %w", path, err)
	}
	return Of(ctx, cm)
}

// Of reads a ConfigMap as an Argo CD does that finds it in its cluster. The cluster is a fake: it holds nothing else.
func Of(ctx context.Context, cm *corev1.ConfigMap) (Settings, error) {
	// What Argo CD's code logs of its informers says nothing here.
	logrus.SetLevel(logrus.ErrorLevel)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: cm.Namespace, Name: common.ArgoCDSecretName, Labels: cm.Labels}}
	m := argosettings.NewSettingsManager(ctx, fake.NewClientset(cm, secret), cm.Namespace)

	overrides, err := m.GetResourceOverrides()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the rules for resources: %w", err)
	}
	filter, err := m.GetResourcesFilter()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the exclusions: %w", err)
	}
	tracking, err := m.GetTrackingMethod()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the tracking method: %w", err)
	}
	label, err := m.GetAppInstanceLabelKey()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read the tracking label: %w", err)
	}
	compare, err := m.GetResourceCompareOptions()
	if err != nil {
		return Settings{}, fmt.Errorf("cannot read how to compare: %w", err)
	}
	return Settings{Overrides: overrides, Filter: filter, Tracking: v1alpha1.TrackingMethod(tracking), LabelKey: label, Compare: compare}, nil
}
