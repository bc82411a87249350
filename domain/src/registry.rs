//! The one list of all aggregates. What must hold for each of them (declarations,
//! golden bytes, read models) goes through it, so none can be forgotten.

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::aggregate::Aggregate;
use crate::event::{DecodeError, EventSet, SchemaEntry};

/// Who may own a kind's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindOwner {
    /// Only the platform.
    Platform,
    /// Only an organization.
    Organization,
    /// Either.
    Either,
}

macro_rules! registry {
    ($($variant:ident = $aggregate:ty, $events:ty, $owner:ident;)+) => {
        /// The kind of an aggregate's streams.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = concat!("Streams of [`", stringify!($aggregate), "`].")] $variant,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The kind's name in the log.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => <$aggregate as Aggregate>::KIND,)+ }
            }

            /// The kind of this name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
            }

            /// Who may own its streams.
            #[must_use]
            pub fn owner(self) -> KindOwner {
                match self { $(Self::$variant => KindOwner::$owner,)+ }
            }

            /// Its events and their shapes.
            #[must_use]
            pub fn schemas(self) -> Vec<SchemaEntry> {
                match self { $(Self::$variant => <$events as EventSet>::schemas(),)+ }
            }

            /// An id of this kind, as it is printed.
            #[must_use]
            pub fn print_id(self, id: Uuid) -> String {
                use crate::id::TypedId;
                match self { $(Self::$variant => <$aggregate as Aggregate>::Id::from_uuid(id).to_string(),)+ }
            }

            /// The instance that a printed id names, whatever its kind.
            #[must_use]
            pub fn read_id(text: &str) -> Option<Uuid> {
                use crate::id::TypedId;
                None$(.or_else(|| Some(text.parse::<<$aggregate as Aggregate>::Id>().ok()?.uuid())))+
            }
        }

        /// An event of any aggregate.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyEvent {
            $(#[doc = concat!("Of [`", stringify!($aggregate), "`].")] $variant($events),)+
        }

        impl AnyEvent {
            /// Reads an event by its kind, name and version.
            pub fn deserialize<'de, D: Deserializer<'de>>(
                kind: Kind,
                event: &str,
                schema: u64,
                deserializer: D,
            ) -> Result<Self, DecodeError> {
                match kind {
                    $(Kind::$variant => <$events as EventSet>::deserialize_fields(event, schema, deserializer).map(Self::$variant),)+
                }
            }

            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$variant(_) => Kind::$variant,)+ }
            }

            /// The version of the shape that its fields have here: today's, whichever was read.
            #[must_use]
            pub fn schema(&self) -> u64 {
                match self { $(Self::$variant(event) => event.schema(),)+ }
            }

            /// Serializes the fields alone.
            pub fn serialize_fields<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(event) => event.serialize_fields(serializer),)+ }
            }
        }

        /// The state of any aggregate.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum AnyState {
            $(#[doc = concat!("Of [`", stringify!($aggregate), "`].")] $variant($aggregate),)+
        }

        impl AnyState {
            /// The state of a stream without entries.
            #[must_use]
            pub fn absent(kind: Kind) -> Self {
                match kind { $(Kind::$variant => Self::$variant(<$aggregate>::default()),)+ }
            }

            /// The state after an event; `None` if the event is of another kind.
            #[must_use]
            pub fn evolve(self, event: &AnyEvent) -> Option<Self> {
                match (self, event) {
                    $((Self::$variant(state), AnyEvent::$variant(event)) => Some(Self::$variant(state.evolve(event))),)+
                    _ => None,
                }
            }
        }

        $(impl From<$aggregate> for AnyState {
            fn from(state: $aggregate) -> Self {
                Self::$variant(state)
            }
        }

        impl TryFrom<AnyState> for $aggregate {
            type Error = AnyState;
            fn try_from(state: AnyState) -> Result<Self, AnyState> {
                match state {
                    AnyState::$variant(state) => Ok(state),
                    other => Err(other),
                }
            }
        })+
    };
}

registry! {
    Organization = crate::organization::Organization, crate::organization::Event, Organization;
    Project = crate::project::Project, crate::project::Event, Organization;
    User = crate::user::User, crate::user::Event, Platform;
    Membership = crate::membership::Membership, crate::membership::Event, Organization;
    ServiceAccount = crate::service_account::ServiceAccount, crate::service_account::Event, Organization;
    Token = crate::token::Token, crate::token::Event, Either;
    Access = crate::access::Access, crate::access::Event, Either;
    Node = crate::node::Node, crate::node::Event, Platform;
    Enrollment = crate::enrollment::Enrollment, crate::enrollment::Event, Platform;
    NodeTask = crate::node_task::NodeTask, crate::node_task::Event, Either;
    NodeReport = crate::node_report::NodeReport, crate::node_report::Event, Platform;
    Attestation = crate::attestation::Attestation, crate::attestation::Event, Organization;
    UsageUnit = crate::usage_unit::UsageUnit, crate::usage_unit::Event, Platform;
    UsageEvent = crate::usage_event::UsageEvent, crate::usage_event::Event, Organization;
    Usage = crate::usage::Usage, crate::usage::Event, Organization;
    PriceBook = crate::price_book::PriceBook, crate::price_book::Event, Platform;
    Ledger = crate::ledger::Ledger, crate::ledger::Event, Organization;
    Invoice = crate::invoice::Invoice, crate::invoice::Event, Organization;
    Sku = crate::sku::Sku, crate::sku::Event, Platform;
    App = crate::app::App, crate::app::Event, Either;
    AppVersion = crate::app_version::AppVersion, crate::app_version::Event, Either;
    Artifact = crate::artifact::Artifact, crate::artifact::Event, Either;
    Entitlement = crate::entitlement::Entitlement, crate::entitlement::Event, Organization;
    Allocation = crate::allocation::Allocation, crate::allocation::Event, Organization;
    AppInstance = crate::app_instance::AppInstance, crate::app_instance::Event, Organization;
    EvidenceBundle = crate::evidence_bundle::EvidenceBundle, crate::evidence_bundle::Event, Platform;
    Webhook = crate::webhook::Webhook, crate::webhook::Event, Organization;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_begins_with_its_kind() {
        for kind in Kind::ALL {
            for entry in kind.schemas() {
                assert!(entry.event.starts_with(&format!("{}.", kind.as_str())), "{}", entry.event);
            }
            assert_eq!(Kind::parse(kind.as_str()), Some(*kind));
        }
    }

    #[test]
    fn an_id_of_every_kind_is_read_as_it_is_printed() {
        let id = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0007);
        for kind in Kind::ALL {
            assert_eq!(Kind::read_id(&kind.print_id(id)), Some(id), "{kind:?}");
        }
        assert_eq!(Kind::read_id("nobody_01h2e8kqvbfwea724h75qc655w"), None);
    }
}
