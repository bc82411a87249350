//! What breaks and what does not: on small documents, on today's, and whether the gate is shut.

mod gate;
mod schemas;
mod small;
mod today;
