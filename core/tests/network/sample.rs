//! How much of what is drawn by chance a test draws. Other packages' tests take this file in, too.

/// So many usually, and `full` in long runs: `cargo xtask test --long`, which sets
/// `ELECTION_LONG=1`.
pub fn of<T>(usual: T, full: T) -> T {
    match std::env::var_os("ELECTION_LONG") {
        Some(long) if long == "1" => full,
        _ => usual,
    }
}
