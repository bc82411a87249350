//! What clients see of resources and send to change them. These shapes are the contract:
//! they are not the domain's states, which may change behind them.
//!
//! Bodies refuse unknown fields. Ids are the domain's own; [`vocabulary`] tells the
//! document how they and the closed sets of words look.

pub mod allocation;
pub mod app;
pub mod app_instance;
pub mod app_version;
pub mod artifact;
pub mod audit;
pub mod dry_run;
pub mod enrollment;
pub mod entitlement;
pub mod event;
pub mod evidence;
pub mod explanation;
pub mod invoice;
pub mod ledger;
pub mod log;
pub mod log_keys;
pub mod membership;
pub mod node;
pub mod node_task;
pub mod organization;
pub mod period;
pub mod price_book;
pub mod project;
pub mod service_account;
pub mod shape;
pub mod sku;
pub mod status;
pub mod token;
pub mod usage;
pub mod usage_unit;
pub mod user;
pub mod vocabulary;
pub mod webhook;
pub mod workload;
