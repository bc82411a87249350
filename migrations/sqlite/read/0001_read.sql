-- The read side. All of it can be thrown away: projections are built again from the
-- log, and answers and cursors are no authority. Text is ordered bytewise, which is
-- SQLite's way.

-- A row for each projection and version of it that is kept: how far it has come.
CREATE TABLE read_projections (
    name            TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    -- active: readers use it; building: it will be swapped in; retired: its rows go.
    stage           TEXT    NOT NULL CHECK (stage IN ('building', 'active', 'retired')),
    -- The last entry applied, and its hash; 0 and zeros before the first.
    position        INTEGER NOT NULL,
    hash            BLOB    NOT NULL,
    -- The server that moved it last.
    holder          BLOB,
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX read_projections_active ON read_projections (name) WHERE stage = 'active';

-- Streams with an entry that could not be applied: the rest of the stream is skipped.
CREATE TABLE read_parked (
    name            TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    stream_kind     TEXT    NOT NULL,
    stream_id       BLOB    NOT NULL,
    position        INTEGER NOT NULL,
    reason          TEXT    NOT NULL,
    PRIMARY KEY (name, version, stream_kind, stream_id)
) STRICT, WITHOUT ROWID;

-- The folded state of every stream.
CREATE TABLE read_resources (
    -- The version of the projection.
    build           INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    id              BLOB    NOT NULL,
    organization    BLOB,
    project         BLOB,
    parent          BLOB,
    name            TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    created_position INTEGER NOT NULL,
    last_position   INTEGER NOT NULL,
    -- MessagePack of the state.
    body            BLOB    NOT NULL,
    PRIMARY KEY (build, kind, id)
) STRICT;

CREATE INDEX read_resources_created ON read_resources (build, kind, created_position);
CREATE INDEX read_resources_name ON read_resources (build, kind, name, id);
CREATE INDEX read_resources_organization ON read_resources (build, kind, organization, created_position)
    WHERE organization IS NOT NULL;
CREATE INDEX read_resources_project ON read_resources (build, kind, project, created_position)
    WHERE project IS NOT NULL;
CREATE INDEX read_resources_parent ON read_resources (build, kind, parent, created_position)
    WHERE parent IS NOT NULL;

-- Answers to requests that left no event, for their idempotency keys.
CREATE TABLE read_answers (
    idempotency     BLOB    PRIMARY KEY,
    request         BLOB    NOT NULL,
    answer          BLOB    NOT NULL,
    expires_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX read_answers_expiry ON read_answers (expires_at);

-- Where consumers of the log stand that keep no rows here.
CREATE TABLE read_cursors (
    name            TEXT    PRIMARY KEY,
    position        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
