package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xpkg/signature"
	"github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	"github.com/google/go-containerregistry/pkg/name"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// crossplaneNamespace is the namespace in which Crossplane looks for the Secrets of an ImageConfig.
const crossplaneNamespace = "crossplane-system"

type verifyCmd struct {
	References []string `arg:"" help:"What is verified, by digest: REGISTRY/NAME@sha256:DIGEST."`
	Config     string   `required:"" type:"existingfile" help:"File with an ImageConfig, and with the Secrets that it refers to."`
}

// Run verifies signatures of artifacts in a registry as Crossplane does, with its own code.
func (c *verifyCmd) Run(ctx context.Context) error {
	config, secrets, err := readImageConfig(c.Config)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", c.Config, err)
	}
	// Nothing of a cluster is asked for but the credentials of its registries, and here these are the caller's.
	validator, err := signature.NewCosignValidator(secrets, fake.NewClientset(), crossplaneNamespace, "crossplane")
	if err != nil {
		return err
	}
	for _, r := range c.References {
		ref, err := name.NewDigest(r)
		if err != nil {
			return err
		}
		if err := validator.Validate(ctx, ref, config.Spec.Verification); err != nil {
			return fmt.Errorf("%s would be refused by Crossplane: %w", ref, err)
		}
		fmt.Println("verified", ref)
	}
	return nil
}

// A secretReader reads Secrets from a file instead of a cluster.
type secretReader map[string]corev1.Secret

// Get returns a Secret.
func (r secretReader) Get(_ context.Context, key client.ObjectKey, obj client.Object, _ ...client.GetOption) error {
	secret, ok := obj.(*corev1.Secret)
	found, there := r[key.Name]
	if !ok || !there || key.Namespace != crossplaneNamespace {
		return apierrors.NewNotFound(corev1.Resource("secrets"), key.String())
	}
	found.DeepCopyInto(secret)
	return nil
}

// List is not used.
func (r secretReader) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("a file with an ImageConfig has nothing to list")
}

// readImageConfig returns the ImageConfig in a file, and the Secrets beside it.
func readImageConfig(file string) (*v1beta1.ImageConfig, secretReader, error) {
	b, err := os.ReadFile(file) //nolint:gosec // The caller's file.
	if err != nil {
		return nil, nil, err
	}
	var config *v1beta1.ImageConfig
	secrets := secretReader{}
	for documents := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(b), len(b)); ; {
		o := &unstructured.Unstructured{}
		if err := documents.Decode(&o.Object); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		switch o.GetKind() {
		case v1beta1.ImageConfigKind:
			config = &v1beta1.ImageConfig{}
			err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, config, true)
		case "Secret":
			s := corev1.Secret{}
			err = runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, &s, true)
			secrets[s.Name] = s
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if config == nil || config.Spec.Verification == nil || config.Spec.Verification.Cosign == nil {
		return nil, nil, errors.New("it has no ImageConfig with spec.verification.cosign")
	}
	return config, secrets, nil
}
