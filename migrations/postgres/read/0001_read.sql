-- The read side. All of it can be thrown away: projections are built again from the
-- log, and answers and cursors are no authority. Text is ordered bytewise, as SQLite
-- orders it.

-- A row for each projection and version of it that is kept: how far it has come.
CREATE TABLE read_projections (
    name            text   COLLATE "C" NOT NULL,
    version         bigint NOT NULL,
    -- active: readers use it; building: it will be swapped in; retired: its rows go.
    stage           text   COLLATE "C" NOT NULL CHECK (stage IN ('building', 'active', 'retired')),
    -- The last entry applied, and its hash; 0 and zeros before the first.
    position        bigint NOT NULL,
    hash            bytea  NOT NULL,
    -- The server that moved it last.
    holder          uuid,
    PRIMARY KEY (name, version)
) WITH (fillfactor = 20);

CREATE UNIQUE INDEX read_projections_active ON read_projections (name) WHERE stage = 'active';

-- Streams with an entry that could not be applied: the rest of the stream is skipped.
CREATE TABLE read_parked (
    name            text   COLLATE "C" NOT NULL,
    version         bigint NOT NULL,
    stream_kind     text   COLLATE "C" NOT NULL,
    stream_id       uuid   NOT NULL,
    position        bigint NOT NULL,
    reason          text   NOT NULL,
    PRIMARY KEY (name, version, stream_kind, stream_id)
);

-- The folded state of every stream.
CREATE TABLE read_resources (
    -- The version of the projection.
    build           bigint NOT NULL,
    kind            text   COLLATE "C" NOT NULL,
    id              uuid   NOT NULL,
    organization    uuid,
    project         uuid,
    parent          uuid,
    name            text   COLLATE "C" NOT NULL,
    status          text   COLLATE "C" NOT NULL,
    version         bigint NOT NULL,
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL,
    created_position bigint NOT NULL,
    last_position   bigint NOT NULL,
    -- MessagePack of the state.
    body            bytea  NOT NULL,
    PRIMARY KEY (build, kind, id)
);

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
    idempotency     bytea  PRIMARY KEY,
    request         bytea  NOT NULL,
    answer          bytea  NOT NULL,
    expires_at      bigint NOT NULL
);

CREATE INDEX read_answers_expiry ON read_answers (expires_at);

-- Where consumers of the log stand that keep no rows here.
CREATE TABLE read_cursors (
    name            text   COLLATE "C" PRIMARY KEY,
    position        bigint NOT NULL
) WITH (fillfactor = 20);
