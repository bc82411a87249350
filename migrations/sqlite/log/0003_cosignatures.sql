-- What witnesses say of checkpoints: one line each, as it stands in the note. The first
-- that a witness gave of a checkpoint stays: it is the earliest.

CREATE TABLE log_cosignatures (
    size            INTEGER NOT NULL,
    -- The witness's key, as a vkey.
    witness         TEXT    NOT NULL,
    line            TEXT    NOT NULL,
    PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;
