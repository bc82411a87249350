//! The agent alone, for nodes.

fn main() {}
