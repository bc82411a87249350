//! The log outward: public events for server-sent events, and later JetStream, webhooks and the archive.
