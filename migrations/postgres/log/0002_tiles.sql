-- Complete tiles of the Merkle tree (C2SP tlog-tiles), written once. They say only what
-- the entries say: one that is missing is computed from them.

CREATE TABLE log_tiles (
    level           smallint NOT NULL,
    -- Place in the level, from 0.
    place           bigint   NOT NULL,
    -- Root over the hashes: one hash of the tile above.
    root            bytea    NOT NULL,
    -- 256 hashes, one after the other.
    hashes          bytea    NOT NULL,
    PRIMARY KEY (level, place)
);

-- Hashes do not compress.
ALTER TABLE log_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
