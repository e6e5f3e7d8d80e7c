package fn

import (
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/go-crypt/crypt"
	"github.com/go-crypt/crypt/algorithm/shacrypt"
	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A stringField is a string that users write.
type stringField struct {
	// path of the field; an error about it names it.
	path string

	// spec of a Wukong in which the field has the value.
	spec func(v string) map[string]any

	// came is the value as it came out, read back from what was rendered.
	came func(t *testing.T, rsp *fnv1.RunFunctionResponse) any

	// as is what the value comes out as; nil for exactly as it was.
	as func(v string) any
}

type object = map[string]any

// spec returns a minimal spec with additional fields.
func spec(more object) object {
	s := object{"cpu": 1, "memory": "1Gi", "disks": []any{object{"name": "system", "size": "1Gi"}}}
	for k, v := range more {
		s[k] = v
	}
	return s
}

func user(more object) object {
	u := object{"name": "ops"}
	for k, v := range more {
		u[k] = v
	}
	return spec(object{"cloudInitUser": u})
}

func net(more object) object {
	n := object{"name": "lan", "type": "bridge"}
	for k, v := range more {
		n[k] = v
	}
	return spec(object{"networks": []any{n}})
}

func ip(more object) object {
	c := object{"mode": "static", "address": "10.0.0.5/8"}
	for k, v := range more {
		c[k] = v
	}
	return net(object{"ipConfig": c})
}

func disk(more object) object {
	d := object{"name": "system"}
	for k, v := range more {
		d[k] = v
	}
	if _, ok := d["claimName"]; !ok {
		d["size"] = "1Gi"
	}
	return spec(object{"disks": []any{d}})
}

// at reads a value from a manifest by keys and indices.
func at(key string, path ...any) func(*testing.T, *fnv1.RunFunctionResponse) any {
	return func(t *testing.T, rsp *fnv1.RunFunctionResponse) any { return dig(manifest(t, rsp, key), path...) }
}

func vmi(path ...any) func(*testing.T, *fnv1.RunFunctionResponse) any {
	return at("vm", append([]any{"spec", "template", "spec"}, path...)...)
}

func dig(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(object)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// takesSeed reports whether the guest of a composite reads what cloud-init, or cloudbase-init, is given.
func takesSeed(composite *structpb.Struct) bool {
	windows, given := composite.GetFields()["spec"].GetStructValue().GetFields()["windows"]
	return !given || windows.AsInterface() == nil || windows.GetStructValue().GetFields()["cloudbaseInit"].GetBoolValue()
}

// seeded reads a value from the YAML in the cloud-init Secret.
func seeded(key string, path ...any) func(*testing.T, *fnv1.RunFunctionResponse) any {
	return func(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
		encoded, _ := dig(manifest(t, rsp, "cloud-init"), "data", key).(string)
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var v object
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatalf("%s does not parse: %v\n%s", key, err, text)
		}
		if key == "userdata" {
			// Nothing may break out of its field into another.
			for k := range v {
				if k != "user" && k != "users" && k != "marker" {
					t.Errorf("user data has an unexpected key %q", k)
				}
			}
		}
		return dig(v, path...)
	}
}

// cni reads a value from the CNI configuration of the network.
func cni(path ...any) func(*testing.T, *fnv1.RunFunctionResponse) any {
	return func(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
		var v object
		if err := json.Unmarshal([]byte(dig(manifest(t, rsp, "nad-lan"), "spec", "config").(string)), &v); err != nil {
			t.Fatalf("the CNI configuration does not parse: %v", err)
		}
		return dig(v, path...)
	}
}

func imageURL(v string) any {
	if strings.HasPrefix(v, "http") && strings.Contains(v, "://") {
		return v
	}
	v = strings.TrimPrefix(v, "docker://")
	if u, err := url.Parse("docker://" + v); (err != nil || u.User != nil) && !strings.Contains(v, "/") {
		v = "docker.io/library/" + v
	}
	return "docker://" + v
}

func image(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
	if v := dig(manifest(t, rsp, "disk-system"), "spec", "source", "http", "url"); v != nil {
		return v
	}
	return dig(manifest(t, rsp, "disk-system"), "spec", "source", "registry", "url")
}

// userDataWith returns a cloud-config with a value under an own key.
func userDataWith(v string) string {
	y, err := yaml.Marshal(object{"marker": v})
	if err != nil {
		panic(err)
	}
	return "#cloud-config\n" + string(y)
}

// stringFields are all strings in a spec except passwords.
var stringFields = []stringField{
	{path: "spec.memory", spec: func(v string) object { return spec(object{"memory": v}) }, came: vmi("domain", "memory", "guest"), as: quantity},
	{path: "spec.osImage", spec: func(v string) object { return spec(object{"osImage": v}) }, came: image, as: imageURL},
	{
		path: "spec.sshKeySecret",
		spec: func(v string) object { return spec(object{"sshKeySecret": v}) },
		came: vmi("accessCredentials", 0, "sshPublicKey", "source", "secret", "secretName"),
	},
	{path: "spec.instancetype.name", spec: func(v string) object {
		return object{"instancetype": object{"name": v}, "disks": spec(nil)["disks"]}
	}, came: at("vm", "spec", "instancetype", "name")},
	{path: "spec.instancetype.kind", spec: func(v string) object {
		return object{"instancetype": object{"name": "small", "kind": v}, "disks": spec(nil)["disks"]}
	}, came: at("vm", "spec", "instancetype", "kind")},
	{
		path: "spec.preference.name",
		spec: func(v string) object { return spec(object{"preference": object{"name": v}}) },
		came: at("vm", "spec", "preference", "name"),
	},

	{path: "spec.cloudInitUser.name", spec: func(v string) object { return user(object{"name": v}) }, came: seeded("userdata", "user", "name")},
	{
		path: "spec.cloudInitUser.passwordHash",
		spec: func(v string) object { return user(object{"passwordHash": v}) },
		came: seeded("userdata", "user", "hashed_passwd"),
	},
	{
		path: "spec.cloudInitUser.passwordSecretRef.name",
		spec: func(v string) object { return user(object{"passwordSecretRef": object{"name": v}}) },
		came: vmi("accessCredentials", 0, "userPassword", "source", "secret", "secretName"),
	},
	{path: "spec.cloudInitUser.sudo", spec: func(v string) object { return user(object{"sudo": v}) }, came: seeded("userdata", "user", "sudo")},
	{path: "spec.cloudInitUser.shell", spec: func(v string) object { return user(object{"shell": v}) }, came: seeded("userdata", "user", "shell")},
	{path: "spec.cloudInitUser.groups[0]", spec: func(v string) object { return user(object{"groups": []any{v}}) }, came: seeded("userdata", "user", "groups", 0)},
	{path: "spec.cloudInit.userData", spec: func(v string) object {
		return spec(object{"cloudInit": object{"userData": v}})
	}, came: func(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
		text, err := base64.StdEncoding.DecodeString(dig(manifest(t, rsp, "cloud-init"), "data", "userdata").(string))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}},
	{path: "spec.cloudInit.userData", spec: func(v string) object {
		s := user(nil)
		s["cloudInit"] = object{"userData": userDataWith(v)}
		return s
	}, came: seeded("userdata", "marker")},
	{path: "spec.windows.unattendSecretRef.name", spec: func(v string) object {
		return spec(object{"windows": object{"unattendSecretRef": object{"name": v}}})
	}, came: vmi("volumes", 1, "sysprep", "secret", "name")},
	{path: "spec.cloudInit.userDataSecretRef.name", spec: func(v string) object {
		return spec(object{"cloudInit": object{"userDataSecretRef": object{"name": v}}})
	}, came: vmi("volumes", 1, "cloudInitNoCloud", "secretRef", "name")},

	{path: "spec.networks[0].name", spec: func(v string) object { return net(object{"name": v}) }, came: vmi("networks", 1, "name")},
	{path: "spec.networks[0].type", spec: func(v string) object { return net(object{"type": v, "master": "eth9", "resourceName": "a/b"}) }, came: cni("type")},
	{path: "spec.networks[0].nadName", spec: func(v string) object { return net(object{"nadName": v}) }, came: vmi("networks", 1, "multus", "networkName")},
	{path: "spec.networks[0].bridgeName", spec: func(v string) object { return net(object{"bridgeName": v}) }, came: cni("bridge")},
	{path: "spec.networks[0].master", spec: func(v string) object { return net(object{"type": "macvlan", "master": v}) }, came: cni("master")},
	{
		path: "spec.networks[0].resourceName",
		spec: func(v string) object { return net(object{"type": "sriov", "resourceName": v}) },
		came: at("nad-lan", "metadata", "annotations", "k8s.v1.cni.cncf.io/resourceName"),
	},
	{
		path: "spec.networks[0].macAddress",
		spec: func(v string) object { return net(object{"macAddress": v}) },
		came: vmi("domain", "devices", "interfaces", 1, "macAddress"),
		as:   func(v string) any { return strings.ToLower(v) },
	},
	{path: "spec.networks[0].ipConfig.mode", spec: func(v string) object {
		return ip(object{"mode": v})
	}, came: func(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
		if seeded("networkdata", "ethernets", "nic-lan", "dhcp4")(t, rsp) == true {
			return "dhcp"
		}
		return "static"
	}},
	{
		path: "spec.networks[0].ipConfig.address",
		spec: func(v string) object { return ip(object{"address": v}) },
		came: seeded("networkdata", "ethernets", "nic-lan", "addresses", 0),
		as:   func(v string) any { return netip.MustParsePrefix(v).String() },
	},
	{
		path: "spec.networks[0].ipConfig.gateway",
		spec: func(v string) object { return ip(object{"gateway": v}) },
		came: seeded("networkdata", "ethernets", "nic-lan", "routes", 0, "via"),
		as:   address,
	},
	{
		path: "spec.networks[0].ipConfig.dnsServers[0]",
		spec: func(v string) object { return ip(object{"dnsServers": []any{v}}) },
		came: seeded("networkdata", "ethernets", "nic-lan", "nameservers", "addresses", 0),
		as:   address,
	},

	{path: "spec.disks[0].name", spec: func(v string) object { return disk(object{"name": v}) }, came: vmi("volumes", 0, "name")},
	{
		path: "spec.disks[0].size",
		spec: func(v string) object { return spec(object{"disks": []any{object{"name": "system", "size": v}}}) },
		came: at("disk-system", "spec", "resources", "requests", "storage"),
		as:   quantity,
	},
	{
		path: "spec.disks[0].storageClassName",
		spec: func(v string) object { return disk(object{"storageClassName": v}) },
		came: at("disk-system", "spec", "storageClassName"),
	},
	{path: "spec.disks[0].image", spec: func(v string) object { return disk(object{"image": v}) }, came: image, as: imageURL},
	{
		path: "spec.disks[0].claimName",
		spec: func(v string) object { return disk(object{"claimName": v}) },
		came: vmi("volumes", 0, "persistentVolumeClaim", "claimName"),
	},
	{
		path: "spec.disks[0].accessModes[0]",
		spec: func(v string) object { return disk(object{"accessModes": []any{v}}) },
		came: at("disk-system", "spec", "accessModes", 0),
	},
	{path: "spec.disks[0].volumeMode", spec: func(v string) object { return disk(object{"volumeMode": v}) }, came: at("disk-system", "spec", "volumeMode")},
	{path: "spec.disks[0].bus", spec: func(v string) object { return disk(object{"bus": v}) }, came: vmi("domain", "devices", "disks", 0, "disk", "bus")},

	{path: "spec.highAvailability.antiAffinityGroup", spec: func(v string) object {
		return spec(object{"highAvailability": object{"antiAffinity": true, "antiAffinityGroup": v}})
	}, came: at("vm", "spec", "template", "metadata", "labels", "vm.novasphere.dev/anti-affinity-group")},
	{path: "spec.highAvailability.nodeSelector", spec: func(v string) object {
		return spec(object{"highAvailability": object{"nodeSelector": object{v: "x"}}})
	}, came: func(t *testing.T, rsp *fnv1.RunFunctionResponse) any {
		for k := range vmi("nodeSelector")(t, rsp).(object) {
			return k
		}
		return nil
	}},
	{path: "spec.highAvailability.nodeSelector[x]", spec: func(v string) object {
		return spec(object{"highAvailability": object{"nodeSelector": object{"x": v}}})
	}, came: vmi("nodeSelector", "x")},
	{path: "spec.highAvailability.tolerations[0].key", spec: func(v string) object {
		return spec(object{"highAvailability": object{"tolerations": []any{object{"key": v}}}})
	}, came: vmi("tolerations", 0, "key")},
	{path: "spec.highAvailability.tolerations[0].value", spec: func(v string) object {
		return spec(object{"highAvailability": object{"tolerations": []any{object{"key": "a", "value": v}}}})
	}, came: vmi("tolerations", 0, "value")},
	{path: "spec.highAvailability.evictionStrategy", spec: func(v string) object {
		return spec(object{"highAvailability": object{"evictionStrategy": v}})
	}, came: vmi("evictionStrategy")},
	{
		path: "spec.startStrategy.runStrategy",
		spec: func(v string) object { return spec(object{"startStrategy": object{"runStrategy": v}}) },
		came: at("vm", "spec", "runStrategy"),
	},
}

func address(v string) any { return netip.MustParseAddr(v).String() }

// quantity returns the canonical form of a quantity.
func quantity(string) any { return nil }

var hostile = []string{
	"a\nb", "a: b", "#cloud-config", "'", `"`, "`", "{{ x }}", "{% x %}", "*", "&a", "!!python/object:os.system", "%", "@", "- a", "? a",
	"yes", "no", "null", "~", "0x1f", "0644", "1_000", "12:30:45", "1e3", ".inf", "2024-01-01", "<<", "=", "\t", " a ", "a\x00b", "a\u2028b",
	"é", "日本語", "🐒", "\u202e", "../../etc/passwd", "$(reboot)", "a,b", "a/b", "a/b/c", strings.Repeat("a", 60), strings.Repeat("a", 70), strings.Repeat("ä", 300),
	strings.Repeat("€", 30),
	"ALL=(ALL) NOPASSWD:ALL", "$6$salt$hash", "/bin/bash", "10.0.0.1", "10.0.0.1/8", "fe80::1%eth0", "::ffff:1.2.3.4",
	"1Gi", "-1Gi", "docker://a/b:c", "http://h:1/f",
	"https://u:p@h/f", "http://", "Wukong", "team-b/x", "team-a/x", "02:00:00:00:00:01", "static", "dhcp",
	"#!/bin/sh\necho\n", "#cloud-config\na: 1\n", "system", "ovs",
}

// FuzzStrings shows that any string in a spec reads back unchanged from what is rendered, or is rejected with the path of its field.
func FuzzStrings(f *testing.F) {
	for _, v := range hostile {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		if v == "" || !utf8.ValidString(v) {
			t.Skip("an empty string is left out; gRPC carries no other than UTF-8")
		}
		for _, f := range stringFields {
			checkString(t, f, v)
		}
		checkPassword(t, v)
	})
}

