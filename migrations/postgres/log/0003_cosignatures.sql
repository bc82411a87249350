-- What witnesses say of checkpoints: one line each, as it stands in the note. The first
-- that a witness gave of a checkpoint stays: it is the earliest.

CREATE TABLE log_cosignatures (
    size            bigint NOT NULL,
    -- The witness's key, as a vkey.
    witness         text   COLLATE "C" NOT NULL,
    line            text   NOT NULL,
    PRIMARY KEY (size, witness)
);
