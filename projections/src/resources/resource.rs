//! A row of the read model, as queries answer with it.

use gpuaas_domain::id::{OrganizationId, ProjectId};
use gpuaas_domain::{Aggregate, AnyState, Kind, Timestamp};
use uuid::Uuid;

/// A resource: the folded state of its stream, and what is known of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource<S = AnyState> {
    /// Which aggregate.
    pub kind: Kind,
    /// Which instance.
    pub id: Uuid,
    /// Whose it is, or which organization it is limited to.
    pub organization: Option<OrganizationId>,
    /// The project that it is in.
    pub project: Option<ProjectId>,
    /// The resource that it hangs on, where that is neither of these: the user of a
    /// membership, the subject of a token.
    pub parent: Option<Uuid>,
    /// What lists by name are sorted by; empty where the name is sealed or there is none.
    pub name: String,
    /// The word for the state's variant.
    pub status: String,
    /// The stream's version, which is the ETag.
    pub version: u64,
    /// When its first entry was recorded.
    pub created_at: Timestamp,
    /// When its last entry was recorded.
    pub updated_at: Timestamp,
    /// Where its first entry stands in the log.
    pub created_position: u64,
    /// Where its last entry stands in the log.
    pub last_position: u64,
    /// The state.
    pub state: S,
}

impl Resource {
    /// With the state of one aggregate; `None` if it is of another kind.
    #[must_use]
    pub fn typed<A: Aggregate + TryFrom<AnyState>>(self) -> Option<Resource<A>> {
        Some(Resource {
            state: self.state.try_into().ok()?,
            kind: self.kind,
            id: self.id,
            organization: self.organization,
            project: self.project,
            parent: self.parent,
            name: self.name,
            status: self.status,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            created_position: self.created_position,
            last_position: self.last_position,
        })
    }
}