func checkString(t *testing.T, f stringField, v string) {
	t.Helper()
	rsp := run(t, request(withSpec(t, f.spec(v))))
	if _, err := proto.Marshal(rsp); err != nil {
		t.Errorf("%s: the answer to %q cannot be sent: %v", f.path, v, err)
	}
	if message := fatalMessage(rsp); message != "" {
		path, _, _ := strings.Cut(f.path, "[x]")
		if !strings.Contains(message, path) {
			t.Errorf("%q was refused without naming %s: %s", v, f.path, message)
		}
		return
	}
	var want any = v
	if f.as != nil {
		if want = f.as(v); want == nil {
			return
		}
	}
	if diff := cmp.Diff(want, f.came(t, rsp)); diff != "" {
		t.Errorf("%s: -want, +got:\n%s", f.path, diff)
	}
}

// checkPassword checks that the hash in the user data is that of the password.
func checkPassword(t *testing.T, v string) {
	t.Helper()
	rsp := run(t, request(withSpec(t, user(object{"password": v}))))
	if message := fatalMessage(rsp); message != "" {
		if !strings.Contains(message, "spec.cloudInitUser.password") || (len(v) > 12 && strings.Contains(message, v)) {
			t.Errorf("a refusal names the field and not the password, got %s", message)
		}
		return
	}
	decoder := crypt.NewDecoder()
	if err := shacrypt.RegisterDecoder(decoder); err != nil {
		t.Fatal(err)
	}
	hash, _ := seeded("userdata", "user", "hashed_passwd")(t, rsp).(string)
	digest, err := decoder.Decode(hash)
	if err != nil || !digest.Match(v) {
		t.Errorf("%q is not the hash of %q: %v", hash, v, err)
	}
}

