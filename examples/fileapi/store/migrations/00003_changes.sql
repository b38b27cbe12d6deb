-- +goose Up
-- What a client has changed under a key, so that it can repeat a request whose response was lost. A row is
-- written in the transaction that makes the change, and is there as long as the key can be repeated.
CREATE TABLE changes (
	tenant      TEXT   NOT NULL,
	key         TEXT   NOT NULL,
	fingerprint TEXT   NOT NULL, -- of what the client sent
	file        TEXT   NOT NULL,
	version     BIGINT NOT NULL, -- that the change has made; 0 = the file is removed, or not there yet
	made        BIGINT NOT NULL,
	PRIMARY KEY (tenant, key)
);
CREATE INDEX changes_by_age ON changes (tenant, made);

-- +goose Down
DROP TABLE changes;
