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

// devices are no files on Windows, whatever their ending.
var devices = strings.Fields(`CON PRN AUX NUL CONIN$ CONOUT$
	COM0 COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 LPT0 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 LPT8 LPT9`)

// checkName says what is wrong with a file's name.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("must not be empty")
	case len(name) > maxName:
		return fmt.Errorf("must not be longer than %d bytes", maxName)
	case !wellFormed(name):
		return errors.New("must consist of letters, digits, blanks and -_.(),$+`='")
	case strings.Trim(name, " ") != name, strings.HasSuffix(name, "."):
		return errors.New("must not begin with a blank, nor end with a blank or a dot")
	case slices.Contains(executables, strings.ToLower(path.Ext(name))):
		return errors.New("must not have the ending of an executable file")
	case slices.Contains(devices, strings.ToUpper(stem(name))):
		return errors.New("must not be the name of a device")
	}
	return nil
}

// wellFormed reports whether a name consists of what one can see and type. An accent, or a vowel sign as in
// Hindi and Thai, is a character of its own; it belongs to the letter or digit before it.
func wellFormed(name string) bool {
	carries := false // what comes next may be a mark
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector): // invisible
			return false
		case unicode.IsLetter(r), unicode.IsDigit(r):
			carries = true
		case unicode.In(r, unicode.Mn, unicode.Mc):
			if !carries {
				return false
			}
		case strings.ContainsRune("-_.(),$+`=' ", r):
			carries = false
		default:
			return false
		}
	}
	return true
}

// stem is what Windows looks at when it looks for a device: whatever precedes the first dot, and a blank
// before it.
func stem(name string) string {
	s, _, _ := strings.Cut(name, ".")
	return strings.TrimRight(s, " ")
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
