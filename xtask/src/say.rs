//! What the person reads, all of it on stderr: stdout belongs to the line `ready: ...` and to
//! results.

use std::time::Duration;

/// Announces a step, and how long it may take if that is worth saying.
pub fn step(what: &str) {
    eprintln!("==> {what}");
}

/// A duration as people say it: `0.4 s`, `12 s`, `3 min 5 s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        10..=59 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Bytes in thousands: `58.3 kB`.
pub fn kilobytes(bytes: u64) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(Duration::from_millis(430)), "0.4 s");
        assert_eq!(duration(Duration::from_secs(59)), "59 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 5 s");
    }

    #[test]
    fn kilobytes_are_thousands() {
        assert_eq!(kilobytes(58_349), "58.3 kB");
        assert_eq!(kilobytes(70), "0.0 kB");
    }
}
