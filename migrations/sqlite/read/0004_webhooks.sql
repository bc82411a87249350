-- How far each webhook has come. Not authority: where a row is lost, its webhook begins
-- again where it was created or was last replayed from, and sends again.
CREATE TABLE read_webhooks (
    webhook         BLOB    PRIMARY KEY,
    -- Owner sequence of the last event that is done with.
    cursor          INTEGER NOT NULL,
    -- Replays of the webhook that were begun.
    replays         INTEGER NOT NULL,
    -- Failed attempts at the next event, and when the next one is due.
    attempts        INTEGER NOT NULL,
    next_at         INTEGER NOT NULL,
    -- 1 from a dead letter on, until something is delivered.
    suspect         INTEGER NOT NULL,
    -- What the last failed attempt came to; empty after a delivery.
    failure         TEXT    NOT NULL,
    -- When something was last delivered; 0: never.
    delivered_at    INTEGER NOT NULL,
    -- The server that sends, and until when no other one does.
    holder          BLOB,
    held_until      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events that were given up.
CREATE TABLE read_dead_letters (
    webhook         BLOB    NOT NULL,
    sequence        INTEGER NOT NULL,
    event           TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    failure         TEXT    NOT NULL,
    failed_at       INTEGER NOT NULL,
    -- 1: to be sent once more.
    due             INTEGER NOT NULL,
    PRIMARY KEY (webhook, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_dead_letters_due ON read_dead_letters (webhook, sequence) WHERE due = 1;
