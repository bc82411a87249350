//! Last act: the log is exported, verified, and enough to compute the invoice anew; and one
//! changed byte of it is found.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use gpuaas_log::verify::Options;
use gpuaas_sdk::Invoice;

use super::stage::{Stage, Tenant, write};
use crate::audit::{export, verify};
use crate::billing;

/// The export, in the demo's folder.
const EXPORT: &str = "log.export";
/// The invoice's document, as it was issued.
const INVOICE: &str = "invoice.json";

/// Plays it.
pub(super) async fn play(stage: &mut Stage, tenant: &Tenant, invoice: &Invoice) -> Result<()> {
    let file = stage.file(EXPORT);
    let bytes = export::write(&stage.operator, None, &file, false).await?.bytes;
    stage.story.show("export", &format!("the whole log, {bytes} bytes, in {}", file.display()))?;
    match verify::check(&file, &Options::default())? {
        Ok(report) => stage.story.show("verify", &report.sentence())?,
        Err(fault) => anyhow::bail!("the export has a fault: {} at {}", fault.kind, fault.position),
    }
    reconstruct(stage, tenant, invoice, &file).await?;
    changed_byte(stage, &file)
}

async fn reconstruct(stage: &mut Stage, tenant: &Tenant, invoice: &Invoice, export: &Path) -> Result<()> {
    let issued = tenant.admin.get_invoice_document(&tenant.organization, &invoice.id).await?.value;
    let issued = serde_json::to_string(&issued)?;
    let period = (invoice.period.from.as_str(), invoice.period.to.as_str());
    let computed = billing::computed(export, &tenant.organization, period)?;
    ensure!(computed == issued.as_bytes(), "the invoice that was computed is not the one that was issued");
    write(&stage.file(INVOICE), &computed)?;
    let text = format!("the invoice, byte for byte, from usage and prices in the export: {} bytes", computed.len());
    stage.story.show("reconstruct", &text)
}

/// Changes a byte in a copy, which must not pass.
fn changed_byte(stage: &mut Stage, export: &Path) -> Result<()> {
    let mut bytes = std::fs::read(export)?;
    let place = bytes.len() / 2;
    *bytes.get_mut(place).context("the export is empty")? ^= 1;
    let copy = stage.file("log.changed");
    write(&copy, &bytes)?;
    let verdict = verify::check(&copy, &Options::default());
    std::fs::remove_file(&copy)?;
    match verdict? {
        Ok(_) => anyhow::bail!("a changed byte was not found"),
        Err(fault) => {
            let text = format!("byte {place} of a copy; found: {} at {}", fault.kind, fault.position);
            stage.story.show("one byte changed", &text)
        }
    }
}
