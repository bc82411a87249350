-- The audit trail: a row for each append, and in it for each owner that has entries there.
CREATE TABLE read_audit (
    -- The version of the projection.
    build           bigint NOT NULL,
    -- The first of the owner's entries in the append.
    position        bigint NOT NULL,
    -- The first entry of the append.
    append          bigint NOT NULL,
    -- Zeros are the platform.
    owner           uuid   NOT NULL,
    -- 1 in the one row of an append that a search of the whole log shows.
    leads           bigint NOT NULL,
    recorded_at     bigint NOT NULL,
    action          text   COLLATE "C" NOT NULL,
    actor_kind      text   COLLATE "C" NOT NULL,
    actor_id        uuid,
    trace           uuid   NOT NULL,
    -- The entry that led to it.
    cause           bigint,
    result          text   COLLATE "C" NOT NULL CHECK (result IN ('success', 'denied')),
    -- MessagePack of the rest.
    body            bytea  NOT NULL,
    PRIMARY KEY (build, position)
);

CREATE INDEX read_audit_owner ON read_audit (build, owner, position);
CREATE INDEX read_audit_time ON read_audit (build, recorded_at, position);
CREATE INDEX read_audit_actor ON read_audit (build, actor_id, position);
CREATE INDEX read_audit_action ON read_audit (build, action, position);
CREATE INDEX read_audit_trace ON read_audit (build, trace, position);
CREATE INDEX read_audit_cause ON read_audit (build, cause) WHERE cause IS NOT NULL;
CREATE INDEX read_audit_denied ON read_audit (build, position) WHERE result = 'denied';

-- What each of its rows is about.
CREATE TABLE read_audit_targets (
    build           bigint NOT NULL,
    -- Zeros where only the kind is known.
    id              uuid   NOT NULL,
    kind            text   COLLATE "C" NOT NULL,
    position        bigint NOT NULL,
    PRIMARY KEY (build, id, kind, position)
);

CREATE INDEX read_audit_targets_position ON read_audit_targets (build, position, kind);
