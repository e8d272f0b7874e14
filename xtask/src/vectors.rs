//! `cargo xtask vectors`: writes docs/vectors. The tests that check the files are what writes them.

use crate::failure::Outcome;
use crate::{process, say};

/// Writes every file of docs/vectors from what the core makes now. Read the difference before you
/// commit it: it is what every other implementation has to follow.
pub fn write() -> Outcome<()> {
    say::step("Writing docs/vectors");
    process::finish(
        process::cargo()
            .args(["test", "--quiet", "--package", "election-core"])
            .args(["--test", "vectors", "--test", "trace"])
            .env("ELECTION_WRITE_VECTORS", "1"),
        "read the first error above",
    )
}
