//! What crash tests are made of: a log's small world, a recorder outside of the process
//! that is killed, and a Postgres of one's own that can be killed too.

pub mod cluster;
pub mod lanes;
pub mod recorder;
pub mod server;
pub mod world;
