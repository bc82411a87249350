//! The write side of GPUaaS: the command engine, authorization and policies.
