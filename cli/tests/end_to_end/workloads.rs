//! Workloads from their launch to their end, on a simulated node.

use super::platform::Platform;
use super::simulated::Node;
use super::transcript;

#[test]
fn workloads_print_what_they_are_at() {
    let platform = Platform::start_with(&["--local-node", "false", "--local-images", "true"]);
    let _node = Node::start(&platform, "rack-1");
    let printed = transcript::of(include_str!("scripts/workloads.sh"), &platform);
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("workloads.sh", printed);
    });
}
