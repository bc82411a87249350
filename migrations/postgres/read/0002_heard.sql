-- When each node was heard last, by whichever server: signs of life are no events.
CREATE TABLE read_heard (
    node            uuid   PRIMARY KEY,
    heard_at        bigint NOT NULL
);
