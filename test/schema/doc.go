// Package schema runs the code of the Kubernetes API server on the manifests of this repository. It shows that the schema of the Wukong API
// accepts and refuses the right specs, that the function agrees with it, and what the example of an admission policy admits.
package schema
