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
	msgNotReady     = message.New(message.Report, "vm-not-ready",
		"VM: it runs, and does not pass its readinessProbe ({value}), as the events of its pod say: let the guest answer that, or correct the probe")
	msgMigrating = message.New(message.Report, "vm-migrating", "VM: it is moving to another node")
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

// What a virtual machine that is not made yet waits for.
var (
	msgAwaitsImage = message.New(message.Report, "vm-awaits-image",
		"waiting for the DataSource of disk {disk}, which names the preference of the virtual machine, or its instance type")
	msgAwaitsChecksum = message.New(message.Report, "vm-awaits-checksum",
		"waiting for disk {disk}: no guest may see it before CDI is known to compare its checksum")
)

// What is said of a virtual machine whose size nothing says.
var (
	msgNoInstancetype = message.New(message.Refusal, "vm-no-instance-type",
		"the golden image of the disk to boot from names no instance type: give cpu and memory, or an instancetype")
	msgBootsFromOther = message.New(message.Refusal, "vm-boots-from-other",
		"the disk to boot from is not cloned from a DataSource, which could name an instance type: give cpu and memory, or an instancetype")
	msgSizeTakenAway = message.New(message.Refusal, "vm-size-taken-away",
		"the virtual machine was made with a cpu and memory of its own: put them back, or give an instancetype")
)

// What an empty CD-ROM drive takes.
var (
	msgDiskToDrive = message.New(message.Refusal, "vm-disk-to-drive",
		"the virtual machine has a disk of this name, in whose place KubeVirt cannot put an empty CD-ROM drive: give the drive another name")
	msgDriveGateOff = message.New(message.Refusal, "vm-drive-gate-off",
		"an empty CD-ROM drive takes KubeVirt's feature gate {value}, which is off in this cluster: give an image or a claimName, remove the drive, "+
			"or ask the platform team to enable the gate")
	msgDriveGateOffNow = message.New(message.Advice, "vm-drive-gate-off-now",
		"an empty CD-ROM drive takes KubeVirt's feature gate {value}, which is off in this cluster, so that KubeVirt refuses changes of the virtual "+
			"machine: give an image or a claimName, remove the drive, or ask the platform team to enable the gate")
	msgDriveGateUnknown = message.New(message.Advice, "vm-drive-gate-unknown",
		"an empty CD-ROM drive takes KubeVirt's feature gate {value}, of which the Input does not tell whether it is on: if KubeVirt refuses the virtual "+
			"machine, give an image or a claimName, remove the drive, or ask the platform team to enable the gate")
)

// What the author of a spec may not expect.
var (
	msgOneSocket = message.New(message.Advice, "vm-one-socket",
		"this edition of Windows uses at most two sockets: all CPUs are on one, which the preference may refuse, so choose an even number, "+
			"and give coresPerSocket no more than half of it")
	msgUnusedSockets = message.New(message.Advice, "vm-unused-sockets",
		"this edition of Windows uses at most two sockets, so that it does not use all of these CPUs: give coresPerSocket at least half of them")
	msgNoMemoryHotplug = message.New(message.Advice, "vm-no-memory-hotplug",
		"a later change takes a restart: KubeVirt adds memory to a running virtual machine only where it has at least 1Gi and a multiple of 2Mi")
	msgGPUMigration = message.New(message.Advice, "vm-gpu-not-migratable",
		"with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: give evictionStrategy "+
			"LiveMigrateIfPossible, under which the drain shuts it down")
	msgHostDeviceMigration = message.New(message.Advice, "vm-host-device-not-migratable",
		"with a device of its node the virtual machine cannot migrate live, so that a drain of the node waits for ever: give evictionStrategy "+
			"LiveMigrateIfPossible, under which the drain shuts it down")
	msgReservationMigration = message.New(message.Advice, "vm-reservation-not-migratable",
		"before version 1.9 KubeVirt does not migrate a virtual machine with SCSI persistent reservations, so that a drain of its node waits for ever: "+
			"give evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down")
	msgDiskMigration = message.New(message.Advice, "vm-disk-not-migratable",
		"no two nodes can attach disk {disk} at once, so that the virtual machine cannot migrate live and a drain of its node waits for ever: give a "+
			"disk of another name with ReadWriteMany, or evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down")
	msgFewPorts = message.New(message.Advice, "vm-few-ports",
		"{number} disks and network interfaces wait to be plugged into the virtual machine that runs, and KubeVirt keeps ports for {number} at least: "+
			"give new disks bus scsi, which takes none, or restart the virtual machine")
	msgGuestKeys    = message.New(message.Advice, "vm-guest-keys", "a guest that has booted keeps the SSH keys that it has: change them there, too")
	msgGuestAddress = message.New(message.Advice, "vm-guest-address",
		"the guest says that it has {value} there, and not {value}: change it in the guest, or here")
)

// What is told of networks that leave.
var (
	msgNetworkLeaves = message.New(message.Advice, "vm-network-leaves",
		"network {name} leaves: the guest loses it while it runs, and the virtual machine stays attached to it until it has moved to another node "+
			"(virtctl migrate {name}) or restarted")
	msgNetworkReturns = message.New(message.Advice, "vm-network-returns",
		"this network was removed and is still leaving: KubeVirt adds it anew once it has left, each by a move to another node (virtctl migrate {name}), "+
			"or both by a restart")
)

// at returns a message about a field: its path, and the text.
func at(path *field.Path, text string) string { return path.String() + ": " + text }
