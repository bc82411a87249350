//! The audit trail over the API: searches, files, the registry, and entries explained.

use std::collections::BTreeSet;

use gpuaas_commands::audit;
use serde_json::{Value, json};

use crate::harness::{Client, Running, Tenant, all_reached, person};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/audit/entries"),
    ("GET", "/api/v1/audit/export"),
    ("GET", "/api/v1/audit/actions"),
    ("GET", "/api/v1/orgs/{org_id}/audit/entries"),
    ("GET", "/api/v1/orgs/{org_id}/audit/export"),
    ("GET", "/api/v1/log/entries/{position}/explanation"),
];

const WHOLE: &str = "/api/v1/audit/entries";

async fn found(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.expect(200)["items"].as_array().unwrap().clone()
}

async fn file(client: &Client, path: &str) -> (String, String) {
    let mut request = client.request(reqwest::Method::GET, path);
    if let Some(position) = client.stands_at() {
        request = request.header("X-Log-Position", position);
    }
    let reply = request.send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 200);
    let kind = reply.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(reply.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    (kind, reply.text().await.unwrap())
}

#[tokio::test]
async fn what_was_done_is_found_by_who_what_where_and_when() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    operator.see(&tenant.admin);
    let path = tenant.fill("/api/v1/projects/{project_id}");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let rename = tenant.admin.mutation(reqwest::Method::PATCH, &path).header("X-Correlation-Id", trace);
    let renamed = tenant.admin.send(rename.json(&json!({"slug": "lab"}))).await.expect(200);
    operator.see(&tenant.admin);
    let (user, project, organization) = (&tenant.admin_user, &tenant.project, &tenant.organization);
    let at = renamed["updated_at"].as_str().unwrap();
    for condition in [
        format!("correlation_id={trace}"),
        format!("actor={user}&action=project.update"),
        format!("target_id={project}&action=project.update"),
        format!("target_kind=project&result=success&from={at}"),
        format!("org_id={organization}&action=project.update&actor=user"),
    ] {
        let records = found(&operator, &format!("{WHOLE}?{condition}")).await;
        let [record] = &records[..] else { panic!("{condition}: {records:?}") };
        assert_eq!((&record["action"], &record["privileged"]), (&json!("project.update"), &json!(true)));
        assert_eq!((&record["actor"]["id"], &record["correlation_id"]), (&json!(user), &json!(trace)));
        assert_eq!(record["actor"]["credential"], json!(tenant.token_id));
        assert_eq!(record["target"], json!({"kind": "project", "id": project}));
        assert_eq!((&record["result"], &record["recorded_at"]), (&json!("success"), &json!(at)));
        assert_eq!(record["organization_id"], json!(organization));
        assert!(record["decision"]["rules"].as_array().unwrap().contains(&json!("org-admin")), "{record}");
        assert_eq!(record["events"][0]["event"], "project.updated");
    }
    assert_eq!(found(&operator, &format!("{WHOLE}?target_kind=project&to={at}&action=project.update")).await.len(), 0);
    // Pages, in both orders.
    let all = found(&operator, &format!("{WHOLE}?order=oldest&limit=200")).await;
    let positions =
        |records: &[Value]| -> Vec<u64> { records.iter().map(|record| record["position"].as_u64().unwrap()).collect() };
    assert!(positions(&all).is_sorted() && all.len() > 10);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("{WHOLE}?limit=4{cursor}")).await.expect(200);
        seen.extend(positions(page["items"].as_array().unwrap()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.reverse();
    assert!(seen.starts_with(&positions(&all)), "{seen:?} {all:?}");
}

#[tokio::test]
async fn a_denial_is_in_the_trail_and_says_what_was_denied() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let account = tenant.service_account(&running).await;
    account.delete(&tenant.fill("/api/v1/projects/{project_id}")).await.refused(403, "forbidden");
    let path = tenant.fill("/api/v1/orgs/{org_id}/audit/entries?result=denied");
    let records = tenant.admin.until(&path, |page| page["items"][0].is_object()).await;
    let record = &records["items"][0];
    assert_eq!((&record["action"], &record["privileged"]), (&json!("project.archive"), &json!(true)));
    assert_eq!((&record["target"], &record["denied_again"]), (&json!({"kind": "project"}), &json!(0)));
    assert_eq!((&record["actor"]["id"], &record["result"]), (&json!(tenant.service_account), &json!("denied")));
    assert_eq!(record["decision"]["rules"], json!([]));
    let explained = format!("/api/v1/log/entries/{}/explanation", record["position"]);
    let explained = tenant.admin.get(&explained).await.expect(200);
    let first = explained["sentences"][0].as_str().unwrap();
    assert!(first.contains("was denied project.archive on a resource of the kind project"), "{first}");
}

