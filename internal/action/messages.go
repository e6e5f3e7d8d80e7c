package action

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/names"
)

// What was requested.
var (
	msgStop     = message.New(message.Report, "action-stop", "the virtual machine {name} will stop: autoStart of its Wukong is now false")
	msgStart    = message.New(message.Report, "action-start", "the virtual machine {name} will run: autoStart of its Wukong is now true")
	msgRestart  = message.New(message.Report, "action-restart", "the virtual machine {name} will restart: a new instance replaces {uid}")
	msgSnapshot = message.New(message.Report, "action-snapshot", "the snapshot {name} of the virtual machine {name} was requested")
)

// Why an action is refused.
var (
	msgNoWukong         = message.New(message.Report, "action-no-wukong", "there is no Wukong {name} in namespace {namespace}")
	msgUnreadableWukong = message.New(message.Report, "action-unreadable-wukong", "cannot read the Wukong {name} in namespace {namespace}: {reason}")
	msgDeleting         = message.New(message.Report, "action-deleting", "the Wukong {name} in namespace {namespace} is being deleted")

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
	msgNoVM = message.New(message.Report, "action-no-vm",
		"the Wukong {name} has no virtual machine in this cluster: there is nothing to take a snapshot of")

	msgSnapshotElsewhere = message.New(message.Report, "action-snapshot-elsewhere",
		"the virtual machine {name} is not in the cluster of Crossplane, and Operations reach no other: create a VirtualMachineSnapshot where it is")

	msgSnapshotExists = message.New(message.Report, "action-snapshot-exists",
		"a {kind} called {name} already exists and does not belong to this Wukong: "+
			"delete it, or hand it over with kubectl label vmsnapshot {name} "+names.LabelWukong+"={wukong}")
)
