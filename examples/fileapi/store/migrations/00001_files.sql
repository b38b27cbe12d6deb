-- +goose Up
-- One schema for both databases: SQLite takes every type name, and keeps a blob in a BYTEA column a blob.
-- Points in time are nanoseconds since 1970. Every table but settings begins its key with the tenant.

CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value BYTEA NOT NULL
);

CREATE TABLE files (
	tenant        TEXT   NOT NULL,
	id            TEXT   NOT NULL,
	version       BIGINT NOT NULL,
	name          TEXT   NOT NULL,
	business_type BIGINT NOT NULL,
	publisher     TEXT   NOT NULL,
	size          BIGINT NOT NULL,
	chunks        BIGINT NOT NULL,
	uploaded      BIGINT NOT NULL,
	PRIMARY KEY (tenant, id)
);
CREATE INDEX files_by_date ON files (tenant, uploaded);

-- A file on its way: what will be its row in files once it is closed. Its id is the upload token.
CREATE TABLE uploads (
	tenant        TEXT   NOT NULL,
	id            TEXT   NOT NULL,
	name          TEXT   NOT NULL,
	business_type BIGINT NOT NULL,
	publisher     TEXT   NOT NULL,
	state         TEXT   NOT NULL, -- open, accepted, closed
	expires       BIGINT NOT NULL,
	PRIMARY KEY (tenant, id)
);
CREATE INDEX uploads_by_expiry ON uploads (tenant, expires);

-- The blob that counts at a position. A chunk that is sent again gets another blob.
CREATE TABLE chunks (
	tenant   TEXT   NOT NULL,
	file     TEXT   NOT NULL,
	position BIGINT NOT NULL,
	blob     TEXT   NOT NULL,
	size     BIGINT NOT NULL,
	PRIMARY KEY (tenant, file, position)
);

CREATE TABLE pieces (
	tenant TEXT   NOT NULL,
	file   TEXT   NOT NULL,
	blob   TEXT   NOT NULL,
	seq    BIGINT NOT NULL,
	bytes  BYTEA  NOT NULL,
	PRIMARY KEY (tenant, file, blob, seq)
);

CREATE TABLE downloads (
	tenant     TEXT NOT NULL,
	file       TEXT NOT NULL,
	subscriber TEXT NOT NULL,
	PRIMARY KEY (tenant, file, subscriber)
);

-- +goose Down
DROP TABLE downloads;
DROP TABLE pieces;
DROP TABLE chunks;
DROP TABLE uploads;
DROP TABLE files;
DROP TABLE settings;
