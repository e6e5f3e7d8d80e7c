package plane

import (
	"fmt"
	"path/filepath"
)

// auditPolicy logs the requests of Crossplane and the provider without their bodies.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [%q, %q]
- level: None
`

// audit writes the audit policy and returns the arguments of the API server for it.
func (p *Plane) audit() ([]string, error) {
	policy := filepath.Join(p.Dir, "audit-policy.yaml")
	err := writeFiles(map[string][]byte{policy: fmt.Appendf(nil, auditPolicy, serviceAccountUser(crossplaneAccount), serviceAccountUser(providerAccount))})
	return []string{"--audit-policy-file=" + policy, "--audit-log-path=" + filepath.Join(p.Dir, AuditLog)}, err
}

// AuditLog is the name of the audit log in the folder of a control plane. It has the requests of Crossplane and the provider.
const AuditLog = "audit.log"
