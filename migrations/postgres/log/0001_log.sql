-- The log. `bytes` is the truth; the other columns are indexes over it, and can be
-- rebuilt from it. Text is ordered bytewise, as the format and SQLite order it.

CREATE TABLE log_entries (
    position        bigint PRIMARY KEY,
    bytes           bytea  NOT NULL,
    stream_kind     text   COLLATE "C" NOT NULL,
    stream_id       uuid   NOT NULL,
    version         bigint NOT NULL,
    event           text   COLLATE "C" NOT NULL,
    -- The platform is all zeros.
    owner           uuid   NOT NULL,
    owner_sequence  bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    command_id      uuid   NOT NULL,
    append_index    bigint NOT NULL,
    append_count    bigint NOT NULL,
    -- The first half of the hash: enough to find it, and half the index.
    idempotency     uuid,
    -- Digest of the detached body.
    body            bytea
);

-- Entries do not compress well enough to pay for trying.
ALTER TABLE log_entries ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE UNIQUE INDEX log_entries_stream ON log_entries (stream_id, version, stream_kind);
CREATE UNIQUE INDEX log_entries_owner ON log_entries (owner, owner_sequence);
CREATE UNIQUE INDEX log_entries_command ON log_entries (command_id) WHERE append_index = 0;
CREATE UNIQUE INDEX log_entries_idempotency ON log_entries (idempotency) WHERE idempotency IS NOT NULL;
-- What the log says of itself: read at every start, and few.
CREATE INDEX log_entries_self ON log_entries (position)
    WHERE stream_kind = 'log' AND event <> 'log.heads_committed';

-- One row. Whoever moves it writes the entries in the same transaction, so positions
-- are gapless and become visible in order.
CREATE TABLE log_head (
    id              smallint PRIMARY KEY CHECK (id = 1),
    position        bigint NOT NULL,
    hash            bytea  NOT NULL,
    recorded_at     bigint NOT NULL,
    -- The roots of the complete subtrees of the RFC 6962 tree, largest first.
    frontier        bytea  NOT NULL,
    -- Raised to make sure that a statement of unknown fate can no longer succeed.
    fence           bigint NOT NULL,
    -- Why no process may append; null when all may.
    stopped         text
) WITH (fillfactor = 20);

INSERT INTO log_head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, '', 0, NULL);

CREATE TABLE log_claims (
    scope           text   COLLATE "C" NOT NULL,
    name            bytea  NOT NULL,
    holder_kind     text   COLLATE "C" NOT NULL,
    holder_id       uuid   NOT NULL,
    PRIMARY KEY (scope, name)
);

CREATE TABLE log_blobs (
    digest          bytea PRIMARY KEY,
    bytes           bytea NOT NULL
);

CREATE TABLE log_bodies (
    digest          bytea PRIMARY KEY,
    bytes           bytea NOT NULL
);

CREATE TABLE log_checkpoints (
    size            bigint PRIMARY KEY,
    note            text   NOT NULL,
    -- The frontier one entry earlier: proves that the last entry is in the tree.
    peaks_before    bytea  NOT NULL
);
