package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/internal/message"
)

// What is reported of a virtual machine.
var (
	msgRunning = message.New(message.Report, "vm-running", "Virtual machine is running")
	msgStopped = message.New(message.Report, "vm-stopped", "Virtual machine is stopped")

	msgWaiting             = message.New(message.Report, "vm-waiting", "waiting for VM")
	msgWaitingMaybeRefused = message.New(message.Report, "vm-waiting-maybe-refused",
		"waiting for VM (it may be one that the cluster refused: the events of the Wukong say which)")
	msgWaitingForDeletion = message.New(message.Report, "vm-waiting-for-deletion", "waiting for VM (another of its name is being deleted)")

	msgWaitingForVolumes   = message.New(message.Report, "vm-waiting-for-volumes", "waiting for VM: it waits for its volumes")
	msgWaitingForScheduler = message.New(message.Report, "vm-waiting-for-scheduler",
		"waiting for VM: its pod had no node while its volumes were being made: if that lasts, the pod's events say why")
	msgWaitingForReceiver = message.New(message.Report, "vm-waiting-for-receiver", "waiting for VM: it waits for a migration from another cluster")
	msgWaitingForNode     = message.New(message.Report, "vm-waiting-for-node", "waiting for VM: its node does not answer")
	msgUnknownStatus      = message.New(message.Report, "vm-unknown-status", "waiting for VM: it is {phase}, which is not known here")

	msgAboutToStart = message.New(message.Report, "vm-about-to-start", "waiting for VM: it is about to start")
	msgStarting     = message.New(message.Report, "vm-starting", "waiting for VM: it is starting")
	msgAboutToStop  = message.New(message.Report, "vm-about-to-stop", "waiting for VM: it is about to stop")
	msgStopping     = message.New(message.Report, "vm-stopping", "waiting for VM: it is stopping")
	msgRestarting   = message.New(message.Report, "vm-restarting", "waiting for VM: it is restarting")
	msgPaused       = message.New(message.Report, "vm-paused", "VM: it is paused: virtctl unpause vm {name} lets it go on")
	msgMigrating    = message.New(message.Report, "vm-migrating", "VM: it is moving to another node")
)

// What failed.
var (
	msgUnschedulable  = message.New(message.Report, "vm-unschedulable", "VM: unschedulable: {reason}")
	msgCrashes        = message.New(message.Report, "vm-crashes", "VM: it crashes again and again: {reason}")
	msgNoImage        = message.New(message.Report, "vm-no-image", "VM: an image of its pod cannot be pulled: {reason}")
	msgNoClaim        = message.New(message.Report, "vm-no-claim", "VM: a claim that it attaches does not exist: {reason}")
	msgImportFailed   = message.New(message.Report, "vm-import-failed", "VM: the import of one of its disks failed: the condition VolumesBound says which")
	msgPodFailed      = message.New(message.Report, "vm-pod-failed", "VM: KubeVirt cannot make its pod, and tries again: {reason}")
	msgKubeVirtFailed = message.New(message.Report, "vm-kubevirt-failed", "VM: KubeVirt cannot run it as the Wukong specifies, and tries again: {reason}")
)

// What waits for a restart or a migration.
var (
	msgRestartRequired = message.New(message.Report, "vm-restart-required", "{reason}: virtctl restart {name} restarts it, and so does an Operation")
	msgFieldsWait      = message.New(message.Report, "vm-fields-wait-for-restart",
		"a change of {fields} waits for a restart: virtctl restart {name} restarts it, and so does an Operation")
	msgMigrationRequired = message.New(message.Report, "vm-migration-required",
		"a change of the networks waits until the virtual machine moves to another node or restarts")
	msgNetworksChanged    = message.New(message.Report, "vm-networks-changed", networksChanged)
	msgRestartAndNetworks = message.New(message.Report, "vm-restart-and-networks-changed", "{reason}; "+networksChanged)
)

// Whether a virtual machine can migrate live.
var (
	msgMigratableOnceRunning = message.New(message.Report, "vm-migratable-once-running", "KubeVirt says whether the virtual machine can migrate live once it runs")
	msgNotMigratable         = message.New(message.Report, "vm-not-migratable",
		"the virtual machine cannot migrate live, so that a drain of its node waits for ever: {reason}")
	msgNotMigratableShutdown = message.New(message.Report, "vm-not-migratable-shut-down",
		"the virtual machine cannot migrate live, so that a drain of its node shuts it down: {reason}")
)

// networksChanged is part of two messages.
const networksChanged = "{networks} changed: that takes effect when the virtual machine restarts (virtctl restart {name}) " +
	"or moves to another node (virtctl migrate {name}), and its guest keeps the addresses that it has"

// What the author of a spec may not expect.
var (
	msgOddCPUs = message.New(message.Advice, "vm-odd-cpus",
		"this edition of Windows uses at most two sockets: an odd number of CPUs is on one, which the preference may refuse, so choose an even number")
	msgNoMemoryHotplug = message.New(message.Advice, "vm-no-memory-hotplug",
		"a later change takes a restart: KubeVirt adds memory to a running virtual machine only where it has at least 1Gi and a multiple of 2Mi")
	msgGPUMigration = message.New(message.Advice, "vm-gpu-not-migratable",
		"with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: give evictionStrategy "+
			"LiveMigrateIfPossible, under which the drain shuts it down")
	msgDiskMigration = message.New(message.Advice, "vm-disk-not-migratable",
		"no two nodes can attach disk {disk} at once, so that the virtual machine cannot migrate live and a drain of its node waits for ever: give a "+
			"disk of another name with ReadWriteMany, or evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down")
	msgGuestKeys    = message.New(message.Advice, "vm-guest-keys", "a guest that has booted keeps the SSH keys that it has: change them there, too")
	msgGuestAddress = message.New(message.Advice, "vm-guest-address",
		"the guest says that it has {value} there, and not {value}: change it in the guest, or here")
)

// at returns a message about a field: its path, and the text.
func at(path *field.Path, text string) string { return path.String() + ": " + text }
