//! Today's contracts, changed in one place: what breaks somebody is named, and what does not is not.

use serde_json::{Value, json};

use super::super::breaks;
use super::super::documents::{self, API, Documents, ERRORS, EVENTS};
use crate::workspace;

/// The kind of task that the rows change.
const TASK: &str = "node-tasks/workload.oci_remove.json";
const PROFILE: &str = "launchable-profile.v1.schema.json";

/// A change of a document, and what it breaks: the line, or nothing.
type Row = (fn(&mut Value), &'static str);

/// Where the rows look, of all that the API has: each of them compares it anew.
const PATHS: [&str; 5] = [
    "/api/v1/auth/token",
    "/api/v1/orgs/{org_id}/ledger",
    "/api/v1/orgs/{org_id}/projects",
    "/api/v1/projects/{project_id}",
    "/api/v1/users/{user_id}",
];

fn today() -> Documents {
    documents::read(&workspace::root().join("schemas")).unwrap()
}

#[track_caller]
fn check(today: &Documents, name: &str, rows: &[Row]) {
    let mut old = Documents::from([(name.to_owned(), today[name].clone())]);
    if let Some(paths) = old.get_mut(API).and_then(|api| api["paths"].as_object_mut()) {
        paths.retain(|path, _| PATHS.contains(&path.as_str()));
        assert_eq!(paths.len(), PATHS.len());
    }
    for (number, (change, expected)) in rows.iter().enumerate() {
        let mut new = old.clone();
        change(new.get_mut(name).unwrap());
        assert!(new != old, "row {number} changes nothing");
        let said = breaks(&old, &new);
        let is_said = if expected.is_empty() { said.is_empty() } else { said.iter().any(|line| line == expected) };
        assert!(is_said, "row {number}: {expected:?} is not what is said: {said:#?}");
    }
}

/// The operation with this id.
fn operation<'d>(document: &'d mut Value, id: &str) -> &'d mut Value {
    let paths = document["paths"].as_object_mut().unwrap().values_mut();
    let mut operations = paths.flat_map(|path| path.as_object_mut().unwrap().values_mut());
    operations.find(|operation| operation["operationId"] == id).unwrap()
}

fn schema<'d>(document: &'d mut Value, name: &str) -> &'d mut Value {
    document["components"]["schemas"].get_mut(name).unwrap()
}

fn without(schema: &mut Value, name: &str) {
    schema.as_object_mut().unwrap().shift_remove(name).unwrap();
}

/// The parameter of an operation, which it does not share.
fn parameter<'d>(document: &'d mut Value, id: &str, name: &str) -> &'d mut Value {
    let parameters = operation(document, id)["parameters"].as_array_mut().unwrap();
    parameters.iter_mut().find(|parameter| parameter["name"] == name).unwrap()
}

/// A created project's message over JetStream.
fn message(events: &mut Value) -> &mut Value {
    &mut events["components"]["messages"]["jetstream.project.created"]
}

/// What a created project's event carries where its fields are not erased.
fn payload(events: &mut Value) -> &mut Value {
    let choices = &mut schema(events, "project.created")["properties"]["payload"]["anyOf"];
    let shown = choices.as_array_mut().unwrap().iter_mut().find(|choice| choice["type"] == "object");
    shown.unwrap()
}

