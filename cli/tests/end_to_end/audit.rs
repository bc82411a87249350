//! The audit trail and the past, from the command line.

use serde_json::Value;

use super::platform::Platform;

/// What a command prints, if it succeeds.
#[track_caller]
fn run(platform: &Platform, line: &str) -> String {
    let output = platform.run(&line.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The exit status of a command that fails, and what it says.
#[track_caller]
fn fails(platform: &Platform, line: &str) -> (i32, String) {
    let output = platform.run(&line.split(' ').collect::<Vec<_>>());
    assert!(!output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn json(platform: &Platform, line: &str) -> Value {
    serde_json::from_str(&run(platform, &format!("{line} --json"))).unwrap()
}

#[test]
fn what_was_done_is_found_explained_and_taken_out() {
    let platform = Platform::start();
    run(&platform, "orgs create acme");
    let project = json(&platform, "projects create acme/vision");
    run(&platform, "projects update acme/vision --name Vision");
    let target = project["id"].as_str().unwrap();

    let found = json(&platform, &format!("audit search --org acme --target {target}"));
    let actions: Vec<&str> =
        found.as_array().unwrap().iter().map(|record| record["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["project.update", "project.create"]);
    let table = run(&platform, "audit search --action project.create --result success");
    assert!(table.starts_with("POSITION") && table.contains(target) && table.contains("platform-admin"), "{table}");
    assert_eq!(run(&platform, "audit search --limit 1").lines().count(), 2);

    let csv = run(&platform, &format!("audit search --target {target} --csv"));
    assert!(csv.starts_with("position,recorded_at,") && csv.lines().count() == 3, "{csv}");
    let lines = run(&platform, &format!("audit search --target {target} --jsonl"));
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first["action"], "project.create");

    let explained = run(&platform, &format!("audit explain {}", first["position"]));
    assert!(explained.contains("did project.create, which wrote project.created on"), "{explained}");
    assert!(explained.contains("The access rules org-admin, platform-admin of the set"), "{explained}");
    assert!(explained.contains(&format!("/api/v1/log/entries/{}/receipt", first["position"])), "{explained}");
    let (status, said) = fails(&platform, "audit explain 99999999");
    assert!(status == 1 && said.contains("there is no entry at this position that you may see"), "{said}");
    // Of an append that has more entries than are told, the one that was asked about is.
    let explained = run(&platform, "audit explain 130");
    let receipts: Vec<&str> = explained.lines().skip_while(|line| *line != "Receipts").skip(1).collect();
    assert!(receipts.len() == 100 && receipts[0].ends_with("/api/v1/log/entries/130/receipt"), "{explained}");
    assert!(explained.contains("the platform does it by itself."), "{explained}");

    let actions = run(&platform, "audit actions");
    assert!(actions.lines().any(|line| line.starts_with("project.create ") && line.contains(" yes ")), "{actions}");
    let (status, said) = fails(&platform, "audit search --action project.explode");
    assert!(status == 1 && said.contains("/api/v1/audit/actions"), "{said}");
}

#[test]
fn a_resource_is_shown_as_it_was() {
    let platform = Platform::start();
    run(&platform, "orgs create acme");
    let created = json(&platform, "projects create acme/vision --name Vision");
    let renamed = json(&platform, "projects update acme/vision --name Sight");
    let at = |moment: &Value| format!("projects show acme/vision --as-of {}", moment.as_str().unwrap());
    assert_eq!(json(&platform, &at(&created["updated_at"]))["display_name"], "Vision");
    assert_eq!(json(&platform, &at(&renamed["updated_at"]))["display_name"], "Sight");
    let (status, said) = fails(&platform, "projects show acme/vision --as-of 1");
    assert!(status == 1 && said.contains("there was no such project yet"), "{said}");
    let (status, said) = fails(&platform, "projects show acme/vision --as-of 2999-01-01T00:00:00Z");
    assert!(status == 1 && said.contains("as_of_in_future"), "{said}");
    let (status, said) = fails(&platform, "projects list acme --as-of 1");
    assert!(status == 2 && said.contains("--as-of is for what shows a single resource"), "{said}");
    assert!(platform.run(&["projects", "list", "acme", "--as-of", "1"]).stdout.is_empty(), "today's list is no answer");
    let (status, said) = fails(&platform, "events follow acme --after 0 --as-of 1");
    assert!(status == 2 && said.contains("--as-of is for what shows a single resource"), "{said}");
    let (status, said) = fails(&platform, "projects archive acme/vision --as-of 1");
    assert!(status == 2 && said.contains("nothing can be changed in the past"), "{said}");
    assert_eq!(json(&platform, "projects show acme/vision")["status"], "active");
}

#[test]
fn a_dry_run_says_what_would_happen() {
    let platform = Platform::start();
    run(&platform, "orgs create acme");
    let tried = run(&platform, "projects create acme/vision --dry-run");
    assert!(tried.starts_with("it would succeed\nallowed by org-admin, platform-admin\nEVENT"), "{tried}");
    assert!(tried.contains("project.created"), "{tried}");
    assert_eq!(json(&platform, "projects create acme/vision --dry-run")["would_succeed"], true);
    run(&platform, "projects create acme/vision");
    let output = platform.run(&["projects", "create", "acme/vision", "--dry-run"]);
    let (said, failed) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(said.starts_with("name_taken (409): slug \"vision\" is taken"), "{said}");
    assert!(output.status.code() == Some(1) && failed.contains("it would be refused: name_taken"), "{failed}");
}
