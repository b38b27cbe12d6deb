// Package filter reads the two small languages in which clients ask for a part of a list:
//
//	$filter   status eq 'all' and (businessType eq 8003 or startsWith(FileName, 'x') eq false)
//	$orderBy  uploadDate desc, fileName
//
// and turns them into SQL whose every value is a parameter. Names of fields and functions may be spelled
// in any letter case; text is compared as it is.
package filter

import (
	"fmt"
	"strings"
	"time"
)

// Dialect is what SQLite and PostgreSQL spell differently: the function that answers where, from 1 on,
// its second argument begins in its first.
type Dialect string

const (
	SQLite   Dialect = "instr"
	Postgres Dialect = "strpos"
)

// Filter is a condition on the files of a list. The zero value is what applies where a client sends none:
// the files that have not been downloaded yet.
type Filter struct {
	root node
}

// SQL appends the filter's values to args, which may hold others already, and returns the condition with
// $n for each. Its columns are those of the table files, and the boolean downloaded.
func (f Filter) SQL(d Dialect, args []any) (string, []any) {
	if f.root == nil {
		return pending.sql(&writer{}), args
	}
	w := writer{dialect: d, args: args}
	s := f.root.sql(&w)
	if !w.status {
		s = pending.sql(&w) + " AND " + s
	}
	return s, w.args
}

// pending is the condition that a filter which does not speak of the status is given.
var pending = status{"notdownloaded"}

// Order is a list of columns. The zero value is the oldest first.
type Order []column

type column struct {
	name string
	desc bool
}

// SQL returns what follows ORDER BY.
func (o Order) SQL() string {
	if len(o) == 0 {
		return "uploaded"
	}
	var s []string
	for _, c := range o {
		if c.desc {
			c.name += " DESC"
		}
		s = append(s, c.name)
	}
	return strings.Join(s, ", ")
}

// Error says where a text stops being a filter or an order, and what is wrong there. It repeats nothing
// of the text.
type Error struct {
	Position int // in characters, from 1
	Detail   string
}

func (e *Error) Error() string { return fmt.Sprintf("position %d: %s", e.Position, e.Detail) }

type kind int

const (
	number kind = iota
	text
	date
	state
)

// literal is what the messages call a value of the kind.
func (k kind) literal() string {
	return [...]string{"a whole number", "a text in quotes", "a date such as 2022-02-15T16:42:30Z",
		"'downloaded', 'notDownloaded' or 'all'"}[k]
}

type field struct {
	column string
	kind   kind
}

var fields = map[string]field{
	"businesstype": {"business_type", number},
	"fileid":       {"id", text},
	"filename":     {"name", text},
	"filesize":     {"size", number},
	"publisherid":  {"publisher", text},
	"status":       {"downloaded", state},
	"uploaddate":   {"uploaded", date},
}

var comparisons = map[string]string{"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}

// functions of a text field and a text. The texts are cut, not matched by LIKE, which would need escapes
// and ignores letter case in one database only.
var functions = map[string]func(d Dialect, column, value string) string{
	"startswith": func(_ Dialect, c, v string) string { return "substr(" + c + ", 1, length(" + v + ")) = " + v },
	"endswith": func(_ Dialect, c, v string) string {
		return "substr(" + c + ", length(" + c + ") - length(" + v + ") + 1) = " + v
	},
	"contains": func(d Dialect, c, v string) string { return string(d) + "(" + c + ", " + v + ") > 0" },
}

type writer struct {
	dialect Dialect
	args    []any
	status  bool // the filter speaks of the status
}

func (w *writer) value(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

// node is a condition; sql writes it so that it can stand beside AND.
type node interface{ sql(*writer) string }

type (
	either     []node
	both       []node
	not        struct{ node }
	comparison struct {
		field
		operator string
		value    any
	}
	call struct {
		function func(Dialect, string, string) string
		column   string
		value    string
	}
	status struct{ value string }
)

func (n either) sql(w *writer) string { return join(n, " OR ", w) }
func (n both) sql(w *writer) string   { return join(n, " AND ", w) }

func join(nodes []node, word string, w *writer) string {
	if len(nodes) == 1 {
		return nodes[0].sql(w)
	}
	s := make([]string, len(nodes))
	for i, n := range nodes {
		s[i] = n.sql(w)
	}
	return "(" + strings.Join(s, word) + ")"
}

func (n not) sql(w *writer) string { return "(NOT " + n.node.sql(w) + ")" }

func (n comparison) sql(w *writer) string {
	v := n.value
	if t, ok := v.(time.Time); ok {
		v = t.UnixNano()
	}
	return "(" + n.column + " " + n.operator + " " + w.value(v) + ")"
}

func (n call) sql(w *writer) string {
	// length() takes more than text in PostgreSQL, which therefore has to be told.
	return "(" + n.function(w.dialect, n.column, "CAST("+w.value(n.value)+" AS TEXT)") + ")"
}

func (n status) sql(w *writer) string {
	w.status = true
	switch n.value {
	case "downloaded":
		return "downloaded"
	case "notdownloaded":
		return "(NOT downloaded)"
	default:
		return "TRUE"
	}
}
