//! A later server may answer words that this client does not know: all else is still read.

use gpuaas_sdk::{PageProject, ProjectRole, ProjectStatus};
use serde_json::json;

#[test]
fn a_page_with_a_word_that_nobody_knows_is_read_and_shown() {
    let project = |slug: &str, status: &str| {
        json!({
            "id": "proj_01h2e8kqvbfwea724h75qc655w", "organization_id": "org_01h2e8kqvbfwea724h75qc655w",
            "slug": slug, "display_name": slug, "status": status,
            "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z"
        })
    };
    let page = json!({"items": [project("old", "archived"), project("new", "frozen")], "next_cursor": null});
    let page: PageProject = serde_json::from_value(page).unwrap();
    let statuses: Vec<ProjectStatus> = page.items.iter().map(|project| project.status).collect();
    assert_eq!(statuses, [ProjectStatus::Archived, ProjectStatus::Unknown]);
    assert_eq!(ProjectStatus::Unknown.to_string(), "unknown");
    // Programs that are shown it again are not refused the page either.
    let shown = serde_json::to_value(&page).unwrap();
    assert_eq!((&shown["items"][1]["slug"], &shown["items"][1]["status"]), (&json!("new"), &json!("unknown")));
}

#[test]
fn what_is_not_known_is_not_offered() {
    assert!(!ProjectStatus::ALL.contains(&ProjectStatus::Unknown));
    assert!(!ProjectRole::ALL.contains(&ProjectRole::Unknown));
}
