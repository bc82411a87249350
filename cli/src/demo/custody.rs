//! What others than the operator hold in their hands at the end: a receipt for the invoice, the
//! tenant's own export, and what an entry means in plain sentences.

use anyhow::{Context as _, Result};
use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::receipt::Receipt;
use gpuaas_log::verify::Options;

use super::stage::{Stage, Tenant, write};
use super::story::Recorded;
use crate::audit::{export, verify};

/// The receipt, in the demo's folder.
const RECEIPT: &str = "invoice.tlog-proof";
/// The tenant's export.
const EXPORT: &str = "tenant.export";

/// Plays it, about the entry that issued the invoice.
pub(super) async fn play(stage: &mut Stage, tenant: &Tenant, invoice: Recorded) -> Result<()> {
    let keys = tenant.admin.get_log().await?.value.keys;
    let keys: Vec<VerifierKey> = keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?;
    receipt(stage, tenant, invoice.position, &keys).await?;
    tenants_export(stage, tenant, keys).await?;
    let explained = tenant.admin.explain_log_entry(&invoice.position.to_string()).await?.value;
    let sentence = explained.sentences.first().context("an entry is explained in no sentence")?;
    stage.story.show("explained", &format!("position {}: {sentence}", invoice.position))
}

async fn receipt(stage: &mut Stage, tenant: &Tenant, position: u64, keys: &[VerifierKey]) -> Result<()> {
    let entry = tenant.admin.get_log_entry(position).await?;
    let text = tenant.admin.get_log_entry_receipt(position).await?;
    let receipt: Receipt = text.parse()?;
    receipt.check(&entry)?;
    receipt.checkpoint().signed_by_log(keys)?;
    let file = stage.file(RECEIPT);
    write(&file, text.as_bytes())?;
    let size = receipt.checkpoint().checkpoint().size;
    stage.story.show("receipt", &format!("of the invoice at {position}, under the signed root of {size} entries"))
}

async fn tenants_export(stage: &mut Stage, tenant: &Tenant, keys: Vec<VerifierKey>) -> Result<()> {
    let file = stage.file(EXPORT);
    export::write(&tenant.admin, Some(&tenant.organization), &file, false).await?;
    match verify::check(&file, &Options { keys, ..Options::default() })? {
        Ok(report) => {
            let text = format!("{} entries, complete up to the committed head; {}", report.entries, report.sentence());
            stage.story.show("tenant's export", &text)
        }
        Err(fault) => anyhow::bail!("the tenant's export has a fault: {} at {}", fault.kind, fault.position),
    }
}
