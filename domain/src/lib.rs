//! The pure rules of GPUaaS: ids, states, commands, events, decisions. No I/O, no clock, no randomness.
