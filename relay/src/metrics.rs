//! What the relay counts. Nothing here tells one poll or person from another.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the start, and one gauge.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Connections in rooms, now.
    pub(crate) connections: Counter,
    /// SPREAD and REPLY messages taken.
    pub(crate) frames_in: Counter,
    /// FRAME messages written.
    pub(crate) frames_out: Counter,
    /// Frames lost to a full outbox, a connection that ended, or a sender above its rate.
    pub(crate) frames_dropped: Counter,
    /// Times that a connection was not read for a while, because it was above its rate of forwarded
    /// bytes.
    pub(crate) pauses: Counter,
    /// Payload bytes of the frames taken.
    pub(crate) payload_bytes_in: Counter,
    /// Payload bytes of the frames written.
    pub(crate) payload_bytes_out: Counter,
}

/// One number that many tasks change. Relaxed: nothing is ordered by it.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Takes away what was added before.
    pub(crate) fn subtract(&self, amount: u64) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }

    /// The value now.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// The answer of `/healthz`, as JSON.
    pub(crate) fn to_json(&self, rooms: usize, waiting_bytes: usize) -> String {
        format!(
            concat!(
                r#"{{"status":"ok","connections":{},"rooms":{},"waiting_bytes":{},"frames_in":{},"frames_out":{},"#,
                r#""frames_dropped":{},"pauses":{},"payload_bytes_in":{},"payload_bytes_out":{}}}"#
            ),
            self.connections.get(),
            rooms,
            waiting_bytes,
            self.frames_in.get(),
            self.frames_out.get(),
            self.frames_dropped.get(),
            self.pauses.get(),
            self.payload_bytes_in.get(),
            self.payload_bytes_out.get(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_health_report_is_this_json() {
        let metrics = Metrics::default();
        metrics.connections.add(3);
        metrics.connections.subtract(1);
        metrics.frames_dropped.add(7);
        let expected = concat!(
            r#"{"status":"ok","connections":2,"rooms":4,"waiting_bytes":5,"frames_in":0,"frames_out":0,"#,
            r#""frames_dropped":7,"pauses":0,"payload_bytes_in":0,"payload_bytes_out":0}"#
        );
        assert_eq!(metrics.to_json(4, 5), expected);
    }
}
