package plane

import (
	"fmt"
	"path/filepath"
)

// auditPolicy has the API server note what Crossplane and the provider ask for, without what it is about.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [%q, %q]
- level: None
`

// audit writes the policy, and returns the API server's arguments for it.
func (p *Plane) audit() ([]string, error) {
	policy := filepath.Join(p.Dir, "audit-policy.yaml")
	err := writeFiles(map[string][]byte{policy: fmt.Appendf(nil, auditPolicy, serviceAccountUser(crossplaneAccount), serviceAccountUser(providerAccount))})
	return []string{"--audit-policy-file=" + policy, "--audit-log-path=" + filepath.Join(p.Dir, AuditLog)}, err
}

// AuditLog is the name of the file in the folder of a control plane in which the API server notes what Crossplane and the provider
// ask for.
const AuditLog = "audit.log"
