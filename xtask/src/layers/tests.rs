use super::table::{MEMBERS, Ours};
use super::{faults, lock};
use crate::workspace::{Dependency, Metadata, Package};

/// The workspace with every member and no edge, and one member replaced.
fn check(name: &str, dependencies: Vec<Dependency>, manifest: &str, expected: &[&str]) {
    let empty = |name: &str| Package { name: name.into(), manifest_path: "Cargo.toml".into(), dependencies: vec![] };
    let mut packages: Vec<Package> = MEMBERS.iter().map(|member| empty(member.name)).collect();
    packages.retain(|package| package.name != name);
    packages.push(Package { dependencies, ..empty(name) });
    let metadata = Metadata { packages, target_directory: "target".into() };
    assert_eq!(faults(&metadata, |_| Ok(manifest.into())).unwrap(), expected);
}

fn ours(name: &str) -> Dependency {
    Dependency { name: name.into(), kind: None, path: Some("somewhere".into()) }
}

fn outside(name: &str) -> Dependency {
    Dependency { name: name.into(), kind: None, path: None }
}

fn dev(dependency: Dependency) -> Dependency {
    Dependency { kind: Some("dev".into()), ..dependency }
}

#[test]
fn this_workspace_keeps_its_layers() {
    super::run().unwrap_or_else(|faults| panic!("{faults:#}"));
}

#[test]
fn an_edge_of_the_table_passes() {
    check("gpuaas-commands", vec![ours("gpuaas-domain"), ours("gpuaas-log")], "", &[]);
}

#[test]
fn an_edge_that_is_not_in_the_table_fails() {
    check("gpuaas-log", vec![ours("gpuaas-domain")], "", &["gpuaas-log may not depend on gpuaas-domain"]);
}

#[test]
fn a_test_may_not_reach_where_its_crate_may_not() {
    check("gpuaas-relay", vec![dev(ours("gpuaas-api"))], "", &["gpuaas-relay may not depend on gpuaas-api"]);
}

#[test]
fn a_member_without_a_row_fails() {
    check("gpuaas-console", vec![], "", &["gpuaas-console is not in the table (xtask/src/layers/table.rs)"]);
}

#[test]
fn an_empty_workspace_fails() {
    let nothing = Metadata { packages: vec![], target_directory: "target".into() };
    let said = faults(&nothing, |_| Ok(String::new())).unwrap();
    assert_eq!(said.len(), MEMBERS.len());
    assert!(said.iter().all(|fault| fault.ends_with("has a row but is no member")));
}

#[test]
fn the_domain_may_not_use_a_crate_that_is_not_pure_data() {
    check("gpuaas-domain", vec![outside("tokio")], "", &["gpuaas-domain is pure and may not depend on tokio"]);
    check("gpuaas-domain", vec![outside("serde"), dev(outside("proptest"))], "", &[]);
    check("gpuaas-domain", vec![outside("proptest")], "", &["gpuaas-domain is pure and may not depend on proptest"]);
}

#[test]
fn a_tool_of_another_crate_needs_a_reason_above_it() {
    let fault = "gpuaas-commands depends on sqlx, which is for gpuaas-log and gpuaas-projections: \
                 say why in a comment above it in the manifest";
    check("gpuaas-commands", vec![outside("sqlx")], "[dependencies]\nsqlx.workspace = true\n", &[fault]);
    check("gpuaas-commands", vec![outside("sqlx")], "# A reason.\nsqlx-other.workspace = true\n", &[fault]);
    check("gpuaas-commands", vec![outside("sqlx")], "# A reason.\nsqlx.workspace = true\n", &[]);
    check("gpuaas-commands", vec![dev(outside("sqlx"))], "", &[]);
}

#[test]
fn no_member_is_built_on_one_that_may_use_everything() {
    let wholes: Vec<&str> =
        MEMBERS.iter().filter(|member| matches!(member.ours, Ours::All)).map(|member| member.name).collect();
    for member in MEMBERS {
        if let Ours::Only(allowed) = member.ours {
            assert!(allowed.iter().all(|name| !wholes.contains(name)), "{} uses a whole", member.name);
        }
    }
}

#[test]
fn a_banned_crate_in_the_lock_fails() {
    let said = lock::faults("[[package]]\nname = \"openssl-sys\"\nversion = \"0.9.0\"\n");
    assert_eq!(said, ["openssl-sys is in Cargo.lock, and must not be: TLS is rustls, the same on every machine"]);
    assert_eq!(lock::faults(""), ["Cargo.lock lists no package"]);
    assert!(lock::faults("[[package]]\nname = \"serde\"\n").is_empty());
}
