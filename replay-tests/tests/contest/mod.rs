//! Many allocations compete for few slots, through two servers on one log; who got what is
//! judged by somebody else, from the export alone.

mod catalog;
mod client;
mod end_to_end_on_postgres;
mod server;
mod side;

pub(crate) use server::Database;
