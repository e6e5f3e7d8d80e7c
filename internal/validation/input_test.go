package validation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestCluster(t *testing.T) {
	cases := map[string]struct {
		settings string
		want     []string
	}{
		"Nothing":      {settings: `{}`},
		"DualStack":    {settings: `{"cluster": {"podNetwork": {"ipFamilies": ["IPv6", "IPv4"]}, "networks": ["10.96.0.0/12", "fd00:96::/108", "10.1.2.3/32"]}}`},
		"IPv6":         {settings: `{"cluster": {"podNetwork": {"ipFamilies": ["IPv6"]}}, "defaults": {"dnsServers": ["fd00:96::a"]}}`},
		"NoServers":    {settings: `{"cluster": {"podNetwork": {"ipFamilies": ["IPv6"]}}}`, want: []string{"defaults.dnsServers"}},
		"NoFamily":     {settings: `{"cluster": {"podNetwork": {"ipFamilies": ["IPv5", "IPv4"]}}}`, want: []string{"cluster.podNetwork.ipFamilies[0]"}},
		"TwiceFamily":  {settings: `{"cluster": {"podNetwork": {"ipFamilies": ["IPv4", "IPv4"]}}}`, want: []string{"cluster.podNetwork.ipFamilies[1]"}},
		"Host":         {settings: `{"cluster": {"networks": ["10.96.0.1/12"]}}`, want: []string{"cluster.networks[0]"}},
		"Everything":   {settings: `{"cluster": {"networks": ["10.96.0.0/12", "0.0.0.0/0"]}}`, want: []string{"cluster.networks[1]"}},
		"EmptyNetwork": {settings: `{"cluster": {"networks": [""]}}`, want: []string{"cluster.networks[0]"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := &structpb.Struct{}
			if err := protojson.Unmarshal([]byte(tc.settings), s); err != nil {
				t.Fatal(err)
			}
			s.Fields["apiVersion"], s.Fields["kind"] = structpb.NewStringValue("wukong.fn.crossplane.io/v1beta1"), structpb.NewStringValue("Input")
			var got []string
			for _, err := range inputErrors(s) {
				got = append(got, err.Field)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("refused fields: -want, +got:\n%s", diff)
			}
		})
	}
}
