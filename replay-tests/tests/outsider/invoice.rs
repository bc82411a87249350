//! The outsider's reconstruction makes our invoices byte for byte, from exports alone.

use std::path::Path;
use std::process::Output;

use ed25519_dalek::SigningKey;
use gpuaas_domain::interval::Interval;
use gpuaas_domain::rating::Basis;

use super::books::{HOUR, World, dearer, hours, key, node_key, organization};
use super::python;

fn reconstruct(file: &Path, period: Interval) -> Output {
    let (from, until) = (period.from.0.to_string(), period.until.0.to_string());
    let organization = organization().to_string();
    let options = ["--org", &organization, "--from", &from, "--to", &until, "--key", &key()].map(str::to_owned);
    python::run("reconstruct.py", [file.to_str().unwrap().to_owned()].into_iter().chain(options))
}

/// Fails unless every export gives these bytes, and this is said.
async fn check(world: &World, period: Interval, bytes: &[u8], said: &str) {
    for file in world.exports().await {
        let output = reconstruct(&file, period);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && errors.contains(said), "{}: {errors}", file.display());
        assert_eq!(String::from_utf8(output.stdout), String::from_utf8(bytes.to_vec()), "{}", file.display());
    }
}

/// Three hours, of which half an hour is attested by nobody, and a report.
async fn used() -> World {
    let mut world = World::new().await;
    world.attest(hours(0, 1)).await;
    let half_past = Interval::new(hours(1, 2).from, hours(2, 3).until);
    world.attest(Interval { from: gpuaas_domain::Timestamp(HOUR * 3 / 2), ..half_past }).await;
    world.meter(1).await;
    world.report(20, "2048.5", hours(1, 2)).await;
    world.meter(3).await;
    world.rate().await;
    world
}

#[tokio::test]
async fn an_issued_invoice_is_rebuilt_from_every_export() {
    let mut world = used().await;
    let document = world.issue(30, hours(0, 3)).await;
    assert!(document.lines.iter().any(|line| line.basis == Basis::Unknown));
    check(&world, hours(0, 3), &document.canonical(), "it is the one that was issued").await;
}

#[tokio::test]
async fn the_invoice_of_any_interval_is_rebuilt() {
    let world = used().await;
    for period in [hours(0, 2), hours(1, 3), Interval::new(gpuaas_domain::Timestamp(1), hours(1, 3).from)] {
        check(&world, period, &world.preview(period).canonical(), "none was issued").await;
    }
}

#[tokio::test]
async fn what_was_attested_an_hour_late_is_on_the_next_invoice() {
    let mut world = used().await;
    let first = world.issue(30, hours(0, 3)).await;
    world.attest(hours(1, 2)).await;
    world.attest(hours(3, 4)).await;
    world.meter(4).await;
    world.rate().await;
    let second = world.issue(31, hours(3, 4)).await;
    assert_eq!(second.late_lines.len(), 2, "the half hour is charged, and is unknown no more");
    check(&world, hours(0, 3), &first.canonical(), "it is the one that was issued").await;
    check(&world, hours(3, 4), &second.canonical(), "it is the one that was issued").await;
}

/// Fails unless the whole log's reconstruction says this, and that of the organization's own
/// export, which has nothing of the platform's, is as expected.
async fn found(world: &World, said: &str, in_own: bool) {
    let [whole, own] = &world.exports().await[..] else { panic!("two exports") };
    for (file, found) in [(whole, true), (own, in_own)] {
        let output = reconstruct(file, hours(0, 3));
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), errors.contains(said)), (Some(i32::from(found)), found), "{errors}");
        assert_eq!(output.stdout.is_empty(), found);
    }
}

#[tokio::test]
async fn an_attestation_with_a_wrong_signature_is_found() {
    let mut world = World::new().await;
    let other = |mut bytes: Vec<u8>| {
        bytes.push(b' ');
        bytes
    };
    world.attest_with(&node_key(), hours(0, 1), other).await;
    found(&world, "has a signature that is wrong", true).await;
}

#[tokio::test]
async fn an_attestation_by_another_key_than_the_nodes_is_found() {
    let mut world = World::new().await;
    world.attest_with(&SigningKey::from_bytes(&[8; 32]), hours(0, 1), |bytes| bytes).await;
    world.meter(1).await;
    world.rate().await;
    found(&world, "a key that was not the node's", false).await;
}

#[tokio::test]
async fn a_price_that_is_not_the_price_books_is_found() {
    let mut world = World::new().await;
    world.attest(hours(0, 1)).await;
    world.meter(1).await;
    world.rate_by(dearer()).await;
    found(&world, "prices that are not the price book's", false).await;
}

#[tokio::test]
async fn a_changed_byte_of_the_usage_is_found() {
    let world = used().await;
    for file in world.exports().await {
        let mut bytes = std::fs::read(&file).unwrap();
        let at = bytes.windows(6).position(|window| window == b"2048.5").unwrap();
        bytes[at] = b'1';
        std::fs::write(&file, bytes).unwrap();
        let output = reconstruct(&file, hours(0, 3));
        assert!(!output.status.success() && output.stdout.is_empty(), "{}", file.display());
        assert!(String::from_utf8(output.stderr).unwrap().contains("the export is not good"));
    }
}
