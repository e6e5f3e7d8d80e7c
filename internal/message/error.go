package message

// An errorMessage is an error whose text is a message.
type errorMessage struct {
	text  string
	cause error
}

// Err returns an error with the sentence that With returns. It unwraps to the last value that is an error, if any.
func (m Message) Err(values ...any) error {
	out := errorMessage{text: m.With(values...)}
	for _, v := range values {
		if err, ok := v.(error); ok {
			out.cause = err
		}
	}
	return out
}

// Error returns the sentence.
func (e errorMessage) Error() string { return e.text }

// Unwrap returns the cause; nil if there is none.
func (e errorMessage) Unwrap() error { return e.cause }
