package cloudinit

import (
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/report"
)

// Report how the seed stands. It has no condition of its own.
func Report(rs observed.Resources) report.Part {
	const what = "cloud-init data"
	switch {
	case rs[key].Refused != "":
		return report.Part{Failed: true, Message: report.Refused(what, rs[key].Refused), Pending: []string{key}}
	case !rs.Exists(key):
		return report.Part{Message: "waiting for " + what, Pending: []string{key}}
	}
	return report.Part{Ready: true}
}
