package filter

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds keep a filter from costing the database more than a list is worth.
const (
	maxLength = 4096 // bytes
	maxDepth  = 50   // parentheses and nots inside each other
)

// Parse reads a filter. Nothing but blanks is the zero Filter. Every other failure is an *[Error].
//
//	filter     = and *( "or" and )
//	and        = term *( "and" term )
//	term       = "not" term | "(" filter ")" | function [ ("eq" | "ne") ("true" | "false") ] | comparison
//	function   = ("startsWith" | "endsWith" | "contains") "(" field "," text ")"
//	comparison = field ("eq" | "ne" | "gt" | "ge" | "lt" | "le") value
func Parse(s string) (Filter, error) {
	p, err := newParser(s)
	if err != nil {
		return Filter{}, err
	}
	if p.token.is("") {
		return Filter{}, nil
	}
	root, err := p.filter(0)
	if err == nil && !p.token.is("") {
		err = p.expected("and, or, or the end")
	}
	if err != nil {
		return Filter{}, err
	}
	return Filter{root}, nil
}

// ParseOrder reads fields, each with asc or desc or neither, separated by commas. Nothing but blanks is
// the zero Order. Every other failure is an *[Error].
func ParseOrder(s string) (Order, error) {
	p, err := newParser(s)
	if err != nil || p.token.is("") {
		return nil, err
	}
	var order Order
	for {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		c := column{name: f.column, desc: p.token.word("desc")}
		if c.desc || p.token.word("asc") {
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		order = append(order, c)
		if p.token.is("") {
			return order, nil
		}
		if err := p.accept(","); err != nil {
			return nil, err
		}
	}
}

// parser looks one token ahead.
type parser struct {
	lexer
	token token
}

func newParser(s string) (*parser, error) {
	if len(s) > maxLength {
		return nil, &Error{1, "longer than " + strconv.Itoa(maxLength) + " bytes"}
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, &Error{1, "no valid UTF-8 text"}
	}
	p := &parser{lexer: lexer{rest: s, position: 1}}
	return p, p.advance()
}

func (p *parser) advance() (err error) {
	p.token, err = p.next()
	return err
}

func (p *parser) expected(what string) error {
	return &Error{p.token.position, "expected " + what}
}

func (p *parser) accept(symbol string) error {
	if !p.token.is(symbol) {
		return p.expected(symbol)
	}
	return p.advance()
}

func (p *parser) filter(depth int) (node, error) {
	terms, err := p.list("or", func() (node, error) {
		terms, err := p.list("and", func() (node, error) { return p.term(depth) })
		return both(terms), err
	})
	return either(terms), err
}

// list reads one or more items with the word between them.
func (p *parser) list(word string, item func() (node, error)) ([]node, error) {
	var nodes []node
	for {
		n, err := item()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		if !p.token.word(word) {
			return nodes, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) term(depth int) (node, error) {
	if depth > maxDepth {
		return nil, &Error{p.token.position, "nested too deeply"}
	}
	switch {
	case p.token.word("not"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.term(depth + 1)
		return not{n}, err
	case p.token.is("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.filter(depth + 1)
		if err != nil {
			return nil, err
		}
		return n, p.accept(")")
	}
	if f, ok := functions[strings.ToLower(p.token.text)]; ok && !p.token.quoted {
		return p.call(f)
	}
	return p.comparison()
}

func (p *parser) call(function func(Dialect, string, string) string) (node, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.accept("("); err != nil {
		return nil, err
	}
	start := p.token
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	if f.kind != text {
		return nil, &Error{start.position, "expected a field that holds text"}
	}
	if err := p.accept(","); err != nil {
		return nil, err
	}
	v, err := p.value(text)
	if err != nil {
		return nil, err
	}
	if err := p.accept(")"); err != nil {
		return nil, err
	}
	return p.truth(call{function, f.column, v.(string)})
}

// truth reads the comparison with true or false that may follow a function.
func (p *parser) truth(n node) (node, error) {
	equal := p.token.word("eq")
	if !equal && !p.token.word("ne") {
		return n, nil
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.token.word("true") && !p.token.word("false") {
		return nil, p.expected("true or false")
	}
	if equal != p.token.word("true") {
		n = not{n}
	}
	return n, p.advance()
}

func (p *parser) comparison() (node, error) {
	f, err := p.field()
	if err != nil {
		return nil, err
	}
	operator := p.token
	symbol, ok := comparisons[strings.ToLower(operator.text)]
	switch {
	case !ok || operator.quoted:
		return nil, p.expected("eq, ne, gt, ge, lt or le")
	case f.kind == state && symbol != "=" && symbol != "<>":
		return nil, p.expected("eq or ne")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	v, err := p.value(f.kind)
	if err != nil {
		return nil, err
	}
	if f.kind != state {
		return comparison{f, symbol, v}, nil
	}
	if symbol == "<>" {
		return not{status{v.(string)}}, nil
	}
	return status{v.(string)}, nil
}

func (p *parser) field() (field, error) {
	f, ok := fields[strings.ToLower(p.token.text)]
	if !ok || p.token.quoted {
		return f, p.expected("a field")
	}
	return f, p.advance()
}

func (p *parser) value(k kind) (v any, err error) {
	t, ok := p.token, false
	switch k {
	case text:
		v, ok = t.text, t.quoted
	case state:
		s := strings.ToLower(t.text)
		v, ok = s, t.quoted && (s == "downloaded" || s == "notdownloaded" || s == "all")
	case number:
		n, err := strconv.ParseInt(t.text, 10, 64)
		v, ok = n, err == nil && !t.quoted
	case date:
		d, err := time.Parse(time.RFC3339Nano, t.text)
		// The years that a count of nanoseconds can hold.
		v, ok = d, err == nil && !t.quoted && d.Year() > 1677 && d.Year() < 2262
	}
	if !ok {
		return nil, p.expected(k.literal())
	}
	return v, p.advance()
}
