//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// An attempt is what a tenant applies, and a part of the text that refuses it.
type attempt struct{ manifest, refused string }

// beyondLimits returns the parts of specs by which a tenant reaches beyond what tenantLimits allow. They replace those of a small spec. All of them
// are refused with the name of a limit, but for those that the platform limits otherwise.
func beyondLimits() map[string]attempt {
	out := map[string]attempt{}
	add := func(name, refused, parts string) { out[name] = attempt{manifest: parts, refused: refused} }

	// Networks of nodes.
	for _, bridge := range []string{"cni0", "br-ex", "br-int", "docker0", "virbr0", "br-storage", "br-tenants2"} {
		add("bridge "+bridge, "limits.bridges", "networks: [{name: lan, type: bridge, bridgeName: "+bridge+", vlanId: 100}]")
	}
	add("any MAC address", "limits.macSpoofCheck",
		"networks: [{name: lan, type: bridge, bridgeName: br-tenants, vlanId: 100, macSpoofCheck: false}]")
	add("bridge of the default", "limits.bridges", "networks: [{name: lan, type: bridge, vlanId: 100}]")
	add("VLAN of others", "limits.bridges", "networks: [{name: lan, type: bridge, bridgeName: br-tenants, vlanId: 4094}]")
	add("VLAN before the range", "limits.bridges", "networks: [{name: lan, type: bridge, bridgeName: br-tenants, vlanId: 99}]")
	add("VLAN after the range", "limits.bridges", "networks: [{name: lan, type: bridge, bridgeName: br-tenants, vlanId: 200}]")
	add("untagged", "limits.bridges", "networks: [{name: lan, type: bridge, bridgeName: br-tenants}]")
	add("bridge of the nodes by ovs", "limits.networkTypes", "networks: [{name: lan, type: ovs, bridgeName: br-ex, vlanId: 10}]")
	add("uplink", "limits.masters", "networks: [{name: lan, type: macvlan, master: eth0}]")
	add("bond of the uplinks", "limits.masters", "networks: [{name: lan, type: macvlan, master: bond0}]")
	add("GPU as a network", "limits.resourceNames", "networks: [{name: lan, type: sriov, resourceName: nvidia.com/gpu}]")
	add("network device of others", "limits.resourceNames", "networks: [{name: lan, type: sriov, resourceName: example.org/fast2, vlanId: 666}]")
	add("second network", "limits.bridges",
		"networks: [{name: lan, type: bridge, bridgeName: br-tenants, vlanId: 100}, {name: more, type: bridge, bridgeName: cni0}]")

	// Nodes.
	add("every taint", "limits.tolerationKeys", "highAvailability: {tolerations: [{operator: Exists}]}")
	add("every taint of an effect", "limits.tolerationKeys", "highAvailability: {tolerations: [{operator: Exists, effect: NoSchedule}]}")
	add("taint of control planes", "limits.tolerationKeys",
		"highAvailability: {tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}")
	add("control planes", "limits.nodeSelectorKeys", "highAvailability: {nodeSelector: {node-role.kubernetes.io/control-plane: ''}}")
	add("one node", "limits.nodeSelectorKeys", "highAvailability: {nodeSelector: {kubernetes.io/hostname: node-1}}")
	add("GPU", "limits.deviceNames", "gpus: [{name: gpu, deviceName: nvidia.com/A100}]")
	add("other device", "limits.deviceNames", "hostDevices: [{name: nic, deviceName: example.org/fast}]")

	// Sizes.
	add("CPU", "limits.cpu", "cpu: 5")
	add("memory", "limits.memory", "memory: 9Gi")
	add("instance type", "limits.instancetypes", "{cpu: null, memory: null, instancetype: {name: cx1.8xlarge}}")
	add("instance type of the namespace", "limits.instancetypes",
		"{cpu: null, memory: null, instancetype: {kind: VirtualMachineInstancetype, name: u1.huge}}")
	add("disks", "limits.disks", "disks: [{name: a, size: 1Gi}, {name: b, size: 1Gi}, {name: c, size: 1Gi}, {name: d, size: 1Gi}]")
	add("size of a disk", "limits.diskSize", "disks: [{name: a, size: 11Gi}]")
	add("largest size of a disk", "limits.diskSize", "disks: [{name: a, size: 1Ei}]")
	add("storage class", "limits.storageClassNames", "disks: [{name: a, size: 1Gi, storageClassName: shared}]")

	// Images of servers that the importer reaches and the tenant does not.
	for _, image := range []string{
		"http://169.254.169.254/latest/meta-data/", "http://2852039166/latest", "http://0xa9fea9fe/latest", "http://0251.0376.0251.0376/latest",
		"http://[::ffff:169.254.169.254]/latest", "http://[fd00:ec2::254]/latest", "http://169.254.169.254./latest", "http://127.1/disk.img",
		"http://[::1]/disk.img", "http://0/disk.img", "http://metadata.google.internal/computeMetadata/v1/", "http://METADATA.GOOGLE.INTERNAL/disk.img",
		"https://kubernetes.default.svc/api/v1/secrets", "https://kubernetes.default.svc.cluster.local./disk.img", "http://vault.vault.svc:8200/disk.img",
		"docker://localhost:5000/disk", "docker://LOCALHOST:5000/disk", "docker://127.0.0.1:5000/disk",
		"https://images.example.org@evil.example.com/vms/disk.img", "https://images.example.org.evil.example.com/vms/disk.img",
		"https://images.example.org:8443/vms/disk.img", "https://images.example.org/vms/../private/disk.img",
		"https://images.example.org/vms/%2e%2e/private/disk.img", "https://images.example.org/vms-private/disk.img", "http://images.example.org/vms/disk.img",
		"docker://quay.io/containerdisks2/debian:12", "docker://quay.io.evil.example.com/containerdisks/debian:12",
	} {
		add("image "+image, "limits.images", "disks: [{name: a, size: 1Gi, image: '"+image+"'}]")
	}

	// Parts of the virtual machine that no field has.
	add("clock of a node", "limits.templatePaths", "template: {domain: {clock: {timer: {hpet: {present: true}}}}}")
	add("priority over others", "limits.templatePaths", "template: {priorityClassName: system-node-critical}")

	// More than a quota counts.
	add("CPUs that are not requested", "limits.cpuAllocationRatio", "performance: {requests: {cpu: 1m}}")
	add("CPUs that are limited alone", "limits.cpuAllocationRatio", "performance: {limits: {cpu: 1m}}")
	add("memory that is not requested", "limits.memoryOvercommit", "performance: {requests: {memory: 1Mi}}")

	// Secrets and claims of the platform and of others.
	add("keys of a registry", "limits.secretNames", "sshKeySecret: registry-credentials")
	add("token of a service account", "limits.secretNames", "cloudInit: {userDataSecretRef: {name: default-token}}")
	add("cloud-init data of another Wukong", "limits.secretNames", "cloudInit: {userDataSecretRef: {name: victim-cloud-init-abcde}}")
	add("password of others", "limits.secretNames", "cloudInitUser: {name: me, passwordSecretRef: {name: database}}")
	add("Secret of another namespace", "sshKeySecret", "sshKeySecret: kube-system/bootstrap")
	add("claim of others", "limits.claimNames", "disks: [{name: a, claimName: database}]")
	return out
}

