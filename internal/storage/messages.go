package storage

import "github.com/novasphere/function-wukong/internal/message"

// Refusals of a claimName.
var (
	msgClaimDeleted = message.New(message.Refusal, "disk-claim-deleted",
		"it is the claim of disk {disk}, with which it would be deleted: keep disk {disk}, or first give it deletionPolicy: Retain")
	msgMediumClaimDeleted = message.New(message.Refusal, "disk-medium-claim-deleted",
		"it is the medium of CD-ROM drive {disk}, with which it would be deleted: give this disk the image of the medium instead")
)

// Refusals of a change to a disk that exists.
var (
	msgNotShrunk = message.New(message.Refusal, "disk-shrinks",
		"the disk has {size} and cannot shrink: put {size} back, or add a smaller disk of another name and copy the data")
	msgGrowthRefused = message.New(message.Refusal, "disk-growth-refused",
		"the disk has {size}, and the cluster refuses to grow it: {reason}: put {size} back, or have its storage class allow volumes to grow")
	msgManualGrowth = message.New(message.Refusal, "disk-manual-growth",
		"the disk has {size}, and its claim belongs to CDI: put {size} back, or give the claim {name} a storage request of {size} yourself, with kubectl edit pvc")
	msgDiskIsEmpty = message.New(message.Refusal, "disk-is-empty",
		"the disk exists and is empty, and nothing can be imported into it: remove {name}, or add a disk of another name with it")
	msgOtherImage = message.New(message.Refusal, "disk-image-differs",
		"the disk was made from {value}: put that back, or add a disk of another name with the new source")
	msgSourceIsNoImage = message.New(message.Refusal, "disk-source-is-no-image",
		"the disk was made from {value}: remove {name}, or add a disk of another name with it")
	msgOtherClass = message.New(message.Refusal, "disk-class-differs",
		"the disk uses storage class {class}: put that back, or let the disk move with migrateStorage: true")
	msgDefaultClass = message.New(message.Refusal, "disk-class-is-default",
		"the disk uses the default storage class: put that back, or let the disk move with migrateStorage: true")
	msgOtherVolume = message.New(message.Refusal, "disk-volume-differs",
		"the disk has {value}: put that back, or let the disk move with migrateStorage: true")
	msgDiskIsNoDrive = message.New(message.Refusal, "disk-is-no-drive",
		"the disk exists with its data and cannot become a CD-ROM drive: remove type, or add a drive of another name")
	msgDisksNotListed = message.New(message.Refusal, "disks-not-listed",
		"the virtual machine has the disks {disk}, which would be deleted: list them, and those that you want beside them")
	msgAccessTooLate  = message.New(message.Advice, "disk-access-too-late", "has no effect on a disk that exists, as its image was imported when it was made")
	msgImageNotShared = message.New(message.Refusal, "disk-image-not-shared", "the images of namespace {namespace} are not shared with this one: "+
		"take one of namespace {namespace}, or ask the platform team to share it (sharedImageNamespaces)")
	msgImportFails = message.New(message.Refusal, "disk-import-fails", "the disk {reason}, and its import does not succeed, "+
		"so that it has no content to lose: give the disk another name, which makes a new one and deletes this one")
	msgImportFailsRetained = message.New(message.Refusal, "disk-import-fails-retained", "the disk {reason}, and its import does not succeed, "+
		"so that it has no content to lose: give it deletionPolicy: Delete, then give the disk another name, which makes a new one and deletes this one")
)

// Values in the messages above.
const (
	// stateHas and the others are the reason in msgImportFails: the property of the disk that cannot change.
	stateHas         = "has %s"
	stateUsesClass   = "uses storage class %s"
	stateUsesDefault = "uses the default storage class"
	stateIsImported  = "is made from %s"

	// stateOtherAccess is the same of credentials, certificates and a checksum.
	stateOtherAccess = "is imported as it was first asked for"

	// valueFromProfile replaces an access mode or a volume mode that CDI has not chosen yet.
	valueFromProfile = "what its storage class prefers"

	// valueRedacted replaces a URL that is empty without its credentials.
	valueRedacted = "another image"

	// valueNoImage replaces a source that no field of a disk says.
	valueNoImage = "something else than an image"

	// valueNotReady replaces the error of a VirtualMachineSnapshot that has none.
	valueNotReady = "it is not ready to use"

	// valueNoSource replaces the message of a DataSource that leads nowhere.
	valueNoSource = "it names neither a claim nor a snapshot"
)

