package main

import (
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// lookEvery is how often an instance looks for work.
const lookEvery = 5 * time.Second

// start begins what runs in the background: accepted uploads become files even if the instance that has
// accepted them is gone, and what uploads and files have left is swept.
func (s *service) start() {
	for _, work := range []func(store.Tenant){s.closeAccepted, s.sweep} {
		s.background.Go(func() { s.repeat(work) })
	}
}

// repeat does the work for each tenant, again and again until the service ends.
func (s *service) repeat(work func(store.Tenant)) {
	for {
		for id := range demoTenants() {
			work(s.store.Tenant(id))
		}
		select {
		case <-s.life.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// stop ends it and waits for its end.
func (s *service) stop() {
	s.end()
	s.background.Wait()
}

func (s *service) closeAccepted(files store.Tenant) {
	ids, err := files.Unfinished(s.life)
	if err != nil {
		s.log.Warn().Err(err).Msg("looking for accepted uploads; will look again")
	}
	for _, id := range ids {
		s.close(files, id)
	}
}

// close makes an accepted upload a file. That another does so, too, is no matter.
func (s *service) close(files store.Tenant, id store.ID) {
	if _, err := files.Close(s.life, id); err != nil {
		s.log.Warn().Err(err).Stringer("upload", id).Msg("closing an accepted upload; will try again")
	}
}

// sweep takes one short transaction after the other, so that requests get their turn.
func (s *service) sweep(files store.Tenant) {
	for more := true; more && s.life.Err() == nil; {
		var err error
		if more, err = files.Sweep(s.life); err != nil {
			s.log.Warn().Err(err).Msg("sweeping; will try again")
			return
		}
	}
}
