package cli

import "github.com/novasphere/function-wukong/internal/message"

// Why a call is wrong.
var (
	msgNoCommand  = message.New(message.Report, "cli-no-command", "there is no command {value}")
	msgNoFlag     = message.New(message.Report, "cli-no-flag", "there is no flag {value}")
	msgNoValue    = message.New(message.Report, "cli-no-value", "{value} takes a value: {value}")
	msgWrongValue = message.New(message.Report, "cli-wrong-value", "{value} is no value of {value}: it takes {value}")
	msgArgument   = message.New(message.Report, "cli-argument", "the argument {value} is one too many")
	msgExclusive  = message.New(message.Report, "cli-exclusive", "{value} and {value} exclude each other: give one of both")
	msgTwoFiles   = message.New(message.Report, "cli-two-files",
		"a plan takes two files or folders, the old one and the new one: name both, or compare with --from or --observed")
	msgNoFile = message.New(message.Report, "cli-no-file", "there is no file to read: name one, or - for the standard input")
)

// What to do about it.
var (
	msgDidYouMean = message.New(message.Report, "cli-did-you-mean", "did you mean {value}?")
	msgSeeHelp    = message.New(message.Report, "cli-see-help", "run '{value} --help'")
)
