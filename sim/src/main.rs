//! `election-sim`: see the library.

fn main() {}
