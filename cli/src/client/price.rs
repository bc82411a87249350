//! What an hour costs, told before anything is asked for that costs it.

use std::io::{IsTerminal as _, Write as _};

use gpuaas_sdk::{Client, Error, GetSkuQuery, HourlyPrice};

use crate::output::Failure;

/// A price for people.
pub(super) fn per_hour(price: Option<&HourlyPrice>) -> String {
    price.map_or_else(|| "-".to_owned(), |price| format!("{} {} per hour", price.per_hour, price.currency))
}

/// Says on standard error what an hour of a SKU costs the project's organization.
pub(super) async fn tell(client: &Client, project: &str, sku: &str) -> Result<(), Failure> {
    let organization = client.get_project(project).await?.value.organization_id;
    let told = match client.get_sku(sku, &GetSkuQuery { org_id: Some(organization) }).await {
        Ok(found) => match &found.value.price {
            Some(_) => format!("{} costs {}", found.value.name, per_hour(found.value.price.as_ref())),
            None => format!("{} has no price: what is used of it is not charged", found.value.name),
        },
        // Whoever works in a project need not see its organization's money.
        Err(Error::Refused { status: 403 | 404, .. }) => "what it costs is not for you to see".to_owned(),
        Err(error) => return Err(error.into()),
    };
    eprintln!("{told}");
    Ok(())
}

/// Asks a person whether to go on. Programs are not asked: nobody would answer.
pub(super) fn agreed() -> Result<(), Failure> {
    let (mut err, input) = (std::io::stderr(), std::io::stdin());
    if !input.is_terminal() || !err.is_terminal() {
        return Ok(());
    }
    let mut answer = String::new();
    let asked = write!(err, "go on? [y/N] ").and_then(|()| err.flush()).and_then(|()| input.read_line(&mut answer));
    asked.map_err(Failure::other)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::Other("nothing was asked for".to_owned())),
    }
}
