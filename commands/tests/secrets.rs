use gpuaas_commands::handlers::project::UpdateProject;
use gpuaas_commands::handlers::service_account::{
    AddServiceAccountSecret, CreateServiceAccount, DeleteServiceAccount, MAX_SECRET_SECONDS, RevokeServiceAccountSecret,
};
use gpuaas_commands::handlers::token::ExchangeSecret;
use gpuaas_commands::{Actor, Context, Principal};
use gpuaas_domain::Code;
use gpuaas_domain::id::{ProjectId, ServiceAccountId};
use gpuaas_domain::membership::ProjectRole;
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::token::Subject;

use crate::platform::Platform;

async fn account(platform: &Platform, project: ProjectId) -> ServiceAccountId {
    let create = CreateServiceAccount { project, name: "ci".into(), role: ProjectRole::Admin };
    platform.engine.execute(&platform.admin, &create).await.unwrap().id
}

fn showing(account: ServiceAccountId) -> Context {
    Context { actor: Actor::Credential(account), ..Context::system([9; 16]) }
}

#[tokio::test]
async fn a_secret_is_exchanged_for_a_token_that_acts_in_the_project_until_it_is_revoked() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let (project, other) = (platform.project(acme, "research").await, platform.project(acme, "other").await);
    let id = account(&platform, project).await;
    let add = AddServiceAccountSecret { project, id, seconds: None };
    let added = platform.engine.execute(&platform.admin, &add).await.unwrap();
    let secret = added.secret.unwrap();
    let exchange = ExchangeSecret { account: id, secret: secret.clone() };
    let token = platform.engine.execute(&showing(id), &exchange).await.unwrap().id;

    let actor = Actor::Principal(Principal { subject: Subject::ServiceAccount(id), token });
    let request = Context { actor, ..Context::system([9; 16]) };
    let rename = |id| UpdateProject { id, slug: None, display_name: Some("Lab".into()) };
    platform.engine.execute(&request, &rename(project)).await.unwrap();
    assert_eq!(platform.engine.execute(&request, &rename(other)).await.unwrap_err().code, Code::Forbidden);

    let ServiceAccount::Active(details) = added.state else { panic!("it is active") };
    let revoke = RevokeServiceAccountSecret { project, id, secret: *details.secrets.keys().next().unwrap() };
    platform.engine.execute(&platform.admin, &revoke).await.unwrap();
    let refusal = platform.engine.execute(&showing(id), &exchange).await.unwrap_err();
    assert_eq!(refusal.code, Code::InvalidClientCredentials);

    platform.engine.execute(&platform.admin, &DeleteServiceAccount { project, id }).await.unwrap();
    assert_eq!(platform.engine.execute(&request, &rename(project)).await.unwrap_err().code, Code::TokenRevoked);
    account(&platform, project).await;
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_account_are_not_told_apart() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let project = platform.project(acme, "research").await;
    let id = account(&platform, project).await;
    let add = AddServiceAccountSecret { project, id, seconds: None };
    let secret = platform.engine.execute(&platform.admin, &add).await.unwrap().secret.unwrap();
    let last = if secret.ends_with('0') { "1" } else { "0" };
    let wrong = secret[..secret.len() - 1].to_owned() + last;
    let unknown = gpuaas_domain::id::TypedId::from_uuid(uuid::Uuid::from_u128(77));
    let mut messages = Vec::new();
    for (account, secret) in [(id, wrong), (id, "x".into()), (unknown, secret)] {
        let refusal =
            platform.engine.execute(&showing(account), &ExchangeSecret { account, secret }).await.unwrap_err();
        assert_eq!(refusal.code, Code::InvalidClientCredentials);
        messages.push(refusal.message);
    }
    assert!(messages.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_secret_counts_for_a_minute_at_least_and_ten_years_at_most() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let project = platform.project(acme, "research").await;
    let id = account(&platform, project).await;
    let add = |seconds| AddServiceAccountSecret { project, id, seconds: Some(seconds) };
    // Also where the version is not the resource's: the request is wrong before that is asked.
    let stale = Context { if_match: Some(99), ..platform.admin.clone() };
    for seconds in [0, 59, MAX_SECRET_SECONDS + 1, u64::MAX] {
        for context in [&platform.admin, &stale] {
            let refusal = platform.engine.execute(context, &add(seconds)).await.unwrap_err();
            assert_eq!((refusal.code, refusal.fields[0].field.as_str()), (Code::InvalidField, "expires_in"));
        }
    }
    let refusal = platform.engine.execute(&stale, &add(60)).await.unwrap_err();
    assert_eq!(refusal.code, Code::PreconditionFailed);
    for seconds in [60, MAX_SECRET_SECONDS] {
        assert!(platform.engine.execute(&platform.admin, &add(seconds)).await.unwrap().secret.is_some());
    }
}
