//! Reports: made in a chain, kept in the journal, sent one after another until the server has
//! each.

mod attest;
mod send;

pub(crate) use attest::statement;
pub(crate) use send::send_forever;

use std::sync::Arc;

use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, SignedReport, SignedStatement};
use gpuaas_domain::node_report::ChainPoint;
use tokio::sync::Notify;

use crate::clock;
use crate::executor::Sighting;
use crate::identity::NodeKey;
use crate::journal::{Journal, JournalError, JournalState, Record};
use gpuaas_domain::id::InstanceId;

/// Makes the node's reports.
#[derive(Debug)]
pub(crate) struct Reporter {
    node: NodeId,
    key: Arc<NodeKey>,
    journal: Arc<Journal>,
    boot_id: Text<40>,
    made: Notify,
}

impl Reporter {
    pub(crate) fn new(node: NodeId, key: Arc<NodeKey>, journal: Arc<Journal>, boot_id: Text<40>) -> Self {
        Self { node, key, journal, boot_id, made: Notify::new() }
    }

    /// Reports items. They have happened once this returns: the journal has them.
    pub(crate) fn report(&self, items: Vec<ReportItem>) -> Result<(), JournalError> {
        self.report_with(&[], items)
    }

    /// Attests what was sighted and reports items after that.
    pub(crate) fn report_with(
        &self,
        sighted: &[(InstanceId, Sighting)],
        items: Vec<ReportItem>,
    ) -> Result<(), JournalError> {
        let appended = self.journal.append_with(|state| {
            let chain = state.next.clone().unwrap_or_else(|| ChainPoint::first(self.key.public()));
            let attestations =
                sighted.iter().filter_map(|(instance, sighting)| self.attestation(state, *instance, sighting, &chain));
            let items: Vec<ReportItem> = attestations.chain(items).collect();
            (!items.is_empty()).then(|| self.record(chain, items))
        })?;
        if appended {
            self.made.notify_one();
        }
        Ok(())
    }

    fn attestation(
        &self,
        state: &JournalState,
        instance: InstanceId,
        sighting: &Sighting,
        chain: &ChainPoint,
    ) -> Option<ReportItem> {
        let work = state.works.get(&instance)?;
        let statement = statement(self.node, work, sighting, &self.boot_id, chain, clock::now())?;
        let signature = self.key.sign(&statement.signed_bytes());
        Some(ReportItem::Attestation(Box::new(SignedStatement { statement, signature })))
    }

    fn record(&self, chain: ChainPoint, items: Vec<ReportItem>) -> Record {
        let body = ReportBody { node: self.node, chain, at: clock::now(), items };
        let body = serde_json::to_string(&body).expect("a report is plain data");
        let signature = self.key.sign(&SignedReport::signed_bytes(&body));
        let hash = Digest(*blake3::hash(body.as_bytes()).as_bytes());
        // Its texts are bounded one by one; the number of items is bounded by whoever reports.
        let body = Document::new(body).expect("a report of bounded items is shorter than it may be");
        Record::Report { hash, report: Box::new(SignedReport { body, signature }), boot_id: self.boot_id.clone() }
    }
}
