//! Members of an organization.

use gpuaas_sdk::{
    Client, ListOrganizationMembersQuery, NewOrganizationMember, OrganizationMember, OrganizationMemberChange,
};

use super::{Command, Failure, Session, find, output, resolve};
use crate::client::pages;
use crate::client::users::person;
use crate::output::{Show, moment};

pub(super) async fn ask(session: &Session, organization: &str, command: Command) -> Result<(), Failure> {
    let Session { client, format } = session;
    let member = match command {
        Command::List { .. } => return output::list(*format, &all(client, organization).await?),
        Command::Show { member, .. } => {
            let id = membership(client, organization, &member).await?;
            client.get_organization_member(organization, &id).await?.value
        }
        Command::Add { user, role, change, .. } => {
            let body =
                NewOrganizationMember { user_id: resolve::user(client, &user).await?, role: role.in_organization()? };
            client.add_organization_member(organization, &body, &change.mutation()).await?.value
        }
        Command::SetRole { member, role, change, .. } => {
            let body = OrganizationMemberChange { role: role.in_organization()? };
            let id = membership(client, organization, &member).await?;
            client.update_organization_member(organization, &id, &body, &change.mutation()).await?.value
        }
        Command::Remove { member, change, .. } => {
            let id = membership(client, organization, &member).await?;
            client.remove_organization_member(organization, &id, &change.mutation()).await?.value
        }
    };
    output::one(*format, &member)
}

async fn all(client: &Client, organization: &str) -> Result<Vec<OrganizationMember>, Failure> {
    let found = pages::all(async |cursor| {
        let query = ListOrganizationMembersQuery { cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_organization_members(organization, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    Ok(found.await?)
}

async fn membership(client: &Client, organization: &str, wanted: &str) -> Result<String, Failure> {
    let members = all(client, organization).await?;
    let names = |member: &OrganizationMember| {
        [member.id.clone(), member.user_id.clone(), person(member.person.as_ref(), member.erased).1]
    };
    Ok(find(&members, wanted, names)?.id.clone())
}

impl Show for OrganizationMember {
    const COLUMNS: &'static [&'static str] = &["ID", "USER", "NAME", "EMAIL", "ROLE"];

    fn cells(&self) -> Vec<String> {
        let (name, email) = person(self.person.as_ref(), self.erased);
        vec![self.id.clone(), self.user_id.clone(), name, email, self.role.to_string()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("organization", self.organization_id.clone()),
            ("created", moment(&self.created_at)),
            ("updated", moment(&self.updated_at)),
        ]
    }
}