// Advice about disks.
var (
	msgShareableOnOneNode = message.New(message.Advice, "disk-shareable-on-one-node",
		"no two nodes can attach disk {disk} at once, so that the virtual machines that share it start on one node alone: give a disk of another name with "+
			"ReadWriteMany, or remove shareable")
	msgSharedDeleted = message.New(message.Advice, "disk-shared-deleted",
		"disk {disk} is deleted with this Wukong, with all data on it, also while other virtual machines share it: give it deletionPolicy: Retain")
	msgDataLoss = message.New(message.Advice, "disk-data-loss", "DATA LOSS: disk {disk} is not in the list any more, "+
		"so its {kind} {name} is deleted with all data on it: a disk is known by its name, and one that is renamed is another disk, without that data")
	msgRetained = message.New(message.Advice, "disk-retained", "disk {disk} is not in the list any more: "+
		"its {kind} {name} is retained with all data on it, and comes back with a disk of that name, or as claimName: {name}")
	msgSuccessorRetained = message.New(message.Advice, "disk-successor-retained", "disk {disk} is not in the list any more: "+
		"its {kind} {name} is retained with all data on it, and comes back as claimName: {name}")
	msgMediumRemoved = message.New(message.Advice, "disk-medium-removed",
		"the medium {name} of CD-ROM drive {disk} is not asked for any more and is deleted: it can be imported, or uploaded, again")
	msgEarlierGoes = message.New(message.Advice, "disk-earlier-goes", "DATA LOSS: disk {disk} is restored: what it held before, in {kind} {name}, "+
		"is deleted once the virtual machine has started with what is restored")
	msgEarlierMoves = message.New(message.Advice, "disk-earlier-moves", "disk {disk} moves when the virtual machine stops: its earlier {kind} {name} "+
		"is deleted once the virtual machine has started with the copy")
	msgEarlierRetained = message.New(message.Advice, "disk-earlier-retained", "disk {disk} gets another volume: its earlier {kind} {name} "+
		"stays, with all data on it, once the virtual machine has started with the new one")
	msgLaterStays = message.New(message.Advice, "disk-later-stays", "disk {disk} has another volume that is not older than its own, {kind} {name}, which an "+
		"earlier edit asked for: it stays until the disk is restored, or moves, once more")
	msgNotRestored = message.New(message.Advice, "disks-not-restored",
		"these disks are not restored and stay as they are, because the snapshot has none of their names, or they are shareable or have a claimName: {names}")
	msgNoImportedMedium = message.New(message.Advice, "disk-no-imported-medium",
		"has no effect, because no medium is imported into this CD-ROM drive: remove it, or give the URL of a file in image")
	msgDefaultAccessMode = message.New(message.Advice, "disk-default-access-mode", "ReadWriteOnce is taken, as CDI's StorageProfiles are off, "+
		"and a virtual machine with such a disk cannot migrate live: name the access modes that the disk needs")
	msgGrowthUnknown = message.New(message.Advice, "disk-growth-unknown",
		"the disk has {size}, and whether it can grow is known once its claim has been observed")
	msgGrowsLater = message.New(message.Advice, "disk-grows-after-import", "the disk is imported with {size} first, and grows after that")
)

// Messages of the condition VolumesBound when every disk can be used.
var (
	msgVolumeBound         = message.New(message.Report, "disk-volume-bound", "{number} volume bound")
	msgVolumesBound        = message.New(message.Report, "disk-volumes-bound", "{number} volumes bound")
	msgVolumeBoundAttached = message.New(message.Report, "disk-volume-bound-and-attached",
		"{number} volume bound; attached as they are: {reason}")
	msgVolumesBoundAttached = message.New(message.Report, "disk-volumes-bound-and-attached",
		"{number} volumes bound; attached as they are: {reason}")
	msgNoVolume = message.New(message.Report, "disk-no-volume", "no volume to bind")
	msgAttached = message.New(message.Report, "disk-volumes-attached", "attached as they are: {reason}")
)

