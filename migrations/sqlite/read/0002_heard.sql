-- When each node was heard last, by whichever server: signs of life are no events.
CREATE TABLE read_heard (
    node            BLOB    PRIMARY KEY,
    heard_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
