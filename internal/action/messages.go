package action

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
)

// What was requested.
var (
	msgStop    = message.New(message.Report, "action-stop", "the virtual machine {name} will stop: autoStart of its Wukong is now false")
	msgStart   = message.New(message.Report, "action-start", "the virtual machine {name} will run: autoStart of its Wukong is now true")
	msgRestart = message.New(message.Report, "action-restart", "the virtual machine {name} will restart: a new instance replaces {uid}")
	msgMigrate = message.New(message.Report, "action-migrate", "the virtual machine {name} will move from node {name} to another one")
	msgRestore = message.New(message.Report, "action-restore",
		"the disks of the virtual machine {name} will be those of snapshot {name} when it is stopped and started next: its Wukong has the field restore now")
	msgSnapshot = message.New(message.Report, "action-snapshot", "the snapshot {name} of the virtual machine {name} was requested")
)

// Why an action is refused.
var (
	msgNoWukong         = message.New(message.Report, "action-no-wukong", "there is no Wukong {name} in namespace {namespace}")
	msgUnreadableWukong = message.New(message.Report, "action-unreadable-wukong", "cannot read the Wukong {name} in namespace {namespace}: {reason}")
	msgDeleting         = message.New(message.Report, "action-deleting", "the Wukong {name} in namespace {namespace} is being deleted")

	msgNoneSelected = message.New(message.Report, "action-none-selected", "no Wukong has the labels of the selector")
	msgTooMany      = message.New(message.Report, "action-too-many",
		"{number} Wukongs have the labels of the selector, and an Action takes at most {number}: add a label, or a namespace")
	msgAllRefused = message.New(message.Report, "action-all-refused", "the action is refused for each of the selected Wukongs, first for {reason}")

	msgManual = message.New(message.Report, "action-manual",
		"spec.startStrategy.runStrategy of the Wukong {name} is Manual: use virtctl {verb} {name}")
	msgHalted = message.New(message.Report, "action-halted",
		"spec.startStrategy.runStrategy of the Wukong {name} is Halted, which autoStart does not change: choose another")

	msgStaysStopped = message.New(message.Report, "action-stays-stopped",
		"the Wukong {name} asks for a stopped virtual machine, which would not start again: take the action Start")
	msgNoInstance = message.New(message.Report, "action-no-instance",
		"no instance of the virtual machine {name} runs in this cluster: there is nothing to restart")
	msgRestartElsewhere = message.New(message.Report, "action-restart-elsewhere",
		"the virtual machine {name} is not in the cluster of Crossplane, and Operations reach no other: restart it with kubectl annotate --overwrite "+
			"wukong {name} -n {namespace} "+v1alpha1.AnnotationRestart+"=UID, the UID of its VirtualMachineInstance")
	msgRestoring = message.New(message.Report, "action-restoring", "the virtual machine {name} is being restored from a snapshot: wait until that is complete")
	msgMigrating = message.New(message.Report, "action-migrating", "the virtual machine {name} is moving to another node: wait until it is there")

	msgNothingToMigrate = message.New(message.Report, "action-nothing-to-migrate",
		"no instance of the virtual machine {name} runs in this cluster: there is nothing to move")
	msgNotMigratable    = message.New(message.Report, "action-not-migratable", "the virtual machine {name} cannot migrate live: {reason}")
	msgMigrateElsewhere = message.New(message.Report, "action-migrate-elsewhere",
		"the virtual machine {name} is not in the cluster of Crossplane, and Operations reach no other: move it with virtctl migrate {name} -n {namespace}")
	msgMigrationExists = message.New(message.Report, "action-migration-exists", "a {kind} called {name} already exists and does not belong to this Wukong: delete it")
	msgNoVM            = message.New(message.Report, "action-no-vm",
		"the Wukong {name} has no virtual machine in this cluster: there is nothing to take a snapshot of")

	msgSnapshotElsewhere = message.New(message.Report, "action-snapshot-elsewhere",
		"the virtual machine {name} is not in the cluster of Crossplane, and Operations reach no other: create a VirtualMachineSnapshot where it is")

	msgRestoreElsewhere = message.New(message.Report, "action-restore-elsewhere",
		"the virtual machine {name} is not in the cluster of Crossplane, and Operations reach no other: give the Wukong {name} the field restore")
	msgNoSnapshot      = message.New(message.Report, "action-no-snapshot", "there is no VirtualMachineSnapshot {name} in namespace {namespace}")
	msgSnapshotUnready = message.New(message.Report, "action-snapshot-not-ready", "the snapshot {name} is not ready to use: wait until it is, or name another one")
	msgSnapshotOfOther = message.New(message.Report, "action-snapshot-of-other", "the snapshot {name} is of the virtual machine {name}: name one of this Wukong")
	msgRestoredAlready = message.New(message.Report, "action-restored-already",
		"the Wukong {name} has been restored from snapshot {name}, or is to be: to restore from it once more, give its field restore another attempt")

	msgSnapshotTaken = message.New(message.Report, "action-snapshot-in-progress", "the snapshot {name} of the virtual machine {name} is being taken: wait until it is")

	msgSnapshotExists = message.New(message.Report, "action-snapshot-exists",
		"a {kind} called {name} already exists and does not belong to this Wukong: "+
			"delete it, or hand it over with kubectl label vmsnapshot {name} "+names.LabelWukong+"={wukong}")
)