// Messages about a disk that waits.
var (
	msgWaiting      = message.New(message.Report, "disk-waits", "waiting for disk {disk}")
	msgNameInUse    = message.New(message.Report, "disk-waits-for-name", "waiting for disk {disk} (another of its name is being deleted)")
	msgMaybeRefused = message.New(message.Report, "disk-maybe-refused",
		"waiting for disk {disk} (it may be one that the cluster refused: the events of the Wukong say which)")
	msgDeleting = message.New(message.Report, "disk-is-deleted",
		"disk {disk}: the earlier disk of this name is being deleted, which may wait for the virtual machine to stop; then it is made anew")
	msgUnbound      = message.New(message.Report, "disk-unbound", "waiting for disk {disk}: no volume is bound yet")
	msgBoundAtStart = message.New(message.Report, "disk-bound-at-start",
		"waiting for disk {disk}: its volume is bound when the virtual machine starts, if not before")
	msgClaimPhase    = message.New(message.Report, "disk-claim-phase", "waiting for disk {disk}: its claim is in phase {phase}, which is not known here")
	msgGrowing       = message.New(message.Report, "disk-grows", "disk {disk}: growing from {size} to {size}")
	msgImporting     = message.New(message.Report, "disk-imports", "waiting for disk {disk}: importing")
	msgProgress      = message.New(message.Report, "disk-import-progress", "waiting for disk {disk}: importing {percent}")
	msgCloning       = message.New(message.Report, "disk-clones", "waiting for disk {disk}: cloning {value}")
	msgCloneProgress = message.New(message.Report, "disk-clone-progress", "waiting for disk {disk}: cloning {value}, {percent}")
	msgCloneBegins   = message.New(message.Report, "disk-clone-begins",
		"waiting for disk {disk}: cloning {value}, of which nothing is copied yet: that begins once nothing uses it, and a snapshot of it can be cloned at once")
	msgUploadAwaited = message.New(message.Report, "disk-upload-awaited",
		"disk {disk} waits for its image: virtctl image-upload dv {name} --namespace {namespace} --no-create --image-path FILE")
	msgUploading     = message.New(message.Report, "disk-uploads", "waiting for disk {disk}: the server for its upload is being prepared")
	msgImportAtStart = message.New(message.Report, "disk-import-at-start",
		"waiting for disk {disk}: its {task} begins with the start of the virtual machine")
	msgNoNode = message.New(message.Report, "disk-import-waits-for-node",
		"waiting for disk {disk}: its import waits for a node, and for its volume: {reason}")
	msgImportRefused = message.New(message.Report, "disk-import-pod-refused",
		"waiting for disk {disk}: CDI could not make the pod of its import, and tries again: {reason}")
	msgPreparing     = message.New(message.Report, "disk-volume-prepared", "waiting for disk {disk}: its volume is being prepared")
	msgPreparingWhy  = message.New(message.Report, "disk-volume-prepared-reason", "waiting for disk {disk}: its volume is being prepared: {reason}")
	msgPaused        = message.New(message.Report, "disk-import-paused", "waiting for disk {disk}: its import is paused")
	msgImportUnknown = message.New(message.Report, "disk-import-unknown", "waiting for disk {disk}: the state of its import is not known at the moment")
	msgImportPhase   = message.New(message.Report, "disk-import-phase",
		"waiting for disk {disk}: its import is in phase {phase}, which is not known here")
)