#[tokio::test]
async fn an_organization_finds_its_own_and_nothing_else() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    acme.admin.see(&evil.admin);
    let own = acme.fill("/api/v1/orgs/{org_id}/audit/entries");
    let records = found(&acme.admin, &format!("{own}?limit=200")).await;
    assert!(records.len() >= 5 && records.iter().all(|record| record["organization_id"] == json!(acme.organization)));
    let text = json!(records).to_string();
    for foreign in [&evil.organization, &evil.project, &evil.admin_user] {
        assert!(!text.contains(foreign), "{foreign}");
        assert_eq!(found(&acme.admin, &format!("{own}?target_id={foreign}")).await, Vec::<Value>::new());
    }
    // The path says whose; saying it again is refused, whosever it is.
    for organization in [&evil.organization, &acme.organization] {
        let export = acme.fill(&format!("/api/v1/orgs/{{org_id}}/audit/export?org_id={organization}"));
        acme.admin.get(&export).await.refused(400, "invalid_parameter");
        acme.admin.get(&format!("{own}?org_id={organization}")).await.refused(400, "invalid_parameter");
    }
    evil.admin.get(&own).await.refused(404, "not_found");
    acme.admin.get(WHOLE).await.refused(403, "forbidden");
    // An auditor of the organization may search; a member may not.
    let (user, token, _) = person(&running.admin(), "eve").await;
    let eve = running.client(&token);
    for (role, may) in [("org_member", false), ("org_auditor", true)] {
        let member = json!({"user_id": user, "role": role});
        let added = acme.admin.post(&acme.fill("/api/v1/orgs/{org_id}/members"), member).await.expect(201);
        eve.see(&acme.admin);
        assert_eq!(eve.get(&own).await.status.is_success(), may, "{role}");
        let member = acme.fill(&format!("/api/v1/orgs/{{org_id}}/members/{}", added["id"].as_str().unwrap()));
        acme.admin.delete(&member).await.expect(200);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused() {
    let running = Running::start().await;
    let operator = running.admin();
    for query in [
        "actor=nobody",
        "actor=user_",
        "action=project.explode",
        "target_kind=wormhole",
        "target_id=x",
        "correlation_id=4b",
        "result=maybe",
        "from=yesterday",
        "to=1",
        "order=random",
        "limit=0",
        "limit=201",
        "org_id=proj_01h2e8kqvbfwea724h75qc655w",
        "unknown=1",
    ] {
        let refused = operator.get(&format!("{WHOLE}?{query}")).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "invalid_parameter"), "{query}: {}", refused.body);
    }
    operator.get(&format!("{WHOLE}?cursor=AAAA")).await.refused(400, "invalid_cursor");
    operator.get("/api/v1/audit/export?format=xlsx").await.refused(400, "invalid_parameter");
    for position in ["0", "99999999", "18446744073709551615"] {
        operator.get(&format!("/api/v1/log/entries/{position}/explanation")).await.refused(404, "not_found");
    }
    operator.get("/api/v1/log/entries/x/explanation").await.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn what_is_found_is_exported_as_csv_and_as_json_lines() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    // More than a page of them.
    for number in 0..210 {
        let rename = json!({"display_name": format!("Acme {number}")});
        tenant.admin.patch(&tenant.fill("/api/v1/orgs/{org_id}"), rename).await.expect(200);
    }
    let export = tenant.fill("/api/v1/orgs/{org_id}/audit/export?action=organization.update");
    let (kind, lines) = file(&tenant.admin, &export).await;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((kind.as_str(), lines.len()), ("application/jsonl", 210));
    assert!(lines.iter().all(|line| line["action"] == "organization.update"));
    assert!(lines.is_sorted_by_key(|line| line["position"].as_u64()));
    let (kind, csv) = file(&tenant.admin, &format!("{export}&format=csv")).await;
    assert!(kind.starts_with("text/csv"), "{kind}");
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 211);
    assert!(rows[0].starts_with("position,recorded_at,organization_id,actor_kind"), "{}", rows[0]);
    let (first, position) = (rows[1], lines[0]["position"].to_string());
    assert!(first.starts_with(&format!("{position},")) && first.contains("organization.update"), "{first}");
    assert!(first.ends_with(&format!("organization.updated@{position}")), "{first}");
    let operator = running.admin();
    operator.see(&tenant.admin);
    let (_, whole) = file(&operator, "/api/v1/audit/export?actor=system").await;
    assert!(whole.lines().next().unwrap().contains("log.create"), "{whole}");
}

