//! What the kernel gives a process that carries tunnels: memory and descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Keeps this process to small pages. With huge ones an idle server holds 60 MB in place of 16: the
/// allocator asks for them, and each one it touches counts whole. Bulk is as fast without them.
///
/// Programs started later inherit it.
pub fn small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
}

/// Takes as many descriptors as this process may have: each tunnel takes one or two, and the usual
/// limit of 1,024 is kept for programs that would not survive more.
///
/// Programs started later inherit it.
pub fn all_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, all)
    {
        tracing::debug!(%error, "the limit on descriptors stays");
    }
}
