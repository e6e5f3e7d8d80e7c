package fn

import (
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/snapshot"
)

var msgSnapshotsUnread = message.New(message.Advice, "snapshots-unread",
	"Crossplane cannot list VirtualMachineSnapshots, so that none is deleted and the status has none: let it get, list and watch them, then take this field "+
		"out and give it again")

// listedSnapshots returns the list of the Wukong's snapshots where it must be read, and advice where it cannot be.
func (r wukongRequest) listedSnapshots() (lists []plan.Resource, advice []string) {
	lists = snapshot.List(r.wukong)
	if len(lists) > 0 && r.isUnread(snapshot.KeyList, msgSnapshotsUnread) {
		return nil, []string{"spec.snapshots.keep: " + msgSnapshotsUnread.String()}
	}
	return lists, nil
}
