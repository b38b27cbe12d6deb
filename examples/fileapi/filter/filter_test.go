package filter_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apiconventions/apiconventions/examples/fileapi/filter"
)

var accepted = []struct {
	filter, sql string
	args        []any
}{
	{"", "(NOT downloaded)", nil},
	{" \t", "(NOT downloaded)", nil},
	{"businessType eq 8000", "(NOT downloaded) AND (business_type = $2)", []any{int64(8000)}},
	{"BUSINESSTYPE EQ -1", "(NOT downloaded) AND (business_type = $2)", []any{int64(-1)}},
	{"status eq 'downloaded'", "downloaded", nil},
	{"status ne 'all'", "(NOT TRUE)", nil},
	{"status eq 'all' and (businessType eq 8003 or businessType eq 7101)",
		"(TRUE AND ((business_type = $2) OR (business_type = $3)))", []any{int64(8003), int64(7101)}},
	{"uploadDate gt 2022-02-15T16:42:30.000Z and uploadDate lt 2022-06-10T00:00:00+02:00",
		"(NOT downloaded) AND ((uploaded > $2) AND (uploaded < $3))", []any{
			time.Date(2022, 2, 15, 16, 42, 30, 0, time.UTC).UnixNano(),
			time.Date(2022, 6, 9, 22, 0, 0, 0, time.UTC).UnixNano()}},
	{"startsWith(FileName, 'employee_profile')",
		"(NOT downloaded) AND (substr(name, 1, length(CAST($2 AS TEXT))) = CAST($2 AS TEXT))", []any{"employee_profile"}},
	{"startsWith(FileName, 'x') eq false",
		"(NOT downloaded) AND (NOT (substr(name, 1, length(CAST($2 AS TEXT))) = CAST($2 AS TEXT)))", []any{"x"}},
	{"contains(FileName,'it''s') ne false", "(NOT downloaded) AND (instr(name, CAST($2 AS TEXT)) > 0)", []any{"it's"}},
	{"not not (fileName eq '''')", "(NOT downloaded) AND (NOT (NOT (name = $2)))", []any{"'"}},
	{"fileSize le 1 or fileSize ge 2 and fileId ne ''",
		"(NOT downloaded) AND ((size <= $2) OR ((size >= $3) AND (id <> $4)))", []any{int64(1), int64(2), ""}},
	{"fileName eq 'x; DROP TABLE files --'", "(NOT downloaded) AND (name = $2)", []any{"x; DROP TABLE files --"}},
}

var rejected = []struct {
	filter   string
	position int
}{
	{"x", 1},
	{"businessType", 13},
	{"businessType eq", 16},
	{"businessType eq '8000'", 17},
	{"businessType eq 99999999999999999999", 17},
	{"businessType = 8000", 14},
	{"businessType eq 8000 businessType", 22},
	{"businessType eq 8000 and", 25},
	{"(businessType eq 8000", 22},
	{"businessType eq 8000)", 21},
	{"businessType eq 1;DROP TABLE files", 17},
	{"fileName eq x", 13},
	{"fileName eq 'x", 13},
	{"'fileName' eq 'x'", 1},
	{"fileName 'eq' 'x'", 10},
	{"fileName eq 'üüü' or x", 22},
	{"status gt 'all'", 8},
	{"status eq 'new'", 11},
	{"status eq all", 11},
	{"uploadDate gt yesterday", 15},
	{"uploadDate gt 1066-10-14T00:00:00Z", 15},
	{"startsWith FileName", 12},
	{"startsWith(FileSize, 'x')", 12},
	{"startsWith(FileName 'x')", 21},
	{"startsWith(FileName, 'x'", 25},
	{"startsWith(FileName, 'x') eq 'false'", 30},
	{"startsWith(FileName, 'x') and", 30},
	{strings.Repeat("(", 60), 52},
	{strings.Repeat("not ", 60), 205},
	{strings.Repeat(" ", 5000), 1},
	{"fileName eq '\x00'", 1},
	{"fileName eq '\xff'", 1},
}

func TestAccepted(t *testing.T) {
	for _, test := range accepted {
		f, err := filter.Parse(test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		sql, args := f.SQL(filter.SQLite, []any{"tenant"})
		if sql != test.sql || !reflect.DeepEqual(args, append([]any{"tenant"}, test.args...)) {
			t.Errorf("%s\n got %s %v\nwant %s %v", test.filter, sql, args, test.sql, test.args)
		}
	}
}

func TestRejected(t *testing.T) {
	for _, test := range rejected {
		_, err := filter.Parse(test.filter)
		var e *filter.Error
		if !errors.As(err, &e) || e.Position != test.position {
			t.Errorf("%q: %v, want position %d", test.filter, err, test.position)
		}
	}
}

func TestOrder(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "uploaded",
		"uploadDate desc":                "uploaded DESC",
		"FILENAME ASC , filesize,status": "name, size, downloaded",
	} {
		o, err := filter.ParseOrder(text)
		if err != nil || o.SQL() != want {
			t.Errorf("%q: %q, %v, want %q", text, o.SQL(), err, want)
		}
	}
	for text, want := range map[string]int{"x": 1, "uploadDate down": 12, "uploadDate,": 12, "'fileName'": 1} {
		_, err := filter.ParseOrder(text)
		var e *filter.Error
		if !errors.As(err, &e) || e.Position != want {
			t.Errorf("%q: %v, want position %d", text, err, want)
		}
	}
}

// What a filter becomes is made of these words and of nothing that the filter brought.
var ours = regexp.MustCompile(`^(?:[() ,]|\$\d+|[<>=+-]+|[01]\b|\b(?:AND|OR|NOT|TRUE|CAST|AS|TEXT|substr|instr|length|` +
	`business_type|id|name|size|publisher|downloaded|uploaded)\b)*$`)

func FuzzParse(f *testing.F) {
	for _, test := range accepted {
		f.Add(test.filter)
	}
	for _, test := range rejected {
		f.Add(test.filter)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := filter.Parse(s)
		if err != nil {
			var e *filter.Error
			if !errors.As(err, &e) || e.Position < 1 || e.Position > utf8.RuneCountInString(s)+1 {
				t.Fatalf("%q: %#v", s, err)
			}
			return
		}
		sql, args := parsed.SQL(filter.SQLite, nil)
		if !ours.MatchString(sql) {
			t.Fatalf("%q became %s", s, sql)
		}
		for i := range args {
			if !strings.Contains(sql, fmt.Sprintf("$%d", i+1)) {
				t.Fatalf("%q: $%d is not in %s", s, i+1, sql)
			}
		}
	})
}
