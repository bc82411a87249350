//! First act: who pays, who works, and with which token.

use anyhow::{Context as _, Result};
use gpuaas_domain::membership::Membership;
use gpuaas_domain::organization::Organization;
use gpuaas_domain::project::Project;
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::user::User;
use gpuaas_sdk::{
    ClientCredentials, NewOrganization, NewOrganizationMember, NewProject, NewProjectMember, NewSecret,
    NewServiceAccount, NewToken, NewUser, OrganizationRole, ProjectRole,
};

use super::stage::{Stage, Tenant, once};

/// Plays it.
pub(super) async fn play(stage: &mut Stage) -> Result<Tenant> {
    let operator = stage.operator.clone();
    let new = NewOrganization { slug: "acme".to_owned(), display_name: "Acme Corporation".to_owned() };
    let made = operator.create_organization(&new, &once()).await?;
    let organization = made.value.id;
    stage.story.tell::<Organization>("organization", "acme", &organization, made.version).await?;

    let new =
        NewUser { display_name: "Ada Lovelace".to_owned(), email: "ada@example.org".to_owned(), platform_roles: None };
    let made = operator.create_user(&new, &once()).await?;
    let user = made.value.id;
    let text = "ada@example.org; name and address are sealed in the log";
    stage.story.tell::<User>("person", text, &user, made.version).await?;
    let new = NewOrganizationMember { user_id: user.clone(), role: OrganizationRole::OrgAdmin };
    let made = operator.add_organization_member(&organization, &new, &once()).await?;
    stage.story.tell::<Membership>("member", "ada is org_admin of acme", &made.value.id, made.version).await?;
    let new = NewToken { name: "demo".to_owned(), expires_in: None, organization_id: None };
    let issued = operator.issue_user_token(&user, &new, &once()).await?;
    let bearer = issued.value.bearer.context("a token that was just issued is told")?;
    let text = "ada's, told once and in no log";
    stage.story.tell::<gpuaas_domain::token::Token>("token", text, &issued.value.token.id, issued.version).await?;
    let admin = stage.client(&bearer)?;

    let new = NewProject { slug: "vision".to_owned(), display_name: "Vision".to_owned() };
    let made = admin.create_project(&organization, &new, &once()).await?;
    let project = made.value.id;
    stage.story.tell::<Project>("project", "acme/vision, by ada", &project, made.version).await?;
    let new = NewProjectMember { user_id: user, role: ProjectRole::ProjectAdmin };
    let made = admin.add_project_member(&project, &new, &once()).await?;
    stage.story.tell::<Membership>("member", "ada is project_admin of vision", &made.value.id, made.version).await?;

    let new = NewServiceAccount { name: "ci".to_owned(), role: ProjectRole::ProjectDeveloper };
    let made = admin.create_service_account(&project, &new, &once()).await?;
    let account = made.value.id;
    stage.story.tell::<ServiceAccount>("service account", "ci", &account, made.version).await?;
    let added = admin.add_service_account_secret(&project, &account, &NewSecret { expires_in: None }, &once()).await?;
    let secret = added.value.secret.context("a secret that was just added is told")?;
    stage.story.tell::<ServiceAccount>("secret", "of ci; the log has a keyed digest", &account, added.version).await?;
    let credentials = ClientCredentials { client_id: account, client_secret: secret };
    let token = operator.exchange_secret(&credentials, &once()).await?.value;
    let bearer = token.access_token.context("a token that was just made is told")?;
    stage.story.show("token", &format!("of ci for its secret, for {} s", token.expires_in))?;
    let robot = stage.client(&bearer)?;
    Ok(Tenant { organization, project, admin, robot })
}
