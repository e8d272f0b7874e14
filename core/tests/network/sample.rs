//! How much of what is drawn by chance a test draws.

/// So many usually, and `full` in long runs: `cargo xtask test --long`, which sets `ELECTION_LONG=1`.
pub fn of(usual: u32, full: u32) -> u32 {
    match std::env::var_os("ELECTION_LONG") {
        Some(long) if long == "1" => full,
        _ => usual,
    }
}
