package snapshot

import "github.com/novasphere/function-wukong/internal/message"

// msgOutdated tells what retention deletes.
var msgOutdated = message.New(message.Advice, "snapshots-outdated",
	"deleted, as at least {number} newer ones are ready to use: {snapshots}")
