use uuid::Uuid;

use super::*;
use crate::aggregate::{Aggregate as _, Rejected as _};
use crate::bounded::Text;
use crate::code::Code;
use crate::fixed::SecretDigest;
use crate::id::{OrganizationId, ProjectId, TypedId as _, WebhookKeyId};
use crate::label::Label;
use crate::time::Timestamp;

fn key(number: u128) -> Key {
    let id = WebhookKeyId::from_uuid(Uuid::from_u128(number));
    Key { id, algorithm: Algorithm::HmacSha256, digest: SecretDigest([7; 32]), public_key: None }
}

fn filter(kinds: &[&str], events: &[&str]) -> Filter {
    let labels = |words: &[&str]| words.iter().map(|word| Label::new("word", *word).unwrap()).collect();
    Filter { project: None, kinds: labels(kinds), events: labels(events) }
}

fn created(url: &str, filter: Filter) -> Created {
    let organization = OrganizationId::from_uuid(Uuid::from_u128(1));
    Created { organization, url: Text::new(url).unwrap(), description: None, filter, key: key(1) }
}

fn active() -> Webhook {
    let events = Webhook::default().decide(Command::Create(created("https://a.example/", filter(&[], &[])))).unwrap();
    Webhook::default().evolve_all(&events)
}

fn after(state: &Webhook, command: Command) -> Webhook {
    state.clone().evolve_all(&state.decide(command).unwrap())
}

#[test]
fn a_url_or_filter_that_is_none_is_refused() {
    for (url, filter) in [
        ("ftp://a.example/", filter(&[], &[])),
        ("", filter(&[], &[])),
        ("https://a.example/", filter(&["unicorn"], &[])),
        ("https://a.example/", filter(&[], &["project.exploded"])),
        ("https://a.example/", filter(&[], &["project.created"; 65])),
    ] {
        let refused = Webhook::default().decide(Command::Create(created(url, filter))).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidField, "{url} {refused}");
    }
}

#[test]
fn a_filter_lets_through_what_it_names() {
    let mine = ProjectId::from_uuid(Uuid::from_u128(5));
    let passes = |filter: &Filter, project| filter.lets_through("project", "project.created", project);
    assert!(passes(&filter(&[], &[]), None));
    assert!(passes(&filter(&["project"], &[]), None));
    assert!(passes(&filter(&["invoice"], &["project.created"]), None));
    assert!(!passes(&filter(&["invoice"], &["project.updated"]), None));
    let of_mine = Filter { project: Some(mine), ..filter(&[], &[]) };
    assert!(passes(&of_mine, Some(mine)) && !passes(&of_mine, None));
}

#[test]
fn both_keys_sign_until_the_old_one_runs_out_and_a_third_ends_the_first() {
    let rotate = |number, until| Command::RotateKey(KeyRotated { key: key(number), old_until: Timestamp(until) });
    let ids =
        |state: &Webhook, now| -> Vec<Key> { state.details().unwrap().signing(Timestamp(now)).cloned().collect() };
    let rotated = after(&active(), rotate(2, 100));
    assert_eq!(ids(&rotated, 99), [key(2), key(1)]);
    assert_eq!(ids(&rotated, 100), [key(2)]);
    assert_eq!(ids(&after(&rotated, rotate(3, 200)), 50), [key(3), key(2)]);
}

#[test]
fn a_disabled_webhook_is_changed_and_replayed_and_enabled_again() {
    let disabled = after(&active(), Command::Disable(DisableReason::Failing));
    assert!(disabled.decide(Command::Disable(DisableReason::Requested)).unwrap().is_empty());
    let replayed = after(&disabled, Command::Replay { after: 3, end: 9 });
    let details = replayed.details().unwrap();
    assert_eq!((details.replays, details.replay_after), (1, 3));
    assert!(matches!(after(&replayed, Command::Enable), Webhook::Active(_)));
    let beyond = replayed.decide(Command::Replay { after: 10, end: 9 }).unwrap_err();
    assert_eq!(beyond.code(), Code::InvalidField);
}

#[test]
fn a_deleted_webhook_is_gone() {
    let deleted = after(&active(), Command::Delete);
    assert!(deleted.decide(Command::Delete).unwrap().is_empty());
    for command in [Command::Enable, Command::Redeliver { owner_sequence: 1 }, Command::Replay { after: 0, end: 0 }] {
        assert_eq!(deleted.decide(command).unwrap_err().code(), Code::NotFound);
    }
}
