-- How far each webhook has come. Not authority: where a row is lost, its webhook begins
-- again where it was created or was last replayed from, and sends again.
CREATE TABLE read_webhooks (
    webhook         uuid   PRIMARY KEY,
    -- Owner sequence of the last event that is done with.
    cursor          bigint NOT NULL,
    -- Replays of the webhook that were begun.
    replays         bigint NOT NULL,
    -- Failed attempts at the next event, and when the next one is due.
    attempts        bigint NOT NULL,
    next_at         bigint NOT NULL,
    -- 1 from a dead letter on, until something is delivered.
    suspect         bigint NOT NULL,
    -- What the last failed attempt came to; empty after a delivery.
    failure         text   NOT NULL,
    -- When something was last delivered; 0: never.
    delivered_at    bigint NOT NULL,
    -- The server that sends, and until when no other one does.
    holder          uuid,
    held_until      bigint NOT NULL
);

-- Events that were given up.
CREATE TABLE read_dead_letters (
    webhook         uuid   NOT NULL,
    sequence        bigint NOT NULL,
    event           text   NOT NULL,
    attempts        bigint NOT NULL,
    failure         text   NOT NULL,
    failed_at       bigint NOT NULL,
    -- 1: to be sent once more.
    due             bigint NOT NULL,
    PRIMARY KEY (webhook, sequence)
);

CREATE INDEX read_dead_letters_due ON read_dead_letters (webhook, sequence) WHERE due = 1;
