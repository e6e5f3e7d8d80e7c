// Command manifests prints, as a YAML stream, what CDI's operator creates besides its Deployments: the CRDs and the RBAC. They
// are Go functions of the operator, and published nowhere else.
package main

import (
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	"kubevirt.io/containerized-data-importer/pkg/operator/resources"
	"kubevirt.io/containerized-data-importer/pkg/operator/resources/cluster"
	"kubevirt.io/containerized-data-importer/pkg/operator/resources/namespaced"
	"sigs.k8s.io/yaml"
)

const namespace = "cdi"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "manifests:", err)
		os.Exit(1)
	}
}

func run() error {
	// The only CRD that the operator does not count among its resources is its own.
	if _, err := fmt.Printf("---\n%s\n", resources.CDICRDs["cdi"]); err != nil {
		return err
	}

	objects, err := cluster.CreateAllStaticResources(&cluster.FactoryArgs{Namespace: namespace})
	if err != nil {
		return err
	}
	inNamespace, err := namespaced.CreateAllResources(&namespaced.FactoryArgs{Namespace: namespace, Verbosity: "1"})
	if err != nil {
		return err
	}
	for _, o := range append(objects, inNamespace...) {
		if _, deployment := o.(*appsv1.Deployment); deployment {
			continue
		}
		b, err := yaml.Marshal(o)
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("---\n%s", b); err != nil {
			return err
		}
	}
	return nil
}