#[test]
fn a_client_of_the_api_is_kept_from_changes_of_what_it_sends() {
    check(
        &today(),
        API,
        &[
            (|api| without(&mut api["paths"], "/api/v1/auth/token"), "POST /api/v1/auth/token: it is gone"),
            (
                |api| operation(api, "get_project")["operationId"] = json!("show_project"),
                "GET /api/v1/projects/{project_id}: operationId was \"get_project\" and is \"show_project\"",
            ),
            (
                |api| schema(api, "NewProject")["required"].as_array_mut().unwrap().push(json!("color")),
                "POST /api/v1/orgs/{org_id}/projects: body.color: it can be missing",
            ),
            (
                |api| without(&mut schema(api, "NewProject")["properties"], "slug"),
                "POST /api/v1/orgs/{org_id}/projects: body.slug: it is not taken",
            ),
            (|api| schema(api, "NewProject")["properties"]["color"] = json!({"type": "string"}), ""),
            (
                |api| schema(api, "NewProject")["properties"]["slug"]["maxLength"] = json!(9),
                "POST /api/v1/orgs/{org_id}/projects: body.slug: maxLength 9 is not kept",
            ),
            (|api| schema(api, "NewProject")["properties"]["slug"]["maxLength"] = json!(90), ""),
            (
                |api| schema(api, "NewProject")["properties"]["slug"]["not"] = json!({"const": "admin"}),
                "POST /api/v1/orgs/{org_id}/projects: body.slug: not {\"const\":\"admin\"} is not kept",
            ),
            (
                |api| operation(api, "create_project")["requestBody"]["content"] = json!({"application/cbor": {}}),
                "POST /api/v1/orgs/{org_id}/projects: body: application/json is not taken any more",
            ),
            (
                |api| without(parameter(api, "list_projects", "limit"), "name"),
                "GET /api/v1/orgs/{org_id}/projects: parameter limit: it is gone",
            ),
            (
                |api| parameter(api, "list_projects", "slug")["required"] = json!(true),
                "GET /api/v1/orgs/{org_id}/projects: parameter slug: it is required now",
            ),
            (
                |api| parameter(api, "list_projects", "limit")["schema"]["default"] = json!(3),
                "GET /api/v1/orgs/{org_id}/projects: parameter limit: its default was 50 and is 3",
            ),
            (|api| parameter(api, "list_projects", "limit")["schema"]["format"] = json!("int64"), ""),
            (
                |api| parameter(api, "list_projects", "slug")["style"] = json!("deepObject"),
                "GET /api/v1/orgs/{org_id}/projects: parameter slug: style was none and is \"deepObject\"",
            ),
            // One that is shared.
            (
                |api| api["components"]["parameters"]["IdempotencyKey"]["schema"]["maxLength"] = json!(8),
                "DELETE /api/v1/projects/{project_id}: parameter Idempotency-Key: maxLength 8 is not kept",
            ),
            (
                |api| without(&mut api["components"]["parameters"], "IdempotencyKey"),
                "DELETE /api/v1/projects/{project_id}: \"#/components/parameters/IdempotencyKey\" is not there",
            ),
            (
                |api| without(operation(api, "exchange_secret"), "security"),
                "POST /api/v1/auth/token: security was [{}] and is none",
            ),
            (
                |api| api["security"] = json!([{"key": []}]),
                "the API: security was [{\"bearer\":[]}] and is [{\"key\":[]}]",
            ),
            (
                |api| api["components"]["securitySchemes"]["bearer"]["scheme"] = json!("basic"),
                "security scheme bearer: scheme was \"bearer\" and is \"basic\"",
            ),
            (|api| without(&mut api["components"]["securitySchemes"], "bearer"), "security scheme bearer: it is gone"),
        ],
    );
}

