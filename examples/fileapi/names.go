package main

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const maxName = 255 // bytes, what file systems take

// executables are the endings of what a subscriber's system might run when someone opens it.
var executables = strings.Fields(`.app .bat .cmd .com .cpl .dll .exe .hta .htm .html .jar .js .jse .lnk .msc
	.msi .pif .ps1 .psm1 .reg .scr .sh .svg .vbe .vbs .wsf .wsh .xhtml`)

// checkName says what is wrong with a file's name.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("must not be empty")
	case len(name) > maxName:
		return fmt.Errorf("must not be longer than %d bytes", maxName)
	case strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.(),$+`=' ", r)
	}):
		return errors.New("must consist of letters, digits, blanks and -_.(),$+`='")
	case strings.Trim(name, " ") != name, strings.HasSuffix(name, "."):
		return errors.New("must not begin with a blank, nor end with a blank or a dot")
	case slices.Contains(executables, strings.ToLower(path.Ext(name))):
		return errors.New("must not have the ending of an executable file")
	}
	return nil
}

// businessType is sent as a number or as a text of digits. Whatever else is sent is 0.
type businessType int64

func (b *businessType) UnmarshalJSON(text []byte) error {
	n, _ := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 32)
	*b = businessType(n)
	return nil
}

// check says what is wrong with a business type.
func (b businessType) check() error {
	if b <= 0 {
		return errors.New("must be a positive whole number")
	}
	return nil
}
