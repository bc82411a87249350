//! Fifth act: the workload goes, its time is metered, rated and invoiced.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use gpuaas_domain::allocation::Allocation as AllocationAggregate;
use gpuaas_domain::app_instance::AppInstance as InstanceAggregate;
use gpuaas_domain::invoice::Invoice as InvoiceAggregate;
use gpuaas_domain::ledger::Ledger;
use gpuaas_sdk::{
    Allocation, AllocationStatus, AppInstance, InstancePhase, Invoice, ListAllocationUsageQuery,
    ListLedgerPostingsQuery, NewInvoice,
};

use super::stage::{Stage, Tenant, once, until, until_allocation, until_instance};
use super::story::Recorded;

/// What is billed for is in use for so long at least, so that there is something to see.
const IN_USE: Duration = Duration::from_secs(3);

/// Plays it; gives the invoice, and the entry that issued it.
pub(super) async fn play(
    stage: &mut Stage,
    tenant: &Tenant,
    began: &str,
    (allocation, instance): (Allocation, AppInstance),
) -> Result<(Invoice, Recorded)> {
    tokio::time::sleep(IN_USE).await;
    let robot = &tenant.robot;
    let asked = robot.decommission_app_instance(&tenant.project, &instance.id, &once()).await?.value;
    let (_, version) = until_instance(robot, &asked, InstancePhase::Decommissioned).await?;
    let text = "the container is gone";
    stage.story.tell::<InstanceAggregate>("decommissioned", text, &instance.id, version).await?;
    let asked = robot.release_allocation(&tenant.project, &allocation.id, &once()).await?.value;
    let (_, version) = until_allocation(robot, &asked, AllocationStatus::Released).await?;
    stage.story.tell::<AllocationAggregate>("released", "the slot is free", &allocation.id, version).await?;
    usage(stage, tenant).await?;
    ledger(stage, tenant).await?;
    invoice(stage, tenant, began).await
}

async fn usage(stage: &mut Stage, tenant: &Tenant) -> Result<()> {
    let query = ListAllocationUsageQuery::default();
    let used = until("the usage to be metered", async || {
        let page = tenant.admin.list_allocation_usage(&tenant.organization, &query).await?.value;
        Ok(page.items.into_iter().next())
    })
    .await?;
    let unknown = match used.unknown.len() {
        0 => "all of it attested by the node".to_owned(),
        count => format!("{count} intervals unknown, and not charged"),
    };
    stage.story.show("usage", &format!("metered until {}, {unknown}", used.metered_until))
}

async fn ledger(stage: &mut Stage, tenant: &Tenant) -> Result<()> {
    let organization = &tenant.organization;
    let query = ListLedgerPostingsQuery::default();
    let (ledger, version) = until("the usage to be rated", async || {
        let page = tenant.admin.list_ledger_postings(organization, &query).await?.value;
        if page.items.is_empty() {
            return Ok(None);
        }
        let seen = tenant.admin.get_ledger(organization).await?;
        Ok(Some((seen.value, seen.version)))
    })
    .await?;
    let sum: i128 = ledger.balances.values().map(|amount| amount.parse::<i128>().unwrap_or(i128::MAX)).sum();
    ensure!(sum == 0, "the ledger's balances come to {sum}, not to 0");
    let accounts: Vec<String> = ledger.balances.iter().map(|(name, amount)| format!("{name} {amount}")).collect();
    let text = format!("{}, millionths of {}; they come to 0", accounts.join(", "), ledger.currency);
    stage.story.tell::<Ledger>("ledger", &text, organization, version).await?;
    Ok(())
}

async fn invoice(stage: &mut Stage, tenant: &Tenant, began: &str) -> Result<(Invoice, Recorded)> {
    let new = NewInvoice { from: began.to_owned(), to: jiff::Timestamp::now().to_string() };
    let issued = stage.operator.issue_invoice(&tenant.organization, &new, &once()).await?;
    let invoice = issued.value;
    let total: i64 = invoice.total.parse().context("the total is an integer")?;
    ensure!(total > 0, "the invoice comes to nothing");
    let text = format!("{} lines, {} millionths of {}", invoice.lines, invoice.total, invoice.currency);
    let recorded = stage.story.tell::<InvoiceAggregate>("invoice", &text, &invoice.id, issued.version).await?;
    Ok((invoice, recorded))
}
