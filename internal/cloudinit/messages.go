package cloudinit

import "github.com/novasphere/function-wukong/internal/message"

// Refusals of userData.
var (
	msgHeader = message.New(message.Refusal, "cloudinit-header", "must start with the line "+headerConfig+", or with "+headerScript+
		" for a script: put data of another format into a Secret and name it in userDataSecretRef")
	msgDirectives = message.New(message.Refusal, "cloudinit-directives",
		"has more than {number} directives, which are lines that start with %: remove them")
	msgNotYAML     = message.New(message.Refusal, "cloudinit-not-yaml", "must be a YAML document")
	msgDocuments   = message.New(message.Refusal, "cloudinit-several-documents", "must be one YAML document")
	msgNotMapping  = message.New(message.Refusal, "cloudinit-not-a-mapping", "must be a YAML document of keys and values")
	msgTooManyKeys = message.New(message.Refusal, "cloudinit-too-many-keys", "has more than {number} keys and values: "+
		"make it smaller, or put all user data into a Secret and name that in userDataSecretRef")
	msgTooDeep = message.New(message.Refusal, "cloudinit-too-deep", "has lists or mappings that lie more than {number} deep in each other: "+
		"make it smaller, or put all user data into a Secret and name that in userDataSecretRef")
	msgTooLong = message.New(message.Refusal, "cloudinit-merged-too-long", "has more than {number} bytes once it is merged with the user of "+
		"cloudInitUser: make it smaller, or put all user data into a Secret and name that in userDataSecretRef")
	msgAlias = message.New(message.Refusal, "cloudinit-alias", "line {number} has an alias of a list or a mapping, which may stand for a single "+
		"value only: write out what it stands for, or put all user data into a Secret and name that in userDataSecretRef")
	msgKey = message.New(message.Refusal, "cloudinit-key",
		"line {number} has a key that is an alias, a list, a mapping or <<: write the key out")
	msgDuplicateKey = message.New(message.Refusal, "cloudinit-duplicate-key",
		"line {number} has a key that its mapping has already: remove one of them")
	msgUsers = message.New(message.Refusal, "cloudinit-users", "users must be a list, to stand beside the user of cloudInitUser")
)

// Advice about cloud-init.
var (
	msgUserDataChanged = message.New(message.Advice, "cloudinit-user-data-changed", "a guest that has booted does not read what changed in its "+
		"user data: change it there, too, or replace the boot disk by one of another name")
	msgNetworkDataChanged = message.New(message.Advice, "cloudinit-network-data-changed", "a guest that has booted does not read what changed in its "+
		"network settings: change it there, too, or let its cloud-init read them at every boot, with updates: {network: {when: [boot]}} in userData")
	msgDriveChanged = message.New(message.Advice, "cloudinit-drive-changed",
		"cloudbase-init in a guest that has booted does not read what changed in its network settings: change it there, too")
	msgKeysUnused = message.New(message.Advice, "cloudinit-keys-unused", "its keys reach nobody, because users in cloudInit.userData leaves out "+
		"the default user: add default to them, or name the user in cloudInitUser")
)

// Messages about a Secret that waits.
var (
	msgWaiting      = message.New(message.Report, "cloudinit-waits", "waiting for cloud-init data")
	msgNameInUse    = message.New(message.Report, "cloudinit-waits-for-name", "waiting for cloud-init data (another of its name is being deleted)")
	msgMaybeRefused = message.New(message.Report, "cloudinit-maybe-refused",
		"waiting for cloud-init data (it may be one that the cluster refused: the events of the Wukong say which)")
)