// otherKinds returns manifests of other kinds than Wukongs, and of a Wukong for a victim, which the tenant may not create.
func otherKinds(t *testing.T, victim *Tenant) map[string]attempt {
	t.Helper()
	const (
		forbidden = "cannot create resource"
		token     = "{apiVersion: v1, kind: Secret, type: kubernetes.io/service-account-token, metadata: {annotations: " +
			"{kubernetes.io/service-account.name: default}}}"
		policy  = "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, spec: {policyName: wukong-limits}}"
		binding = "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}}"
		config  = ", spec: {credentials: {source: InjectedIdentity}}}"
	)
	out := map[string]attempt{
		"virtual machine":   {"{apiVersion: kubevirt.io/v1, kind: VirtualMachine, spec: {template: {spec: {domain: {}}}}}", forbidden},
		"instance":          {"{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, spec: {domain: {}}}", forbidden},
		"snapshot":          {"{apiVersion: snapshot.kubevirt.io/v1beta1, kind: VirtualMachineSnapshot, spec: {source: {kind: VirtualMachine, name: a}}}", forbidden},
		"network":           {"{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, spec: {config: '{}'}}", forbidden},
		"DataVolume":        {"{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, spec: {source: {blank: {}}}}", forbidden},
		"claim":             {"{apiVersion: v1, kind: PersistentVolumeClaim, spec: {}}", forbidden},
		"pod":               {"{apiVersion: v1, kind: Pod, spec: {hostNetwork: true, containers: [{name: a, image: a}]}}", forbidden},
		"service account":   {"{apiVersion: v1, kind: ServiceAccount}", forbidden},
		"role":              {"{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, rules: []}", forbidden},
		"binding":           {binding, forbidden},
		"Composition":       {"{apiVersion: apiextensions.crossplane.io/v1, kind: Composition, spec: {}}", forbidden},
		"revision":          {"{apiVersion: apiextensions.crossplane.io/v1, kind: CompositionRevision, spec: {}}", forbidden},
		"definition":        {"{apiVersion: apiextensions.crossplane.io/v1, kind: CompositeResourceDefinition, spec: {}}", forbidden},
		"function":          {"{apiVersion: pkg.crossplane.io/v1, kind: Function, spec: {package: a}}", forbidden},
		"policy":            {policy, forbidden},
		"token in a Secret": {token, "may only create those of type Opaque"},
		"another namespace": {"{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {namespace: " + victim.Namespace + "}, spec: {cpu: 1}}", forbidden},
	}
	if !cluster.set(t).HasClaimsAlone() {
		out["Operation"] = attempt{"{apiVersion: ops.crossplane.io/v1alpha1, kind: Operation, spec: {mode: Pipeline}}", forbidden}
	}
	switch *target {
	case targetClaim:
		out["composite"] = attempt{"{apiVersion: vm.novasphere.dev/v1alpha1, kind: XWukong, spec: {cpu: 1}}", forbidden}
		out["Object"] = attempt{"{apiVersion: kubernetes.crossplane.io/v1alpha2, kind: Object, spec: {}}", forbidden}
		out["ProviderConfig"] = attempt{"{apiVersion: kubernetes.crossplane.io/v1alpha1, kind: ProviderConfig" + config, forbidden}
	case targetNamespaced:
		out["Object"] = attempt{"{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: Object, spec: {}}", forbidden}
		for _, kind := range []string{"ProviderConfig", "ClusterProviderConfig"} {
			out[kind] = attempt{"{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: " + kind + config, forbidden}
		}
	}
	return out
}