#[tokio::test]
async fn every_entry_was_written_by_a_registered_command_that_may_write_it() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    tenant
        .service_account(&running)
        .await
        .delete(&tenant.fill("/api/v1/projects/{project_id}"))
        .await
        .refused(403, "forbidden");
    let head = *running.log().head().borrow();
    let entries = running.log().read(0, usize::try_from(head).unwrap()).await.unwrap();
    let mut seen = BTreeSet::new();
    for stored in &entries {
        let entry = stored.entry().unwrap();
        let registered =
            audit::find(entry.command.name).unwrap_or_else(|| panic!("{} is not registered", entry.command.name));
        assert!(registered.events.contains(&entry.event), "{} wrote {}", entry.command.name, entry.event);
        seen.insert(entry.command.name.to_owned());
    }
    assert!(seen.len() > 15, "{seen:?}");
    let listed = found(&tenant.admin, "/api/v1/audit/actions").await;
    assert_eq!(listed.len(), audit::all().len());
    let create = listed.iter().find(|action| action["action"] == "project.create").unwrap();
    let expected = json!({
        "action": "project.create", "target": "project", "privileged": true, "permissions": ["project.create"],
        "events": ["project.created"]
    });
    assert_eq!(*create, expected);
    let listed: BTreeSet<&str> = listed.iter().map(|action| action["action"].as_str().unwrap()).collect();
    assert!(seen.iter().all(|command| listed.contains(command.as_str())));
}

#[tokio::test]
async fn an_entry_is_explained_with_what_led_to_it_and_what_followed() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let operator = running.admin();
    operator.see(&tenant.admin);
    // A person uploaded an artifact, and the platform asked the registry about it.
    let uploads = found(&operator, &format!("{WHOLE}?action=artifact.upload")).await;
    let position = uploads[0]["position"].as_u64().unwrap();
    let path = format!("/api/v1/log/entries/{position}/explanation");
    for client in [&operator, &tenant.admin] {
        let explained = client.until(&path, |explained| explained["followed_by"][0].is_object()).await;
        let sentences: Vec<&str> =
            explained["sentences"].as_array().unwrap().iter().map(|sentence| sentence.as_str().unwrap()).collect();
        let text = sentences.join("\n");
        assert!(sentences[0].contains(&format!("the user {} did artifact.upload", tenant.admin_user)), "{text}");
        assert!(text.contains("The access rule org-admin of the set "), "{text}");
        assert!(
            text.contains(&format!("It depended on {} at version", tenant.token_id)) || text.contains(&tenant.token_id)
        );
        assert!(text.contains("No entry of the log led to it: it was asked for from outside."), "{text}");
        assert!(text.contains("One command has followed from it."), "{text}");
        assert_eq!((&explained["complete"], &explained["led_to_by"]), (&json!(true), &json!([])));
        assert_eq!(explained["entries"][0]["receipt"], format!("/api/v1/log/entries/{position}/receipt"));
        let followed = &explained["followed_by"][0];
        assert_eq!((&followed["depth"], &followed["action"]), (&json!(1), &json!("artifact.record_verification")));
        assert!(followed["sentence"].as_str().unwrap().contains("the policy verification did"), "{followed}");
        let effect = format!("/api/v1/log/entries/{}/explanation", followed["position"]);
        let effect = client.get(&effect).await.expect(200);
        assert_eq!(effect["led_to_by"][0]["position"], json!(position));
        assert!(effect["sentences"].to_string().contains("No access rule was asked"), "{effect}");
    }
    let foreign = Tenant::create(&running, "evil").await;
    foreign.admin.get(&path).await.refused(404, "not_found");
    // What belongs to the platform is not for an organization.
    tenant.admin.get("/api/v1/log/entries/1/explanation").await.refused(404, "not_found");
    let first = operator.get("/api/v1/log/entries/1/explanation").await.expect(200);
    assert!(first["sentences"][0].as_str().unwrap().contains("the platform itself did log.create"), "{first}");
}

#[tokio::test]
async fn personal_fields_stay_sealed_in_an_explanation() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    operator.see(&tenant.admin);
    let users = found(&operator, &format!("{WHOLE}?action=user.create&target_id={}", tenant.admin_user)).await;
    let explained =
        operator.get(&format!("/api/v1/log/entries/{}/explanation", users[0]["position"])).await.expect(200);
    assert!(explained["entries"][0]["payload"]["email"]["ciphertext"].is_string(), "{explained}");
    assert!(!explained.to_string().contains("acme@example.org"));
    assert!(explained["sentences"].to_string().contains("It took a name that is unique among"), "{explained}");
    // Reading is how the harness says that they were reached.
    for path in ["/api/v1/audit/export", "/api/v1/audit/actions"] {
        operator.get(path).await.expect(200);
    }
    for template in ["/api/v1/orgs/{org_id}/audit/entries", "/api/v1/orgs/{org_id}/audit/export"] {
        tenant.admin.get(&tenant.fill(template)).await.expect(200);
    }
    all_reached(REACHED);
}

#[tokio::test]
async fn a_trail_that_is_not_built_is_not_shown_as_if_it_were_all() {
    let running = Running::with(|config| config.roles.clear()).await;
    let operator = running.admin();
    for path in [WHOLE, "/api/v1/audit/export"] {
        operator.get(path).await.refused(503, "projection_behind");
    }
}
