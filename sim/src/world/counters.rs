//! What a world counts.

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Packets that arrived and deadlines that were met.
    pub events: u64,
    /// Packets sent, one for each receiver, lost ones too.
    pub sent: u64,
    /// The same in bytes.
    pub bytes: u64,
    /// Packets that the network lost.
    pub lost: u64,
    /// Packets that met a partition.
    pub cut: u64,
    /// Packets that arrived twice.
    pub duplicated: u64,
    /// Packets that the relay dropped because too much waited for their reader.
    pub overflowed: u64,
    /// Packets whose receiver had left, or whose sender was not in the room.
    pub undeliverable: u64,
    /// Packets that were spread and that the relay withheld.
    pub withheld: u64,
    /// Packets that came as if from somebody else.
    pub relabelled: u64,
    /// Sizes of rooms that were made up.
    pub resized: u64,
    /// Packets that were said again, perhaps in another room.
    pub replayed: u64,
}

impl Counters {
    /// What was counted since then.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            events: self.events - earlier.events,
            sent: self.sent - earlier.sent,
            bytes: self.bytes - earlier.bytes,
            lost: self.lost - earlier.lost,
            cut: self.cut - earlier.cut,
            duplicated: self.duplicated - earlier.duplicated,
            overflowed: self.overflowed - earlier.overflowed,
            undeliverable: self.undeliverable - earlier.undeliverable,
            withheld: self.withheld - earlier.withheld,
            relabelled: self.relabelled - earlier.relabelled,
            resized: self.resized - earlier.resized,
            replayed: self.replayed - earlier.replayed,
        }
    }
}