// TestHostileTenant lets a tenant with the roles of production reach for networks and devices of nodes, other namespaces, other Compositions, and
// Secrets of the platform. The API server refuses each attempt, and where nothing but the function knows the limits, the function does. Each refusal
// names the limit, or the permission that is missing.
//
// All tenants share the Composition with the limits, so that this test runs in parallel with others only once it is restored.
func TestHostileTenant(t *testing.T) {
	applyProduction(t, "tenant-rbac.yaml", "secret-types.yaml")
	hostile, unguarded, victim := cluster.NewTenant(t), cluster.NewTenant(t), cluster.NewTenant(t)
	restore := cluster.limit(t, tenantLimits, hostile)
	user := hostile.asHostile(t)
	attempts := beyondLimits()
	eventually(t, "the policy is in force", func() error {
		if err := user.tryWukong(t, "probe", attempts["CPU"].manifest, client.DryRunAll); err == nil || !strings.Contains(err.Error(), attempts["CPU"].refused) {
			return fmt.Errorf("it refuses %w", err)
		}
		return nil
	})

	tried := 0
	for name, a := range attempts {
		tried++
		if err := user.tryWukong(t, "hostile", a.manifest); err == nil || !strings.Contains(err.Error(), a.refused) {
			t.Errorf("%s: want kubectl apply refused with %s, got %v", name, a.refused, err)
		}
	}
	for name, a := range otherKinds(t, victim) {
		tried++
		if err := user.tryManifest(t, a.manifest); err == nil || !strings.Contains(err.Error(), a.refused) {
			t.Errorf("%s: want it refused with %s, got %v", name, a.refused, err)
		}
	}
	for _, request := range []string{
		"get secrets", "list secrets", "create serviceaccounts/token", "create pods/exec", "impersonate serviceaccounts",
		"patch virtualmachines.kubevirt.io", "delete virtualmachines.kubevirt.io", "update virtualmachines/restart.subresources.kubevirt.io",
		"update compositions.apiextensions.crossplane.io", "update wukongs/status.vm.novasphere.dev", "get providerconfigs.kubernetes.m.crossplane.io",
		"list objects.kubernetes.m.crossplane.io", "list objects.kubernetes.crossplane.io",
	} {
		tried++
		if hostile.isAllowed(t, "hostile", request) {
			t.Errorf("want the tenant not to be allowed to %s", request)
		}
	}
	if tried < 40 {
		t.Errorf("tried only %d attempts", tried)
	}
	if created := hostile.ObjectNames(t); len(created) > 0 {
		t.Errorf("want nothing to be created, got %q", created)
	}

	attempts["device of the node"] = attempt{
		"template: {domain: {devices: {hostDevices: [{name: a, deviceName: example.org/nic}]}}}", "spec.template.domain.devices",
	}
	attempts["volume of the node"] = attempt{"template: {volumes: [{name: a, hostDisk: {path: /dev/sda, type: Disk}}]}", "spec.template.volumes"}
	attempts["account of the platform"] = attempt{"template: {serviceAccountName: default}", "spec.template.serviceAccountName"}
	attempts["network of another namespace"] = attempt{"networks: [{name: lan, nadName: kube-system/storage}]", "spec.networks[0].nadName"}
	checkFunctionRefuses(t, unguarded, attempts)
	moving := hostile.checkStays(t, user, victim)
	restore()
	t.Parallel()
	moving.Delete(t)
	hostile.EventuallyHasOnly(t)
}

