//! How the kernel backs the memory of a process that carries tunnels.

/// Keeps this process to small pages. With huge ones an idle server holds 60 MB in place of 16: the
/// allocator asks for them, and each one it touches counts whole. Bulk is as fast without them.
///
/// Programs started later inherit it.
pub fn small_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "huge pages stay on");
    }
}
