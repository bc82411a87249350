//! The gpuaas binary: client, embedded platform, server, agent and auditor.

fn main() {}