// checkFunctionRefuses creates Wukongs where no policy refuses them. The function refuses each of them, and nothing is created.
func checkFunctionRefuses(t *testing.T, tenant *Tenant, attempts map[string]attempt) {
	t.Helper()
	var refused []*Wukong
	var limits []string
	for i, name := range slices.Sorted(maps.Keys(attempts)) {
		w := &Wukong{Tenant: tenant, Name: fmt.Sprintf("hostile-%d", i)}
		// Some are refused by the schema.
		err := tenant.tryWukong(t, w.Name, attempts[name].manifest)
		if err != nil && !strings.Contains(err.Error(), attempts[name].refused) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			refused, limits = append(refused, w), append(limits, attempts[name].refused)
		}
	}
	for i, w := range refused {
		w.Eventually(t, "is refused by "+limits[i], func(o Observed) bool { return refusedAt(o, limits[i]) })
	}
	if created := tenant.ObjectNames(t); len(created) > 0 {
		t.Errorf("want nothing to be created, got %q", created)
	}
	deleteAll(t, refused)
}

// checkStays creates a Wukong with all that could move it: labels, references and annotations of others. It stays in its namespace, with the
// ProviderConfig of the platform. It returns the Wukong.
func (n *Tenant) checkStays(t *testing.T, user, victim *Tenant) *Wukong {
	t.Helper()
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "of-others"}}
	n.MustCreate(t, owner)
	if err := user.tryManifest(t, `{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: moving, labels: {
		crossplane.io/claim-namespace: `+victim.Namespace+`, crossplane.io/claim-name: victim, crossplane.io/composite: victim, vm.novasphere.dev/wukong: victim},
		annotations: {vm.novasphere.dev/provider-config: mine, crossplane.io/external-name: victim, vm.novasphere.dev/composite: a, vm.novasphere.dev/restart: a,
		crossplane.io/composition-resource-name: vm}, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: of-others, uid: `+string(owner.UID)+`}]},
		spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 1Gi}], claimRef: {apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, namespace: `+
		victim.Namespace+`, name: victim}}}`); err != nil {
		t.Fatal(err)
	}
	w := &Wukong{Tenant: n, Name: "moving"}
	w.EventuallyRuns(t)
	if got := victim.ObjectNames(t); len(got) > 0 {
		t.Errorf("want nothing in another namespace, got %q", got)
	}
	if *target != targetNative {
		w.eventuallyUsesProviderConfig(t, "default")
	}
	return w
}

// asHostile returns the tenant as seen by a user with all roles that production gives to tenants alone.
func (n *Tenant) asHostile(t *testing.T) *Tenant {
	t.Helper()
	const account = "hostile"
	n.MustCreate(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}})
	for _, role := range []string{"wukong-tenant", "wukong-tenant-secrets"} {
		n.bind(t, account, "ClusterRole", role)
	}
	user := n.impersonating(t, account)
	eventually(t, "the tenant may list Wukongs", func() error {
		return user.List(t.Context(), wukongList(), client.InNamespace(user.Namespace))
	})
	return user
}

// tryWukong creates a Wukong whose spec is a small one with some parts replaced, and returns the error of the API server.
func (n *Tenant) tryWukong(t *testing.T, name, parts string, options ...client.CreateOption) error {
	t.Helper()
	spec := map[string]any{"cpu": 1, "memory": "1Gi", "disks": []any{map[string]any{"name": "system", "size": "1Gi"}}}
	replaced := map[string]any{}
	if err := yaml.Unmarshal([]byte(parts), &replaced); err != nil {
		t.Fatalf("%v in %s", err, parts)
	}
	maps.Copy(spec, replaced)
	maps.DeleteFunc(spec, func(_ string, v any) bool { return v == nil })
	b, err := yaml.Marshal(map[string]any{
		"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "metadata": map[string]any{"name": name}, "spec": spec,
	})
	if err != nil {
		t.Fatal(err)
	}
	return n.tryManifest(t, string(b), options...)
}

// tryManifest creates an object in the tenant's namespace unless it gives another one, and returns the error of the API server. An object without
// a name is called hostile.
func (n *Tenant) tryManifest(t *testing.T, manifest string, options ...client.CreateOption) error {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &o.Object); err != nil {
		t.Fatalf("%v in %s", err, manifest)
	}
	if o.GetName() == "" {
		o.SetName("hostile")
	}
	if o.GetNamespace() == "" {
		o.SetNamespace(n.Namespace)
	}
	return n.Create(t.Context(), o, options...)
}