// Messages about a Wukong that is to be restored.
var (
	msgSnapshotAwaited = message.New(message.Report, "restore-snapshot-awaited", "waiting to restore: snapshot {name} has not been read yet")
	msgSnapshotMissing = message.New(message.Report, "restore-snapshot-missing",
		"nothing is restored: there is no snapshot {name}, or nothing is left in it: correct spec.restore.snapshot, or remove it")
	msgSnapshotUnread = message.New(message.Report, "restore-snapshot-unread",
		"nothing is restored: snapshot {name} cannot be read: {reason}: have the platform team allow that")
	msgSnapshotUnready = message.New(message.Report, "restore-snapshot-not-ready", "waiting to restore: snapshot {name}: {reason}")
	msgSnapshotOfOther = message.New(message.Report, "restore-snapshot-of-other",
		"nothing is restored: snapshot {name} is of virtual machine {name}: name one of this Wukong, or clone disks of it with imageFrom")
	msgRestoreBegins = message.New(message.Report, "restore-begins",
		"waiting to restore from snapshot {name}: new volumes are made once nothing of their names is there any more")
	msgCopiedOnceStopped = message.New(message.Report, "disk-copied-once-stopped",
		"waiting for disk {disk}: it is copied once the virtual machine has stopped, which then starts with the copy")
	msgSuccessorExists = message.New(message.Report, "disk-successor-exists",
		"disk {disk} cannot be restored or moved: DataVolume {name} is there, which may be all that is left of an earlier disk: name it as claimName to go on with it, "+
			"or delete it once nobody needs it: kubectl delete dv {name} --namespace {namespace}")
	msgSuccessorGoes = message.New(message.Report, "disk-successor-goes",
		"waiting for disk {disk}: DataVolume {name} of an earlier attempt to restore or move it is being deleted")
	msgNothingToRestore = message.New(message.Report, "restore-nothing",
		"nothing is restored: snapshot {name} has no volume of a disk that can be restored: name another one, or remove spec.restore")
)

// Messages about the object that leads to what a disk is cloned from.
var (
	msgLeadAwaited = message.New(message.Report, "disk-data-source-awaited", "waiting for disk {disk}: its {name} has not been read yet")
	msgLeadUnready = message.New(message.Report, "disk-data-source-not-ready", "waiting for disk {disk}: its {name} has no image yet: {reason}")
	msgNoLead      = message.New(message.Report, "disk-data-source-missing",
		"disk {disk}: there is no {name} to clone it from: correct the name or the namespace, or have it made")
	msgLeadUnread = message.New(message.Report, "disk-data-source-unread",
		"disk {disk}: its {name} cannot be read: {reason}: have the platform team allow that")
	msgNoVolumeInSnapshot = message.New(message.Report, "disk-not-in-snapshot",
		"disk {disk}: its {name} has no volume of this name: name the disk as it was called there, or give it a source of its own")
	msgNoDiskOfWukong = message.New(message.Report, "disk-not-of-wukong",
		"disk {disk}: its {name} has no disk of this name: name the disk as it is called there, or give it a source of its own")
	msgLeadsAway = message.New(message.Report, "disk-data-source-leads-away", "disk {disk}: its {name} leads to namespace {namespace}, whose images are not "+
		"shared with this one: take another image, or ask the platform team to share it (sharedImageNamespaces)")
)

// Messages about a disk that failed.
var (
	msgChecksumDropped = message.New(message.Report, "disk-checksum-dropped", "disk {disk}: this cluster's CDI knows no checksums, so that nobody compared the image: "+
		"have CDI upgraded to 1.65 and give the disk another name, or remove imageChecksum to take the image as it is")
	msgLost = message.New(message.Report, "disk-volume-lost",
		"disk {disk}: its volume is lost: restore it, or give the disk another name, which makes a new one")
	msgClaimFailed    = message.New(message.Report, "disk-claim-failed", "disk {disk}: CDI cannot make its volume: {reason}")
	msgImportBlocked  = message.New(message.Report, "disk-import-blocked", "disk {disk}: its import cannot begin: {reason}")
	msgImportRetried  = message.New(message.Report, "disk-import-retried", "disk {disk}: import failed, and is tried again: {reason}")
	msgImportFailed   = message.New(message.Report, "disk-import-failed", "disk {disk}: import failed: {reason}")
	msgImportFailedDV = message.New(message.Report, "disk-import-failed-silently", "disk {disk}: import failed: see the events of DataVolume {name}")
	msgUnreadable     = message.New(message.Report, "disk-unreadable", "disk {disk}: what was observed of it cannot be read, so that nothing is changed")
)
