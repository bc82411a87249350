//! The write side: every mutation is a command that goes through [`Engine::execute`],
//! which authenticates scope, authorizes, decides and appends. Nothing else writes.
//!
//! What it needs from above it declares as traits: [`Effects`] (time, randomness, keys)
//! and [`Answers`] (kept refusals). `api` wires them.

pub mod actor;
pub mod authorization;
pub mod declarations;
pub mod effects;
mod engine;
pub mod handlers;
pub mod refusal;
mod secret;

pub use actor::{Actor, Principal};
pub use authorization::{AccessRules, Action, Scope};
pub use effects::{Answers, Effects, KeptAnswer};
pub use engine::{Answer, Command, Context, Engine, Idempotency, Unit, membership_id};
pub use refusal::{FieldError, Refusal};
