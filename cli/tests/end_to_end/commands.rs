//! Scripts in, what they print out. `cargo insta review` shows what has changed.

use super::platform::Platform;
use super::transcript;

macro_rules! scripts {
    ($($name:ident: $file:literal;)+) => {$(
        #[test]
        fn $name() {
            let printed = transcript::of(include_str!(concat!("scripts/", $file)), &Platform::start());
            insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
                insta::assert_snapshot!($file, printed);
            });
        }
    )+};
}

scripts! {
    organizations_print_what_they_are: "organizations.sh";
    projects_and_members_print_what_they_are: "members.sh";
    service_accounts_print_what_they_are: "service-accounts.sh";
    people_and_tokens_print_what_they_are: "people.sh";
    the_catalog_prints_what_it_has: "catalog.sh";
    nodes_print_what_they_are: "nodes.sh";
    money_prints_what_it_comes_to: "money.sh";
    events_print_what_happened: "events.sh";
    webhooks_print_what_they_are: "webhooks.sh";
    settings_and_connections_say_where_they_come_from: "connection.sh";
}

#[test]
fn the_greeting_says_where_the_platform_is_and_how_to_use_it() {
    let platform = Platform::start();
    let token = super::platform::data(platform.home()).join("admin.token");
    let command = platform.greeting.lines().find(|line| line.contains("orgs create")).unwrap().trim().to_owned();
    assert!(platform.greeting.contains(&format!("admin token  {}\n", token.display())), "{}", platform.greeting);
    assert!(token.is_file());
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let output = platform.run(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_document_of_an_invoice_is_printed_byte_for_byte() {
    let platform = Platform::start();
    let run = |line: &str| {
        let output = platform.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    run("price-books create standard --currency EUR");
    run("orgs create acme");
    run("ledgers open acme");
    let issued = run("invoices issue acme --from 2020-01-01T00:00:00Z --to 2020-02-01T00:00:00Z --json");
    let issued: serde_json::Value = serde_json::from_slice(&issued).unwrap();
    let document = run(&format!("invoices document acme {}", issued["id"].as_str().unwrap()));
    assert_eq!(blake3::hash(&document).to_hex().as_str(), issued["document_digest"].as_str().unwrap());
}

#[test]
fn a_token_file_is_for_its_owner_only() {
    use std::os::unix::fs::MetadataExt as _;
    let platform = Platform::start();
    let data = super::platform::data(platform.home());
    for (path, mode) in [(data.join("admin.token"), 0o600), (data.join("keys"), 0o700), (data, 0o700)] {
        assert_eq!(path.metadata().unwrap().mode() & 0o777, mode, "{}", path.display());
    }
}
