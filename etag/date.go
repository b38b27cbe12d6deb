package etag

import (
	"strings"
	"time"
)

// parseDate reads an HTTP-date in its three forms (RFC 9110 §5.6.7), letter by
// letter: the names are case-sensitive, and nothing may stand around them. It
// takes what http.ParseTime takes of these, and a leap second, which that one does
// not; and it never allocates: that one makes an error of each form that does
// not fit.
func parseDate(s string) (t time.Time, ok bool) {
	comma := strings.IndexByte(s[:min(len(s), len("Wednesday,"))], ',')
	switch {
	case comma == len("Sun") && len(s) == len("Sun, 06 Nov 1994 08:49:37 GMT"): // IMF-fixdate
		if !dayName(s[:3], 3) || s[4] != ' ' || s[7] != ' ' || s[11] != ' ' || s[16] != ' ' || s[25:] != " GMT" {
			return t, false
		}
		return date(number(s[12:16]), s[8:11], number(s[5:7]), s[17:25])
	case comma > 0 && len(s) == comma+len(", 06-Nov-94 08:49:37 GMT"): // rfc850-date
		day, d := s[:comma], s[comma:]
		if !dayName(day, 0) || d[1] != ' ' || d[4] != '-' || d[8] != '-' || d[11] != ' ' || d[20:] != " GMT" {
			return t, false
		}
		year := number(d[9:11])
		if year < 0 {
			return t, false
		}
		return shortYear(year, func(year int64) (time.Time, bool) {
			return date(year, d[5:8], number(d[2:4]), d[12:20])
		})
	case comma < 0 && len(s) == len("Sun Nov  6 08:49:37 1994"): // asctime-date
		if !dayName(s[:3], 3) || s[3] != ' ' || s[7] != ' ' || s[10] != ' ' || s[19] != ' ' {
			return t, false
		}
		day := s[8:10]
		if day[0] == ' ' {
			day = day[1:]
		}
		return date(number(s[20:24]), s[4:7], number(day), s[11:19])
	}
	return t, false
}

// shortYear finds the century of a year of two digits: a date that appears to
// be more than 50 years ahead is of the most recent year with these digits
// (RFC 9110 §5.6.7).
func shortYear(year int64, on func(year int64) (time.Time, bool)) (time.Time, bool) {
	now := time.Now()
	year += int64(now.Year()+50) / 100 * 100
	t, ok := on(year)
	if ok && t.After(now.AddDate(50, 0, 0)) {
		return on(year - 100)
	}
	return t, ok
}

const (
	dayNames   = "Sunday    Monday    Tuesday   Wednesday Thursday  Friday    Saturday  "
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// dayName reports whether s is a day's name, of which only the first letters
// count if there is a number of them.
func dayName(s string, letters int) bool {
	for names := dayNames; names != ""; names = names[10:] {
		name := names[:10]
		if letters == 0 {
			name = strings.TrimRight(name, " ")
		} else {
			name = name[:letters]
		}
		if s == name {
			return true
		}
	}
	return false
}

// date puts a date together. A negative number is one that could not be read.
func date(year int64, month string, day int64, clock string) (t time.Time, ok bool) {
	m := strings.Index(monthNames, month)
	hour, minute, second := number(clock[0:2]), number(clock[3:5]), number(clock[6:8])
	if m < 0 || m%3 != 0 || clock[2] != ':' || clock[5] != ':' || year < 0 || day < 1 ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return t, false
	}
	leap := time.Duration(0)
	if second == 60 { // a leap second is the last one of a day, and time.Time knows none
		if hour != 23 || minute != 59 {
			return t, false
		}
		second, leap = 59, time.Second
	}
	t = time.Date(int(year), time.Month(m/3+1), int(day), int(hour), int(minute), int(second), 0, time.UTC)
	return t.Add(leap), int64(t.Day()) == day
}
