//! The end of a platform, wanted or not, and its next beginning.

use std::time::{Duration, Instant};

use super::platform::{Platform, data};

/// Far more than it takes, for a machine that is busy; the bench `startup` holds the real limit.
const LOOSE: Duration = Duration::from_secs(10);

fn stdout(platform: &Platform, arguments: &[&str]) -> String {
    let output = platform.run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let platform = Platform::start();
    let made = stdout(&platform, &["orgs", "create", "acme"]);
    let token = std::fs::read(data(platform.home()).join("admin.token")).unwrap();
    let killed = Instant::now();
    let platform = platform.kill_and_restart();
    assert!(killed.elapsed() < LOOSE, "{:?}", killed.elapsed());
    assert_eq!(stdout(&platform, &["orgs", "show", "acme"]), made);
    assert_eq!(std::fs::read(data(platform.home()).join("admin.token")).unwrap(), token, "the operator's token stays");
}

#[test]
fn a_platform_that_is_told_to_end_ends_well() {
    let mut platform = Platform::start();
    stdout(&platform, &["orgs", "create", "acme"]);
    assert_eq!(platform.stop(), Some(0));
    assert!(!data(platform.home()).join("address").exists(), "no command is sent to where nobody is");
}

#[test]
fn a_new_data_directory_at_an_old_address_is_a_new_beginning() {
    let mut platform = Platform::start();
    stdout(&platform, &["orgs", "create", "acme"]);
    platform.stop();
    std::fs::remove_dir_all(data(platform.home())).unwrap();
    let platform = platform.start_again();
    let listed = stdout(&platform, &["orgs", "list"]);
    assert_eq!(listed.lines().count(), 1, "the position in the old log does not matter: {listed}");
}
