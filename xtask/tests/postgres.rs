//! The Postgres that tests are given is one that durability can be tested on.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

use std::path::PathBuf;
use std::process::Command;

fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}

/// What the server answers to one statement.
fn answer(statement: &str) -> String {
    let psql = PathBuf::from(given("GPUAAS_TEST_POSTGRES_BIN")).join("psql");
    let url = given("GPUAAS_TEST_POSTGRES");
    let output = Command::new(psql).args([&url, "--no-psqlrc", "-Atc", statement]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_commit_waits_for_the_disk() {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(answer(&format!("show {setting}")), "on", "{setting}");
    }
}

#[test]
fn a_test_may_make_a_database_of_its_own() {
    let name = format!("xtask_{}", std::process::id());
    answer(&format!("create database {name}"));
    answer(&format!("drop database {name}"));
}

#[test]
fn the_programs_for_a_private_cluster_are_there() {
    let programs = PathBuf::from(given("GPUAAS_TEST_POSTGRES_BIN"));
    for program in ["initdb", "postgres", "pg_ctl", "pg_basebackup"] {
        assert!(programs.join(program).is_file(), "{program}");
    }
}
