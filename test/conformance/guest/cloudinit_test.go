//go:build conformance

package guest

import (
	"strings"
	"testing"
)

// The stages of cloud-init, in the order of a boot.
var (
	stageLocal  = []string{"cloud-init", "init", "--local"}
	stageInit   = []string{"cloud-init", "init"}
	stageConfig = []string{"cloud-init", "modules", "--mode=config"}
	stageFinal  = []string{"cloud-init", "modules", "--mode=final"}
)

// baseSettings disable what cannot work in a machine of namespaces, and what only takes time.
const baseSettings = `
datasource_list: [NoCloud]
growpart: {mode: "off"}
resize_rootfs: false
locale: C.UTF-8
ssh_genkeytypes: [ed25519]
`

// writeSeed writes a seed, and settings of cloud-init in addition to the base settings.
func (m *machine) writeSeed(s seed, settings string) {
	m.t.Helper()
	const folder = "/var/lib/cloud/seed/nocloud/"
	m.write(folder+"meta-data", s.metaData)
	m.write(folder+"user-data", s.userData)
	m.write(folder+"network-config", s.networkData)
	m.write("/etc/cloud/cloud.cfg.d/99-test.cfg", baseSettings+settings)
}

// cloudInit runs stages, which must succeed without warnings.
func (m *machine) cloudInit(stages ...[]string) {
	m.t.Helper()
	for _, s := range stages {
		if out, err := m.try("", s...); err != nil {
			m.t.Fatalf("%s: %v\n%s", strings.Join(s, " "), err, out)
		}
	}
	for line := range strings.Lines(m.read("/var/log/cloud-init.log")) {
		if strings.Contains(line, "[WARNING]") || strings.Contains(line, "[ERROR]") || strings.Contains(line, "[CRITICAL]") {
			m.t.Errorf("cloud-init logs: %s", line)
		}
	}
}

// startGuest boots a system with a seed and runs the first stage of cloud-init. Its network interfaces are connected to the ports in their order.
func startGuest(t *testing.T, s *system, sd seed, settings string, ports ...port) *machine {
	t.Helper()
	m := boot(t, s.root)
	connectPorts(t, m, s.root, sd.macs, ports)
	m.writeSeed(sd, settings)
	m.cloudInit(stageLocal)
	return m
}