// withSpec returns the composite of a claim team-a/web-01 with a spec.
func withSpec(t testing.TB, spec object) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(spec)
	if err != nil {
		t.Fatal(err)
	}
	xr := composite(t, "{}")
	for k, v := range xr.GetFields()["spec"].GetStructValue().GetFields() {
		s.Fields[k] = v
	}
	xr.Fields["spec"] = structpb.NewStructValue(s)
	return xr
}

// FuzzRunFunction shows that no request makes the function panic. Each response is either fatal or complete, allocates no more than the budget, and is
// the same for the same request. The arguments are YAML: a composite or nothing, an Input, the observed resources, and other objects of the cluster.
func FuzzRunFunction(f *testing.F) {
	const root = "../"
	for target, composition := range wukongtest.Compositions {
		input, err := k8syaml.Marshal(dig(document(f, text(f, root+composition)), "spec", "pipeline", 0, "input"))
		if err != nil {
			f.Fatal(err)
		}
		for _, composite := range texts(f, root+"examples/*/*.yaml") {
			f.Add(composite, string(input), "", "")
		}
		for _, r := range slices.Concat(wukongtest.Refused(), wukongtest.RefusedByInput()) {
			composite, err := k8syaml.Marshal(wukongtest.Composite(r.Spec))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(composite), string(input), "", "")
		}
		for _, state := range texts(f, root+"examples/observed/"+target+"/*.yaml") {
			required := ""
			if file := wukongtest.RequiredBy([]byte(state)); file != "" {
				required = text(f, root+file)
			}
			composite := "xwukong.yaml"
			if target != "claim" {
				composite = "wukong.yaml"
			}
			f.Add(text(f, root+"examples/"+wukongtest.ExampleOf([]byte(state))+"/"+composite), string(input), state, required)
		}
	}
	for _, verb := range []string{"Snapshot", "Restart", "Stop", "Start", "Explode"} {
		f.Add("", strings.Replace(stopping, "Stop", verb, 1), "", actedOn)
	}
	f.Fuzz(func(t *testing.T, composite, input, observed, cluster string) {
		req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{}}
		if composite != "" {
			req = request(readStruct(t, composite))
		}
		if input != "" {
			req.Input = readStruct(t, input)
		}
		req.Observed.Resources = map[string]*fnv1.Resource{}
		for _, o := range readStructs(t, observed) {
			key := fields.Annotation(o, crossplane.AnnotationResourceName)
			req.Observed.Resources[key] = &fnv1.Resource{Resource: o}
		}
		checkAnswer(t, req, readStructs(t, cluster))
	})
}

