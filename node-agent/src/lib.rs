//! The GPUaaS node agent: enrollment, the task journal and the executors.
