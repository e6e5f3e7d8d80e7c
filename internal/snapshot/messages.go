package snapshot

import "github.com/novasphere/function-wukong/internal/message"

var (
	// msgOutdated tells what retention deletes.
	msgOutdated = message.New(message.Advice, "snapshots-outdated", "deleted, as at least {number} newer ones are ready to use: {snapshots}")

	// msgSpared tells what retention was about to delete, and cannot let go of any more.
	msgSpared = message.New(message.Advice, "snapshots-spared",
		"to be deleted until the spec was changed, and deleted with this Wukong for that, if it has no provider: {snapshots}")
)
