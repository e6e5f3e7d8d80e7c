package schema

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestAccepted shows that the API server accepts the examples, and manifests of the operator that this function replaces.
func TestAccepted(t *testing.T) {
	s := mustServer(t)
	for _, pattern := range []string{
		"examples/*/wukong.yaml",
		"examples/*/xwukong.yaml",
		"test/schema/testdata/predecessor/*.yaml",
	} {
		for _, file := range matchingFiles(t, pattern) {
			t.Run(strings.TrimPrefix(file, root+"/"), func(t *testing.T) {
				if err := s.create(context.Background(), readManifest(t, file)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestPredecessor shows that the function renders the manifests of the operator that it replaces.
func TestPredecessor(t *testing.T) {
	for _, file := range matchingFiles(t, "test/schema/testdata/predecessor/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if err := run(readSpec(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestLargest shows that the rules of the schema stay within the cost limit of the API server for the largest spec.
func TestLargest(t *testing.T) {
	s := mustServer(t)
	networks, disks, tolerations := make([]any, 32), make([]any, 64), make([]any, 64)
	for i := range networks {
		networks[i] = map[string]any{
			"name": numbered("n", i, 63), "type": "macvlan", "nadName": wukongtest.Namespace + "/" + numbered("n", i, 253), "vlanId": int64(4000),
			"master": numbered("m", i, 10), "bridgeName": numbered("b", i, 15), "resourceName": numbered("r", i, 253) + "/" + numbered("r", i, 63),
			"macAddress": fmt.Sprintf("02:00:00:00:00:%02X", i), "mtu": int64(65535),
			"ipConfig": map[string]any{
				"mode":       "static",
				"address":    fmt.Sprintf("2001:0db8:1111:2222:3333:4444:192.168.100.%d/64", 100+i),
				"gateway":    "2001:0db8:1111:2222:3333:4444:192.168.100.201",
				"dnsServers": []any{"::1", "::2", "::3", "::4", "::5", "::6", "::7", "2001:0db8:1111:2222:3333:4444:192.168.100.200"},
			},
		}
	}
	for i := range disks {
		disks[i] = map[string]any{
			"name": numbered("d", i, 63), "size": "0000000000000000000000000000020G", "image": numbered("https://example.org/", i, 2048),
			"storageClassName": numbered("s", i, 253), "claimName": "", "accessModes": []any{"ReadWriteMany"},
		}
		if i%2 == 1 {
			disks[i] = map[string]any{"name": numbered("d", i, 63), "claimName": numbered("c", i, 253)}
		}
		tolerations[i] = map[string]any{
			"key": numbered("t", i, 253) + "/" + numbered("t", i, 63), "operator": "Equal", "value": numbered("v", i, 63), "effect": "PreferNoSchedule",
		}
	}
	gpus := make([]any, 32)
	for i := range gpus {
		gpus[i] = map[string]any{"name": numbered("g", i, 63), "deviceName": numbered("d", i, 244) + "/" + numbered("d", i, 63)}
	}
	selector := map[string]any{}
	for i := range 64 {
		selector[numbered("k", i, 253)+"/"+numbered("k", i, 63)] = numbered("v", i, 63)
	}
	spec := map[string]any{
		"cpu": int64(1024), "memory": "64Ti", "osImage": numbered("https://example.org/", 0, 2048),
		"networks": networks, "disks": disks, "gpus": gpus, "hostDevices": gpus,
		"cloudInit":        map[string]any{"userData": numbered("#!/bin/sh\n", 0, 131072)},
		"highAvailability": map[string]any{"nodeSelector": selector, "tolerations": tolerations},
	}
	if err := s.create(context.Background(), wukongtest.Claim(spec)); err != nil {
		t.Errorf("the schema refuses the spec: %v", err)
	}
	if err := run(spec); err != nil {
		t.Errorf("the function refuses the spec: %v", err)
	}
}

// numbered returns a name of n characters that ends with the number i.
func numbered(prefix string, i, n int) string {
	return prefix + strings.Repeat("x", n-len(prefix)-3) + fmt.Sprintf("%03d", i)
}
