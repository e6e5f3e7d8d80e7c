package plan

// An Effect is what a change of a field of a Wukong's spec does to a virtual machine that exists.
//
// Effects are those of KubeVirt 1.9 with its default rollout strategy, LiveUpdate
// (https://kubevirt.io/user-guide/user_workloads/vm_rollout_strategies/). Under the strategy Stage, or while another change requires a restart,
// KubeVirt applies neither CPUs nor memory nor placement live, but still plugs and unplugs network interfaces.
type Effect string

// The effects.
const (
	// EffectLive takes effect while the guest runs, where it runs.
	EffectLive Effect = "live"

	// EffectMigration takes effect while the guest runs, as KubeVirt migrates it to another pod. It takes a guest that can migrate live,
	// and a cluster whose workloadUpdateMethods have LiveMigrate.
	EffectMigration Effect = "live by migration"

	// EffectRestart takes effect when the guest is stopped and started again.
	EffectRestart Effect = "at the next restart"

	// EffectStop stops the guest at once.
	EffectStop Effect = "stops the guest"

	// EffectStart takes effect when the virtual machine starts, as it does not run.
	EffectStart Effect = "at the next start"

	// EffectNewDisk attaches another volume at the next restart. The data of the earlier one stays there.
	EffectNewDisk Effect = "new disk"

	// EffectDataLoss deletes the data of a disk that is not retained.
	EffectDataLoss Effect = "deletes data"

	// EffectRefused does not take effect, because the field is immutable.
	EffectRefused Effect = "refused"

	// EffectFirstBoot does not take effect in an installed guest, because cloud-init reads the field at the first boot alone.
	EffectFirstBoot Effect = "no effect in an installed guest"

	// EffectNone does not take effect at all: the field is accepted for older manifests.
	EffectNone Effect = "none"
)
