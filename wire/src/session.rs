//! State machines without I/O. Verbs: handle what came, poll what is due.

pub mod liveness;
