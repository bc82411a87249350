-- Complete tiles of the Merkle tree (C2SP tlog-tiles), written once. They say only what
-- the entries say: one that is missing is computed from them.

CREATE TABLE log_tiles (
    level           INTEGER NOT NULL,
    -- Place in the level, from 0.
    place           INTEGER NOT NULL,
    -- Root over the hashes: one hash of the tile above.
    root            BLOB    NOT NULL,
    -- 256 hashes, one after the other.
    hashes          BLOB    NOT NULL,
    PRIMARY KEY (level, place)
) STRICT;