#[test]
fn a_client_of_the_api_is_kept_from_changes_of_what_it_gets() {
    check(
        &today(),
        API,
        &[
            (
                |api| without(&mut schema(api, "Project")["properties"], "slug"),
                "GET /api/v1/projects/{project_id}: answer 200.slug: it is gone",
            ),
            (|api| schema(api, "Project")["properties"]["color"] = json!({"type": "string"}), ""),
            (
                |api| schema(api, "Project")["required"] = json!(["id"]),
                "GET /api/v1/projects/{project_id}: answer 200.slug: it can be missing",
            ),
            (
                |api| schema(api, "Project")["properties"]["slug"]["type"] = json!(["string", "null"]),
                "GET /api/v1/orgs/{org_id}/projects: answer 200.items[].slug: null does not fit string",
            ),
            // A word more is borne, and refused where it is not known any more.
            (|api| schema(api, "ProjectStatus")["enum"].as_array_mut().unwrap().push(json!("paused")), ""),
            (
                |api| schema(api, "ProjectStatus")["enum"] = json!(["active"]),
                "GET /api/v1/orgs/{org_id}/projects: parameter status: \"archived\" is not among what is known",
            ),
            // What may be null: said as what it is, and not as another of the choices.
            (
                |api| schema(api, "Person")["properties"] = json!({}),
                "GET /api/v1/users/{user_id}: answer 200.person.email: it is gone",
            ),
            // Maps.
            (
                |api| {
                    schema(api, "Ledger")["properties"]["balances"]["additionalProperties"] = json!({"type": "number"})
                },
                "GET /api/v1/orgs/{org_id}/ledger: answer 200.balances.*: number does not fit string",
            ),
            (
                |api| without(&mut schema(api, "Ledger")["properties"]["balances"], "additionalProperties"),
                "GET /api/v1/orgs/{org_id}/ledger: answer 200.balances.*: it may be of any type",
            ),
            (
                |api| without(&mut operation(api, "create_project")["responses"], "201"),
                "POST /api/v1/orgs/{org_id}/projects: answer 201: it is gone",
            ),
            (
                |api| operation(api, "create_project")["responses"]["202"] = json!({"description": "Later."}),
                "POST /api/v1/orgs/{org_id}/projects: answer 202: it is new",
            ),
            // One more refusal is one of those that a client knows, if it looks like them.
            (
                |api| {
                    operation(api, "create_project")["responses"]["418"] =
                        json!({"$ref": "#/components/responses/Refusal"})
                },
                "",
            ),
            (
                |api| operation(api, "create_project")["responses"]["418"] = json!({"description": "No."}),
                "POST /api/v1/orgs/{org_id}/projects: answer 418: application/json is gone",
            ),
            (
                |api| without(&mut schema(api, "ErrorBody")["properties"], "code"),
                "GET /api/v1/projects/{project_id}: answer 4XX.error.code: it is gone",
            ),
            (
                |api| operation(api, "get_project")["responses"]["200"]["content"] = json!({"text/html": {}}),
                "GET /api/v1/projects/{project_id}: answer 200: application/json is gone",
            ),
            (
                |api| without(&mut operation(api, "archive_project")["responses"]["200"]["headers"], "X-Log-Position"),
                "DELETE /api/v1/projects/{project_id}: answer 200: header X-Log-Position: it is gone",
            ),
            (
                |api| api["components"]["headers"]["ETag"]["schema"] = json!({"type": "integer"}),
                "GET /api/v1/projects/{project_id}: answer 200: header ETag: integer does not fit string",
            ),
            (renamed, "schema Page_Project: it is gone"),
            (
                |api| without(&mut api["components"]["schemas"], "ProjectId"),
                "GET /api/v1/projects/{project_id}: answer 200.id: \"#/components/schemas/ProjectId\" is not there",
            ),
        ],
    );
}

/// A page of projects by another name.
fn renamed(api: &mut Value) {
    let text = api.to_string().replace("Page_Project\"", "ProjectPage\"");
    *api = serde_json::from_str(&text).unwrap();
}

#[test]
fn a_subscriber_is_kept_from_changes_of_events() {
    check(
        &today(),
        EVENTS,
        &[
            (
                |events| without(&mut payload(events)["properties"], "slug"),
                "schema project.created.payload.slug: it is gone",
            ),
            (
                |events| payload(events)["properties"]["slug"]["type"] = json!("integer"),
                "schema project.created.payload.slug: integer does not fit string",
            ),
            (|events| payload(events)["properties"]["color"] = json!({"type": "string"}), ""),
            (
                |events| schema(events, "project.created")["required"] = json!([]),
                "schema project.created.position: it can be missing",
            ),
            (
                |events| without(&mut schema(events, "webhookHeaders")["properties"], "webhook-id"),
                "schema webhookHeaders.webhook-id: it is gone",
            ),
            (
                |events| message(events)["payload"] = json!({"$ref": "#/components/schemas/project.updated"}),
                "message jetstream.project.created.event: \"project.updated\" is not among what is known",
            ),
            (
                |events| without(message(events), "headers"),
                "message jetstream.project.created: headers: it may be of any type",
            ),
            (
                |events| message(events)["contentType"] = json!("application/cbor"),
                "message jetstream.project.created: contentType was \"application/json\" and is \"application/cbor\"",
            ),
            (
                |events| message(events)["name"] = json!("made"),
                "message jetstream.project.created: name was \"project.created\" and is \"made\"",
            ),
            (
                |events| without(&mut events["components"]["messages"], "sse.project.created"),
                "message sse.project.created: it is gone",
            ),
        ],
    );
}

