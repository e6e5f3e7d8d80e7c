package player

import (
	"fmt"
	"net/netip"
	"strings"

	"sigs.k8s.io/yaml"
)

// readNetworkConfig returns the static addresses in a network config of cloud-init, version 2, by MAC address in lower case.
func readNetworkConfig(b []byte) (map[string][]netip.Prefix, error) {
	type ethernet struct {
		Match struct {
			MAC string `json:"macaddress"`
		} `json:"match"`
		Addresses []netip.Prefix `json:"addresses"`
	}
	config := struct {
		Ethernets map[string]ethernet `json:"ethernets"`
	}{}
	if err := yaml.Unmarshal(b, &config); err != nil {
		return nil, fmt.Errorf("cannot read network config: %w", err)
	}
	out := map[string][]netip.Prefix{}
	for _, e := range config.Ethernets {
		mac := strings.ToLower(e.Match.MAC)
		out[mac] = append(out[mac], e.Addresses...)
	}
	return out, nil
}
