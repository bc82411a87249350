-- The version of the webhook when its next attempt was put off: a change of the webhook
-- ends the wait.
ALTER TABLE read_webhooks ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- `due` is a time from here on: 0 where a dead letter is not to be sent, else when it is.
-- Whoever sends it puts that off, so that another server does if it ends meanwhile.
DROP INDEX read_dead_letters_due;
CREATE INDEX read_dead_letters_due ON read_dead_letters (due, webhook, sequence) WHERE due > 0;

-- Searches for the kind of an actor alone.
CREATE INDEX read_audit_actor_kind ON read_audit (build, actor_kind, position);
