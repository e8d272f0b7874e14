//! Set-up, run, dev, test, bench.
fn main() {}
