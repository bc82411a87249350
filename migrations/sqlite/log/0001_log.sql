-- The log. `bytes` is the truth; the other columns are indexes over it, and can be
-- rebuilt from it. Text is ordered bytewise, which is SQLite's way.

CREATE TABLE log_entries (
    position        INTEGER PRIMARY KEY,
    bytes           BLOB    NOT NULL,
    stream_kind     TEXT    NOT NULL,
    stream_id       BLOB    NOT NULL,
    version         INTEGER NOT NULL,
    event           TEXT    NOT NULL,
    -- The platform is all zeros.
    owner           BLOB    NOT NULL,
    owner_sequence  INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    command_id      BLOB    NOT NULL,
    append_index    INTEGER NOT NULL,
    append_count    INTEGER NOT NULL,
    -- The first half of the hash: enough to find it, and half the index.
    idempotency     BLOB,
    -- Digest of the detached body.
    body            BLOB
) STRICT;

CREATE UNIQUE INDEX log_entries_stream ON log_entries (stream_id, version, stream_kind);
CREATE UNIQUE INDEX log_entries_owner ON log_entries (owner, owner_sequence);
CREATE UNIQUE INDEX log_entries_command ON log_entries (command_id) WHERE append_index = 0;
CREATE UNIQUE INDEX log_entries_idempotency ON log_entries (idempotency) WHERE idempotency IS NOT NULL;
-- What the log says of itself: read at every start, and few.
CREATE INDEX log_entries_self ON log_entries (position)
    WHERE stream_kind = 'log' AND event <> 'log.heads_committed';

-- One row. Whoever moves it writes the entries in the same transaction.
CREATE TABLE log_head (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    position        INTEGER NOT NULL,
    hash            BLOB    NOT NULL,
    recorded_at     INTEGER NOT NULL,
    -- The roots of the complete subtrees of the RFC 6962 tree, largest first.
    frontier        BLOB    NOT NULL,
    -- Raised to make sure that a transaction of unknown fate can no longer succeed.
    fence           INTEGER NOT NULL,
    -- Why no process may append; null when all may.
    stopped         TEXT
) STRICT;

INSERT INTO log_head VALUES (1, 0, zeroblob(32), 0, x'', 0, NULL);

CREATE TABLE log_claims (
    scope           TEXT NOT NULL,
    name            BLOB NOT NULL,
    holder_kind     TEXT NOT NULL,
    holder_id       BLOB NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_blobs (
    digest          BLOB PRIMARY KEY,
    bytes           BLOB NOT NULL
) STRICT;

CREATE TABLE log_bodies (
    digest          BLOB PRIMARY KEY,
    bytes           BLOB NOT NULL
) STRICT;

CREATE TABLE log_checkpoints (
    size            INTEGER PRIMARY KEY,
    note            TEXT NOT NULL,
    -- The frontier one entry earlier: proves that the last entry is in the tree.
    peaks_before    BLOB NOT NULL
) STRICT;
