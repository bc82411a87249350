-- The audit trail: a row for each append, and in it for each owner that has entries there.
CREATE TABLE read_audit (
    -- The version of the projection.
    build           INTEGER NOT NULL,
    -- The first of the owner's entries in the append.
    position        INTEGER NOT NULL,
    -- The first entry of the append.
    append          INTEGER NOT NULL,
    -- Zeros are the platform.
    owner           BLOB    NOT NULL,
    -- 1 in the one row of an append that a search of the whole log shows.
    leads           INTEGER NOT NULL,
    recorded_at     INTEGER NOT NULL,
    action          TEXT    NOT NULL,
    actor_kind      TEXT    NOT NULL,
    actor_id        BLOB,
    trace           BLOB    NOT NULL,
    -- The entry that led to it.
    cause           INTEGER,
    result          TEXT    NOT NULL CHECK (result IN ('success', 'denied')),
    -- MessagePack of the rest.
    body            BLOB    NOT NULL,
    PRIMARY KEY (build, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_audit_owner ON read_audit (build, owner, position);
CREATE INDEX read_audit_time ON read_audit (build, recorded_at, position);
CREATE INDEX read_audit_actor ON read_audit (build, actor_id, position);
CREATE INDEX read_audit_action ON read_audit (build, action, position);
CREATE INDEX read_audit_trace ON read_audit (build, trace, position);
CREATE INDEX read_audit_cause ON read_audit (build, cause) WHERE cause IS NOT NULL;
CREATE INDEX read_audit_denied ON read_audit (build, position) WHERE result = 'denied';

-- What each of its rows is about.
CREATE TABLE read_audit_targets (
    build           INTEGER NOT NULL,
    -- Zeros where only the kind is known.
    id              BLOB    NOT NULL,
    kind            TEXT    NOT NULL,
    position        INTEGER NOT NULL,
    PRIMARY KEY (build, id, kind, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_audit_targets_position ON read_audit_targets (build, position, kind);