// checkAnswer checks that the responses to two equal requests are equal, and either complete or fatal. Each requirement is answered with all objects
// of the cluster.
func checkAnswer(t *testing.T, req *fnv1.RunFunctionRequest, cluster []*structpb.Struct) {
	t.Helper()
	answer := func() *fnv1.RunFunctionResponse {
		rsp, err := crossplane.RunFunction(t.Context(), New(logging.NewNopLogger()), req, crossplane.Fetcher(func(s *fnv1.ResourceSelector) *fnv1.Resources {
			for _, o := range cluster {
				if o.GetFields()["kind"].GetStringValue() == s.GetKind() {
					return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: o}}}
				}
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		return rsp
	}
	var first *fnv1.RunFunctionResponse
	// What is in the cluster is shown to the function up to as often as Crossplane asks.
	most := crossplane.MaxIterations * budget(req)
	for _, o := range cluster {
		most += crossplane.MaxIterations * byteBudget * uint64(proto.Size(o))
	}
	if got := allocated(func() { first = answer() }); got > most {
		t.Errorf("want at most %d bytes to be allocated, got %d", most, got)
	}
	again := answer()
	if _, err := proto.Marshal(first); err != nil {
		t.Errorf("the answer cannot be sent: %v", err)
	}
	if !proto.Equal(first, again) {
		t.Error("two answers to the same request differ")
	}
	rendered := first.GetDesired().GetResources()
	if message := fatalMessage(first); message != "" {
		if len(rendered) > 0 {
			t.Errorf("refused (%s), and rendered", message)
		}
		return
	}
	if isAction(req) {
		return
	}
	keys := []string{"vm"}
	spec := req.GetObserved().GetComposite().GetResource().GetFields()["spec"].GetStructValue().GetFields()
	if takesSeed(req.GetObserved().GetComposite().GetResource()) {
		keys = append(keys, "cloud-init")
	}
	for field, prefix := range map[string]string{"disks": "disk-", "networks": "nad-"} {
		for _, v := range spec[field].GetListValue().GetValues() {
			f := v.GetStructValue().GetFields()
			if f["type"].GetStringValue() == "cdrom" {
				// A medium has a key of its own, and goes when it is ejected.
				continue
			}
			if f["claimName"].GetStringValue() == "" && f["nadName"].GetStringValue() == "" {
				keys = append(keys, prefix+f["name"].GetStringValue())
			}
		}
	}
	for _, key := range keys {
		// An object whose name a foreign object may have is not composed.
		if _, looked := first.GetRequirements().GetResources()[key+".look"]; rendered[key] == nil && (!looked || len(cluster) == 0) {
			t.Errorf("%s left the desired state", key)
		}
	}
}

// readStructs reads YAML documents.
func readStructs(t *testing.T, y string) []*structpb.Struct {
	t.Helper()
	var out []*structpb.Struct
	for _, d := range strings.Split(y, "\n---\n") {
		if d != "" {
			out = append(out, readStruct(t, d))
		}
	}
	return out
}

// readStruct reads a YAML document. It skips the test if neither an API server nor gRPC would accept the document.
func readStruct(t *testing.T, y string) *structpb.Struct {
	t.Helper()
	j, err := k8syaml.YAMLToJSON([]byte(y))
	if err != nil || !utf8.Valid(j) {
		t.Skip("not YAML, or nothing that gRPC carries")
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(j); err != nil {
		t.Skip("not an object")
	}
	return s
}

// texts returns the contents of the files that match a pattern, by their paths.
func texts(f *testing.F, pattern string) map[string]string {
	f.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		f.Fatalf("found no files in %s: %v", pattern, err)
	}
	out := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		out[file] = string(b)
	}
	return out
}

func text(f *testing.F, path string) string {
	f.Helper()
	return texts(f, path)[path]
}

func document(f *testing.F, y string) object {
	f.Helper()
	m := object{}
	if err := k8syaml.Unmarshal([]byte(y), &m); err != nil {
		f.Fatal(err)
	}
	return m
}
