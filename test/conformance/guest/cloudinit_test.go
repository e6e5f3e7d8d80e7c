//go:build conformance

package guest

import (
	"strings"
	"testing"
)

// A stage of cloud-init's, in the order in which a boot runs them.
var (
	stageLocal  = []string{"cloud-init", "init", "--local"}
	stageInit   = []string{"cloud-init", "init"}
	stageConfig = []string{"cloud-init", "modules", "--mode=config"}
	stageFinal  = []string{"cloud-init", "modules", "--mode=final"}
)

// ownSettings leave out what a machine in namespaces has not, and what only takes time.
const ownSettings = `
datasource_list: [NoCloud]
growpart: {mode: "off"}
resize_rootfs: false
locale: C.UTF-8
ssh_genkeytypes: [ed25519]
`

// insert the seed, and more of cloud-init's own settings.
func (m *machine) insert(s seed, settings string) {
	m.t.Helper()
	const folder = "/var/lib/cloud/seed/nocloud/"
	m.write(folder+"meta-data", s.metaData)
	m.write(folder+"user-data", s.userData)
	m.write(folder+"network-config", s.networkData)
	m.write("/etc/cloud/cloud.cfg.d/99-test.cfg", ownSettings+settings)
}

// cloudInit runs stages, which must have nothing to complain of.
func (m *machine) cloudInit(stages ...[]string) {
	m.t.Helper()
	for _, s := range stages {
		if out, err := m.try("", s...); err != nil {
			m.t.Fatalf("%s: %v\n%s", strings.Join(s, " "), err, out)
		}
	}
	for line := range strings.Lines(m.read("/var/log/cloud-init.log")) {
		if strings.Contains(line, "[WARNING]") || strings.Contains(line, "[ERROR]") || strings.Contains(line, "[CRITICAL]") {
			m.t.Errorf("cloud-init complains: %s", line)
		}
	}
}

// guest runs the first stage of cloud-init with a seed in a system, with its network interfaces in the ports, the first of which is the pod network's.
func guest(t *testing.T, s *system, sd seed, settings string, ports ...port) *machine {
	t.Helper()
	m := boot(t, s.root)
	wire(t, m, s.root, sd.macs, ports)
	m.insert(sd, settings)
	m.cloudInit(stageLocal)
	return m
}