#[test]
fn a_subscriber_is_kept_from_changes_of_where_events_are() {
    check(
        &today(),
        EVENTS,
        &[
            (
                |events| events["channels"]["project.created"]["address"] = json!("gpuaas.made"),
                "channel project.created: address was \"gpuaas.{organization}.project.created\" and is \"gpuaas.made\"",
            ),
            (|events| without(&mut events["channels"], "project.created"), "channel project.created: it is gone"),
            (
                |events| without(&mut events["channels"]["projectEvents"]["messages"], "project.created"),
                "channel projectEvents: message project.created is gone",
            ),
            (
                |events| {
                    let other = json!({"$ref": "#/components/messages/jetstream.project.archived"});
                    events["channels"]["project.created"]["messages"]["project.created"] = other;
                },
                "channel project.created: message project.created.payload.slug: it is gone",
            ),
            (
                |events| without(&mut events["channels"]["project.created"]["parameters"], "organization"),
                "channel project.created: parameters was {\"organization\":{}} and is {}",
            ),
            (
                |events| without(&mut events["operations"], "send.project.created"),
                "operation send.project.created: it is gone",
            ),
            (|events| without(&mut events["servers"], "jetstream"), "server jetstream: it is gone"),
            (
                |events| events["servers"]["http"]["protocol"] = json!("https"),
                "server http: protocol was \"http\" and is \"https\"",
            ),
            (
                |events| events["components"]["securitySchemes"]["bearer"]["scheme"] = json!("basic"),
                "security scheme bearer: scheme was \"bearer\" and is \"basic\"",
            ),
            (
                |events| events["defaultContentType"] = json!("application/cbor"),
                "the events: defaultContentType was \"application/json\" and is \"application/cbor\"",
            ),
            (|events| events["servers"]["http"]["description"] = json!("Said better."), ""),
        ],
    );
}

#[test]
fn who_knows_a_code_a_manifest_or_a_task_is_kept_from_changes() {
    let today = today();
    check(
        &today,
        ERRORS,
        &[
            (|errors| without(errors, "not_found"), "error not_found: it is gone"),
            (|errors| errors["not_found"]["status"] = json!(410), "error not_found: status was 404 and is 410"),
            (
                |errors| errors["not_found"]["retryable"] = json!(true),
                "error not_found: retryable was false and is true",
            ),
            (|errors| errors["not_found"]["meaning"] = json!("Said better."), ""),
            (|errors| errors["teapot"] = json!({"status": 418}), ""),
        ],
    );
    check(
        &today,
        PROFILE,
        &[
            (
                |profile| profile["required"].as_array_mut().unwrap().push(json!("network")),
                "manifest.network: it can be missing",
            ),
            (
                |profile| profile["$defs"]["Identity"]["properties"]["slug"]["maxLength"] = json!(9),
                "manifest.profile.slug: maxLength 9 is not kept",
            ),
            (|profile| without(&mut profile["properties"], "network"), "manifest.network: it is not taken"),
            (
                |profile| without(&mut profile["properties"]["storage"], "default"),
                "manifest.storage: its default was {\"mounts\":[]} and is none",
            ),
            (|profile| profile["properties"]["color"] = json!({"type": "string"}), ""),
        ],
    );
    check(
        &today,
        TASK,
        &[
            // An agent refuses what it does not know.
            (
                |task| task["properties"]["reason"] = json!({"type": "string"}),
                "task workload.oci_remove.reason: it is not taken",
            ),
            (
                |task| task["properties"]["grace_seconds"]["maximum"] = json!(900),
                "task workload.oci_remove.grace_seconds: maximum 120 is not kept",
            ),
            (|task| task["required"] = json!([]), "task workload.oci_remove.identity: it can be missing"),
            (|task| task["properties"]["grace_seconds"]["maximum"] = json!(60), ""),
        ],
    );
}

/// Neither because they are the same, nor because nothing in them is seen.
#[test]
fn todays_documents_break_nothing_as_they_are_and_everything_as_nothing() {
    let today = today();
    assert_eq!(breaks(&today, &today), [""; 0]);
    let nothing: Documents = today.keys().map(|path| (path.clone(), json!({}))).collect();
    let said = breaks(&today, &nothing);
    for (path, kind) in [
        (API, "paths"),
        (API, "components/schemas"),
        (EVENTS, "channels"),
        (EVENTS, "components/messages"),
        (EVENTS, "components/schemas"),
    ] {
        let named = today[path].pointer(&format!("/{kind}")).and_then(Value::as_object).unwrap();
        let is_gone = |name: &String| said.iter().any(|line| line.ends_with(&format!("{name}: it is gone")));
        assert!(named.keys().all(is_gone) && named.len() > 50, "{path}: {kind}");
    }
    assert!(said.contains(&"error not_found: it is gone".to_owned()));
}
