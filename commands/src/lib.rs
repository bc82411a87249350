//! The write side: every mutation is a command that goes through [`Engine::execute`],
//! which authenticates scope, authorizes, decides and appends. Nothing else writes.
//!
//! What it needs from above it declares as traits: [`Effects`] (time, randomness, keys),
//! [`Answers`] (kept refusals), [`Facts`] (look-ups about sets), [`registry::Registry`] and
//! [`policies::Cursors`]. `api` wires them.

pub mod actor;
pub mod audit;
pub mod authorization;
pub mod declarations;
pub mod effects;
mod engine;
pub mod facts;
pub mod handlers;
mod launch_values;
pub mod policies;
pub mod refusal;
pub mod registry;
mod secret;

pub use actor::{Actor, Principal};
pub use authorization::{AccessRules, Action, Scope};
pub use effects::{Answers, Effects, KeptAnswer, WebhookKey};
pub use engine::{Answer, Command, Context, Engine, Idempotency, KeyChange, Past, Trial, Unit, membership_id};
pub use facts::{Fact, Facts, FactsPage};
pub use refusal::{FieldError, Refusal};
