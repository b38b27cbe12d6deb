package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// settle reads every item once more and compares its count with the writes that were acknowledged.
func (t *target) settle(ctx context.Context) error {
	for _, o := range t.world.owners {
		for _, it := range o.items {
			e := request("settle", "GET", it.path, http.StatusOK).with("Authorization", "Bearer "+t.multi).
				with(tenantField, o.id).with("Accept", jsonType)
			r := send(ctx, http.DefaultClient, t.doors[0].h1, e)
			var m metadata
			if err := json.Unmarshal(r.body, &m); err != nil || r.status != http.StatusOK {
				return fmt.Errorf("reading an item at the end: %v", r)
			}
			_, n, ok := count(m.Name)
			if !ok {
				t.add(unmadeWrite, "the name is %s", m.Name)
				continue
			}
			switch lost, extra := it.settle(n); {
			case n < it.acked.Load(), lost > 0:
				t.add(lostWrite, "%s stands at %d; %d was acknowledged, and %d in all", it.path, n, it.acked.Load(), it.wins)
			case extra > 0:
				t.add(unmadeWrite, "%s stands at %d; %d acknowledged, %d unknown", it.path, n, it.wins, it.unknown)
			}
		}
	}
	return nil
}
