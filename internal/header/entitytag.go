package header

// AnyTag reports whether is returns true for an element of a list of entity tags, as
// If-Match and If-None-Match are. It is called with each element, without the white
// space around it, until it does; the element may be empty.
//
// Elements end at a comma outside of quotes. A backslash escapes nothing in a tag (RFC
// 9110 §8.8.3), other than in the lists of [Elements]. All values are one list
// (§5.3). A quote that is not closed reaches to the end of its value.
func AnyTag(values []string, is func(element string) bool) bool {
	for _, value := range values {
		for value != "" {
			var element string
			if element, value = cutTag(value); is(element) {
				return true
			}
		}
	}
	return false
}

// cutTag returns the first element of a list of entity tags, and what follows it.
func cutTag(value string) (element, rest string) {
	quoted := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return Trim(value[:i]), value[i+1:]
		}
	}
	return Trim(value), ""
}
