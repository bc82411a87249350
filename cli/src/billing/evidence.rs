//! What an export says of an organization's money: usage and what it rests on, postings,
//! and which invoices were issued. Of those only the digest is taken, to compare with.

use std::collections::BTreeMap;

use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::{self, Recorded};
use gpuaas_domain::fixed::PublicKey;
use gpuaas_domain::id::{AllocationId, InvoiceId, NodeId, OrganizationId, PriceBookId, TypedId as _};
use gpuaas_domain::invoice::{self, Books, Issued};
use gpuaas_domain::rating::Usage;
use gpuaas_domain::{Aggregate as _, AnyEvent, Kind, ledger, node, price_book, usage, usage_event};
use gpuaas_log::entry::Entry;
use gpuaas_log::export::ExportKind;
use gpuaas_log::hash::Hash;

use super::Unproven;
use super::source::{Happened, Source};

/// What is known of an organization's money.
#[derive(Default)]
pub(super) struct Evidence {
    /// Usage, by position.
    pub(super) usage: BTreeMap<u64, UsageEntry>,
    /// What nodes attested of each allocation: version 1 first.
    pub(super) attestations: BTreeMap<AllocationId, Vec<Attested>>,
    /// The allocations.
    pub(super) allocations: BTreeMap<AllocationId, Allocation>,
    /// What happened to the ledger, with positions.
    pub(super) ledger: Vec<(u64, ledger::Event)>,
    /// The invoices that were issued.
    pub(super) issued: BTreeMap<InvoiceId, Issued>,
    /// What invoices are computed from.
    pub(super) books: Books,
    /// What the platform's own entries say; only a whole export has them.
    pub(super) platform: Option<Platform>,
}

/// An entry of usage.
pub(super) struct UsageEntry {
    /// Its hash.
    pub(super) hash: Hash,
    /// Its version in its stream.
    pub(super) version: u64,
    /// The usage.
    pub(super) usage: Usage,
}

/// An attestation.
pub(super) struct Attested {
    /// Where it stands.
    pub(super) position: u64,
    /// What was attested, by whom.
    pub(super) recorded: Recorded,
}

/// What the platform's own entries say, with their positions.
#[derive(Default)]
pub(super) struct Platform {
    /// The keys of each node, as it enrolled with them.
    pub(super) keys: BTreeMap<NodeId, Vec<(u64, PublicKey)>>,
    /// What happened to each price book.
    pub(super) books: BTreeMap<PriceBookId, Vec<(u64, price_book::Event)>>,
}

/// The kinds of what belongs to the organization.
const OWN: [Kind; 6] =
    [Kind::Usage, Kind::UsageEvent, Kind::Attestation, Kind::Allocation, Kind::Ledger, Kind::Invoice];

/// Reads what an export says of an organization's money.
pub(super) fn gather(source: &Source, organization: OrganizationId) -> Result<Evidence, Unproven> {
    let whole = source.kind == ExportKind::Whole;
    let mut evidence = Evidence { platform: whole.then(Platform::default), ..Evidence::default() };
    let wanted = |kind, entry: &Entry<'_>| {
        let own = OWN.contains(&kind) && entry.owner == Some(organization.uuid());
        own || kind == Kind::PriceBook || (kind == Kind::Node && entry.event == "node.enrolled")
    };
    source.read(wanted, |happened| {
        evidence.enter(&happened);
        Ok(())
    })?;
    Ok(evidence)
}

impl Evidence {
    fn enter(&mut self, happened: &Happened<'_>) {
        self.books.enter(happened.entry.position, &happened.event);
        self.enter_usage(happened);
        self.enter_allocation(happened);
        self.enter_money(happened);
        if let Some(platform) = &mut self.platform {
            platform.enter(happened);
        }
    }

    fn enter_usage(&mut self, happened: &Happened<'_>) {
        if let AnyEvent::Usage(event) = &happened.event {
            let usage = match event {
                usage::Event::Metered(metered) => Usage::Metered(metered.clone()),
                usage::Event::Corrected(corrected) => Usage::Corrected(corrected.clone()),
            };
            self.used(happened, usage);
        }
        if let AnyEvent::UsageEvent(usage_event::Event::Recorded(reported)) = &happened.event {
            self.used(happened, Usage::Reported(reported.clone()));
        }
    }

    fn used(&mut self, happened: &Happened<'_>, usage: Usage) {
        let entry = UsageEntry { hash: happened.hash, version: happened.entry.version, usage };
        self.usage.insert(happened.entry.position, entry);
    }

    /// What usage rests on.
    fn enter_allocation(&mut self, happened: &Happened<'_>) {
        let allocation = AllocationId::from_uuid(happened.entry.stream.id);
        if let AnyEvent::Attestation(attestation::Event::Recorded(recorded)) = &happened.event {
            let attested = Attested { position: happened.entry.position, recorded: recorded.clone() };
            self.attestations.entry(allocation).or_default().push(attested);
        }
        if let AnyEvent::Allocation(event) = &happened.event {
            let state = self.allocations.entry(allocation).or_default();
            *state = std::mem::take(state).evolve(event);
        }
    }

    fn enter_money(&mut self, happened: &Happened<'_>) {
        if let AnyEvent::Ledger(event) = &happened.event {
            self.ledger.push((happened.entry.position, event.clone()));
        }
        if let AnyEvent::Invoice(invoice::Event::Issued(issued)) = &happened.event {
            self.issued.insert(InvoiceId::from_uuid(happened.entry.stream.id), issued.clone());
        }
    }
}

impl Platform {
    fn enter(&mut self, happened: &Happened<'_>) {
        let (position, stream) = (happened.entry.position, happened.entry.stream.id);
        if let AnyEvent::Node(node::Event::Enrolled(enrolled)) = &happened.event {
            self.keys.entry(NodeId::from_uuid(stream)).or_default().push((position, enrolled.public_key));
        }
        if let AnyEvent::PriceBook(event) = &happened.event {
            self.books.entry(PriceBookId::from_uuid(stream)).or_default().push((position, event.clone()));
        }
    }
}
