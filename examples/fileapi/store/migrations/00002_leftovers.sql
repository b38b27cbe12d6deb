-- +goose Up
-- Files and uploads that may have pieces which no chunk names. They are removed a few at a time, because a
-- transaction that removes gigabytes keeps every other writer waiting.
CREATE TABLE leftovers (
	tenant TEXT NOT NULL,
	file   TEXT NOT NULL,
	PRIMARY KEY (tenant, file)
);

-- +goose Down
DROP TABLE leftovers;
