//! What the rows of each kind are found by.

mod catalog;
mod evidence;
mod fleet;
mod money;
mod tenants;
mod workloads;

use gpuaas_domain::AnyState;
use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId as _};
use uuid::Uuid;

/// The index columns of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// Whose it is, or which one it is limited to.
    pub(super) organization: Option<Uuid>,
    /// The project that it is in.
    pub(super) project: Option<Uuid>,
    /// The resource that it hangs on, where that is neither of these.
    pub(super) parent: Option<Uuid>,
    /// What lists are sorted by; empty where the name is sealed or there is none.
    pub(super) name: String,
    /// The word for the state.
    pub(super) status: &'static str,
}

impl Columns {
    /// The columns of a state; `None` if it is absent. `owner` is the stream's.
    pub(super) fn of(id: Uuid, owner: Option<Uuid>, state: &AnyState) -> Option<Self> {
        match state {
            AnyState::Organization(state) => tenants::organization(id, state),
            AnyState::Project(state) => tenants::project(id, state),
            AnyState::User(state) => tenants::user(state),
            AnyState::Membership(state) => tenants::membership(state),
            AnyState::ServiceAccount(state) => tenants::service_account(state),
            AnyState::Token(state) => tenants::token(owner, state),
            AnyState::Access(state) => tenants::access(owner, state),
            AnyState::Node(state) => fleet::node(state),
            AnyState::Enrollment(state) => fleet::enrollment(state),
            AnyState::NodeTask(state) => fleet::node_task(state),
            AnyState::NodeReport(state) => fleet::node_report(state),
            AnyState::Attestation(state) => fleet::attestation(state),
            AnyState::UsageUnit(state) => money::usage_unit(state),
            AnyState::UsageEvent(state) => money::usage_event(state),
            AnyState::Usage(state) => money::usage(state),
            AnyState::PriceBook(state) => money::price_book(state),
            AnyState::Ledger(state) => money::ledger(state),
            AnyState::Invoice(state) => money::invoice(state),
            AnyState::Sku(state) => catalog::sku(state),
            AnyState::App(state) => catalog::app(state),
            AnyState::AppVersion(state) => catalog::app_version(state),
            AnyState::Artifact(state) => catalog::artifact(state),
            AnyState::Entitlement(state) => catalog::entitlement(state),
            AnyState::Allocation(state) => workloads::allocation(state),
            AnyState::AppInstance(state) => workloads::app_instance(state),
            AnyState::EvidenceBundle(state) => evidence::bundle(state),
            AnyState::Webhook(state) => tenants::webhook(state),
        }
    }

    fn with_status(status: &'static str) -> Self {
        Self { status, ..Self::default() }
    }

    fn of_organization(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization.uuid());
        self
    }

    fn in_project(mut self, project: Option<ProjectId>) -> Self {
        self.project = project.map(|project| project.uuid());
        self
    }

    fn on(mut self, parent: Uuid) -> Self {
        self.parent = Some(parent);
        self
    }

    fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }
}
