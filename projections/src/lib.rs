//! The read side of GPUaaS: the projection runner, read models and queries.
