//! The project's own tasks: test, contracts, bench, dev services.

fn main() {}
