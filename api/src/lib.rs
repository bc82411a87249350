//! The HTTP surface of GPUaaS; wires all roles into one server.
