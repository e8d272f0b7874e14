//! Others' ops on their way to disk.

use std::collections::BTreeSet;

use election_core::ids::{OpId, PollId};
use election_core::time::Millis;
use election_core::wire::envelope::envelopes;
use gloo_timers::callback::Timeout;

use crate::engine::chance;
use crate::engine::storage::StoredOps;

/// How long others' ops are collected before they are written, in milliseconds; and up to as much
/// again, so that of several tabs one writes first and the others find it written.
const COLLECT: u32 = 50;
/// How long to wait before a write that failed is tried again, in milliseconds: the first time, and
/// at the most.
const RETRY: (u32, u32) = (1_000, 30_000);
/// How many bytes may wait to be written. What is dropped comes again by comparing sets, after a
/// reload.
const MAX_PENDING: usize = 16 << 20;
/// About how many bytes of ops make a record.
const RECORD: usize = 65_536;

/// Others' ops that wait to be written.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) ops: Vec<(OpId, Millis, Vec<u8>)>,
    bytes: usize,
    /// The place from which on others may have added something that is not known here.
    pub(super) next: u64,
    pub(super) timer: Option<Timeout>,
    /// Writes that failed since one succeeded.
    pub(super) failures: u32,
    pub(super) names_noted: bool,
    pub(super) catching_up: bool,
    /// Something was added while what was there before was being read.
    pub(super) again: bool,
}

impl Pending {
    pub(super) fn keep(&mut self, id: OpId, received: Millis, bytes: Vec<u8>) {
        if self.bytes + bytes.len() <= MAX_PENDING {
            self.bytes += bytes.len();
            self.ops.push((id, received, bytes));
        }
    }

    /// Takes what is not among the ops that `found` holds, as records.
    pub(super) fn take(&mut self, found: &[StoredOps], poll: PollId) -> Vec<StoredOps> {
        let found = found.iter().flat_map(|record| envelopes(&record.bytes));
        let found: BTreeSet<OpId> = found.map(|op| op.id(poll)).collect();
        self.bytes = 0;
        let ops = std::mem::take(&mut self.ops);
        let new = ops.iter().filter(|(id, ..)| !found.contains(id));
        let parts = new.map(|(_, received, bytes)| (*received, bytes.as_slice()));
        together(parts, RECORD)
    }

    /// Puts back what was taken and not written.
    pub(super) fn put_back(&mut self, records: &[StoredOps], poll: PollId) {
        let newer = std::mem::take(self);
        self.next = newer.next;
        (self.timer, self.failures) = (newer.timer, newer.failures);
        (self.names_noted, self.catching_up) = (newer.names_noted, newer.catching_up);
        self.again = newer.again;
        for record in records {
            for (received, part) in record.parts() {
                for op in envelopes(part) {
                    self.keep(op.id(poll), received, op.bytes().to_vec());
                }
            }
        }
        for (id, received, bytes) in newer.ops {
            self.keep(id, received, bytes);
        }
    }

    pub(super) fn wait(&self) -> u32 {
        let (first, most) = RETRY;
        match self.failures {
            0 => COLLECT + chance::below(COLLECT),
            failures => first.saturating_mul(1 << (failures - 1).min(8)).min(most),
        }
    }
}

/// Parts of ops as records of at most so many bytes, or of one part.
pub(super) fn together<'a>(
    parts: impl IntoIterator<Item = (Millis, &'a [u8])>,
    most: usize,
) -> Vec<StoredOps> {
    let (mut records, mut batch, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (received, part) in parts {
        if !batch.is_empty() && bytes + part.len() > most {
            records.push(StoredOps::together(batch.drain(..)));
            bytes = 0;
        }
        bytes += part.len();
        batch.push((received, part));
    }
    if !batch.is_empty() {
        records.push(StoredOps::together(batch));
    }
    records
}

#[cfg(test)]
mod tests {
    use ed25519_zebra::SigningKey;
    use election_core::poll::op::Op;
    use election_core::wire::envelope::sign;

    use super::*;

    const POLL: PollId = PollId([3; 32]);

    fn op(number: u8) -> (OpId, Vec<u8>) {
        let body = Op::Unknown {
            kind: (200, 1),
            body: vec![number; 40].into(),
        };
        let op = sign(&SigningKey::from([1; 32]), POLL, body);
        (op.id(), op.bytes().to_vec())
    }

    #[test]
    fn what_another_tab_wrote_is_not_written_again_and_what_failed_comes_first() {
        let mut pending = Pending::default();
        for number in 0..4 {
            let (id, bytes) = op(number);
            pending.keep(id, Millis(5), bytes);
        }
        let theirs = StoredOps::new(Millis(1), [op(3).1, op(1).1].concat());
        let records = pending.take(std::slice::from_ref(&theirs), POLL);
        assert_eq!(
            records,
            [StoredOps::new(Millis(5), [op(0).1, op(2).1].concat())]
        );
        let (id, bytes) = op(9);
        pending.keep(id, Millis(5_000), bytes);
        let (first, later) = ([op(0).1, op(2).1].concat(), op(9).1);
        // However often it fails, what came later keeps its own time.
        let mut records = records;
        for _ in 0..2 {
            pending.put_back(&records, POLL);
            records = pending.take(&[], POLL);
            let parts: Vec<_> = records.iter().flat_map(StoredOps::parts).collect();
            assert_eq!(
                parts,
                [
                    (Millis(5), first.as_slice()),
                    (Millis(5_000), later.as_slice())
                ]
            );
        }
        assert_eq!(pending.take(&[], POLL), []);
    }

    #[test]
    fn what_fails_is_tried_again_less_and_less_often() {
        let mut pending = Pending::default();
        let waits = [1, 2, 5, 30].map(|failures| {
            pending.failures = failures;
            pending.wait()
        });
        assert_eq!(waits, [1_000, 2_000, 16_000, 30_000]);
    }
}
