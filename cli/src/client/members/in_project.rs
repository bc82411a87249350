//! Members of a project.

use gpuaas_sdk::{Client, ListProjectMembersQuery, NewProjectMember, ProjectMember, ProjectMemberChange};

use super::{Command, Failure, Session, find, output, resolve};
use crate::client::pages;
use crate::client::users::person;
use crate::output::{Show, moment};

pub(super) async fn ask(session: &Session, project: &str, command: Command) -> Result<(), Failure> {
    let Session { client, format } = session;
    let member = match command {
        Command::List { .. } => return output::list(*format, &all(client, project).await?),
        Command::Show { member, .. } => {
            let id = membership(client, project, &member).await?;
            client.get_project_member(project, &id).await?.value
        }
        Command::Add { user, role, change, .. } => {
            let body = NewProjectMember { user_id: resolve::user(client, &user).await?, role: role.in_project()? };
            client.add_project_member(project, &body, &change.mutation()).await?.value
        }
        Command::SetRole { member, role, change, .. } => {
            let body = ProjectMemberChange { role: role.in_project()? };
            let id = membership(client, project, &member).await?;
            client.update_project_member(project, &id, &body, &change.mutation()).await?.value
        }
        Command::Remove { member, change, .. } => {
            let id = membership(client, project, &member).await?;
            client.remove_project_member(project, &id, &change.mutation()).await?.value
        }
    };
    output::one(*format, &member)
}

async fn all(client: &Client, project: &str) -> Result<Vec<ProjectMember>, Failure> {
    let found = pages::all(async |cursor| {
        let query = ListProjectMembersQuery { cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_project_members(project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    Ok(found.await?)
}

async fn membership(client: &Client, project: &str, wanted: &str) -> Result<String, Failure> {
    let members = all(client, project).await?;
    let names = |member: &ProjectMember| {
        [member.id.clone(), member.user_id.clone(), person(member.person.as_ref(), member.erased).1]
    };
    Ok(find(&members, wanted, names)?.id.clone())
}

impl Show for ProjectMember {
    const COLUMNS: &'static [&'static str] = &["ID", "USER", "NAME", "EMAIL", "ROLE"];

    fn cells(&self) -> Vec<String> {
        let (name, email) = person(self.person.as_ref(), self.erased);
        vec![self.id.clone(), self.user_id.clone(), name, email, self.role.to_string()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("project", self.project_id.clone()),
            ("organization", self.organization_id.clone()),
            ("created", moment(&self.created_at)),
            ("updated", moment(&self.updated_at)),
        ]
    }
}
