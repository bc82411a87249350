//! The NATS that tests are given has JetStream, and its program is there for servers of their own.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::Command;

fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}

#[test]
fn the_server_has_jetstream() {
    let url = given("GPUAAS_TEST_NATS");
    let address = url.strip_prefix("nats://").unwrap().rsplit('@').next().unwrap();
    let mut said = String::new();
    BufReader::new(TcpStream::connect(address).unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("INFO ") && said.contains("\"jetstream\":true"), "{said}");
}

#[test]
fn the_program_for_a_private_server_is_new_enough() {
    let output = Command::new(given("GPUAAS_TEST_NATS_SERVER")).arg("--version").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let version = said.trim().rsplit('v').next().unwrap().split('.').map(|part| part.parse::<u32>().unwrap());
    assert!(version.take(2).collect::<Vec<_>>() >= vec![2, 14], "{said}");
}
