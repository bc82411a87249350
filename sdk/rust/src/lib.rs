//! The Rust client of the GPUaaS REST API, generated from schemas/openapi.json.
