package admission

import (
	"regexp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

// Advice about Windows.
var (
	msgNoPreference = message.New(message.Advice, "windows-without-preference",
		"without a preference the computer is not one for Windows: name one such as windows.2k22, which chooses EFI, a TPM, the clock and the features of Hyper-V")
	msgNotSaidWindows = message.New(message.Advice, "windows-not-given",
		"its preference is one for Windows, which reads no cloud-init data, and the guest gets a disk with some: give windows: {}, with cloudbaseInit: true in it "+
			"where cloudbase-init is in the guest")
	msgNoNameServers = message.New(message.Advice, "windows-name-servers",
		"they reach no Windows with mode dhcp: let the DHCP server tell them, or give them in the answers of windows.unattendSecretRef")
)

// windowsPreferences matches KubeVirt's preferences for Windows.
var windowsPreferences = regexp.MustCompile(`^windows\.`)

// windows advises where a guest of Windows gets another computer than its author may expect, or data that it does not read.
func (a *adviser) windows(s *v1alpha1.WukongSpec) {
	if s.Windows == nil {
		if s.Preference != nil && windowsPreferences.MatchString(string(s.Preference.Name)) {
			a.add(a.spec.Child("windows"), msgNotSaidWindows)
		}
		return
	}
	if s.Preference == nil {
		a.add(a.spec.Child("preference"), msgNoPreference)
	}
	for i := range s.Networks {
		// cloudbase-init does not apply those of an interface that has its address by DHCP, either.
		if c := s.Networks[i].IPConfig; c != nil && c.Mode == v1alpha1.IPModeDHCP && len(c.DNSServers) > 0 {
			a.add(a.spec.Child("networks").Index(i).Child("ipConfig", "dnsServers"), msgNoNameServers)
		}
	}
}
