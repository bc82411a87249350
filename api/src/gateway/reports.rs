//! Reports: what a node says has happened, in a chain that it signs.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::node_report::TakeReport;
use gpuaas_domain::Code;
use gpuaas_domain::fixed::{Digest, PublicKey};
use gpuaas_domain::node_protocol::report::{MAX_BODY, MAX_ITEMS, ReportAnswer, ReportBody, ReportItem, SignedReport};
use gpuaas_domain::node_report::NodeReport;

use super::caller::{Caller, Said};
use super::signature;
use crate::app::Shared;
use crate::http::{Problem, json};

/// Most bytes of a report as it is sent: every character of its body may need another.
const MOST: usize = 2 * MAX_BODY + 1024;

/// Takes one report.
pub(super) async fn take(
    State(app): State<Shared>,
    caller: Caller,
    Said(report): Said<SignedReport, MOST>,
) -> Result<Json<ReportAnswer>, Problem> {
    let key = caller.peer.public_key;
    signature::check(key, &SignedReport::signed_bytes(&report.body), report.signature)?;
    let hash = Digest(*blake3::hash(report.body.as_bytes()).as_bytes());
    let body = read(&report.body, key)?;
    let sequence = body.chain.sequence;
    let command = TakeReport::new(caller.peer.node, key, body, hash);
    let answer = app.engine.execute(&caller.context, &command).await?;
    match answer.state {
        NodeReport::Forked(_) => {
            tracing::error!(node = %caller.peer.node, sequence, "two agents report with one key; the node is banned");
            Err(Problem::of(Code::ReportForked))
        }
        NodeReport::Absent | NodeReport::Open(_) => {
            Ok(Json(ReportAnswer { sequence, hash, refused: command.refused() }))
        }
    }
}

/// What a report says, with the signatures in it checked.
fn read(text: &str, key: PublicKey) -> Result<ReportBody, Problem> {
    let body: ReportBody = json::typed(json::parse(text.as_bytes())?)?;
    if body.items.len() > MAX_ITEMS {
        return Err(Problem::at(Code::InvalidField, "items", format!("a report has at most {MAX_ITEMS} items")));
    }
    for item in &body.items {
        match item {
            ReportItem::Attestation(signed) => {
                signature::check(key, &signed.statement.signed_bytes(), signed.signature)?;
            }
            ReportItem::Task(_) | ReportItem::Workload(_) | ReportItem::Inventory(_) | ReportItem::Runtime(_) => {}
        }
    }
    Ok(body)
}
