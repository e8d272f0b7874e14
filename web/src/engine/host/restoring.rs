//! What the set holds, read when a tab starts.

use std::collections::BTreeSet;

use ed25519_zebra::SigningKey;
use election_core::replica::MAX_RESTORE;
use election_core::replica::io::Input;
use election_core::wire::envelope::{envelopes, voter_key};
use election_core::wire::link::Link;

use super::Host;
use super::pending::together;
use crate::engine::patience::breathe;
use crate::engine::storage::StoredOps;

/// How many small records a set may have before they are put together.
const SMALL_RECORDS: usize = 256;
/// Below how many bytes a record is small, on average over a set.
const SMALL: usize = 2_048;
/// About how many bytes records have that were put together: what the replica takes in before the
/// page may breathe.
const TOGETHER: usize = 32_768;

impl Host {
    /// Reads what the set holds, in chunks; one that is new begins with what this browser's other
    /// holders have. None of it is shown before all of it is here. Whether it is all here.
    pub(super) async fn restore(&self, is_new: bool) -> bool {
        let Some((storage, set)) = self.disk() else {
            return true;
        };
        let (mut last, mut small, mut all) = (None, Vec::new(), true);
        // What stands before the poll's definition, if that was damaged and came again.
        let mut early = Vec::new();
        loop {
            let chunk = match is_new {
                true => storage.read_all_holders(&set, last.clone()).await,
                false => storage.read(&set, last.clone()).await,
            };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    // What is on the disk stays there for another time. Without all of it nothing
                    // is signed with this key.
                    self.stop_signing(error);
                    all = false;
                    break;
                }
            };
            last.clone_from(&chunk.last);
            if let Some(next) = chunk.next().filter(|_| !is_new) {
                self.0.state.borrow_mut().pending.next = next;
            }
            for record in chunk.records {
                if !is_new {
                    small.push(record.clone());
                }
                let ops = record.bytes.len();
                if self.definition().is_none() {
                    early.push(record.clone());
                }
                self.take_in_of(is_new, record);
                if ops > SMALL {
                    breathe().await;
                }
            }
            if !chunk.more {
                break;
            }
        }
        if early.len() > 1 && self.definition().is_some() {
            for record in early {
                self.take_in_of(is_new, record);
            }
        }
        if let Some(last) = last.filter(|_| all && is_small(&small)) {
            // If it fails, it is as it was.
            let _ = storage.compact(&set, fewer(small), last).await;
        }
        all
    }

    /// Takes in a record of another set, or of this one.
    fn take_in_of(&self, another: bool, record: StoredOps) {
        match another {
            true => self.take_in_foreign(record),
            false => self.take_in(vec![record]),
        }
    }

    /// Takes in what the set holds.
    pub(super) fn take_in(&self, records: Vec<StoredOps>) {
        let (mut checked, mut rotten) = (Vec::new(), Vec::new());
        for record in records {
            let (records, is_checked) = record.into_records();
            match is_checked {
                true => checked.extend(records),
                false => rotten.extend(records),
            }
        }
        for records in checked.chunks(MAX_RESTORE) {
            self.tell(Input::Reload(records));
        }
        for records in rotten.chunks(MAX_RESTORE) {
            self.tell(Input::Restore(records));
        }
    }

    /// Takes in what another set of this browser holds, and adds to this one what the replica took:
    /// rot is not handed on.
    pub(super) fn take_in_foreign(&self, record: StoredOps) {
        let had_definition = self.definition().is_some();
        let copy = record.clone();
        self.0.state.borrow_mut().copied = Some(BTreeSet::new());
        self.take_in(vec![record]);
        let definition = self.definition().filter(|_| !had_definition);
        let mut state = self.0.state.borrow_mut();
        let state = &mut *state;
        let taken = state.copied.take().unwrap_or_default();
        let poll = state.link.poll;
        for (received, part) in copy.parts() {
            for op in envelopes(part) {
                let (id, bytes) = (op.id(poll), op.bytes().to_vec());
                let defines = definition
                    .as_ref()
                    .is_some_and(|known| known.bytes == bytes);
                if defines || taken.contains(&id) {
                    state.pending.keep(id, received, bytes);
                }
            }
        }
    }

    /// Whether what the link brought can be read back from the store.
    pub async fn check_kept(&self, link: &Link) {
        let Some((storage, _)) = self.disk() else {
            return;
        };
        let stored = storage.poll(link.poll).await.ok().flatten();
        // A key that is kept already and is the poll's stays in place of any other.
        let chair = self.chair();
        let is_kept = |key: Option<SigningKey>| {
            let same = key.map(|key| key.to_bytes()) == link.chair.map(|key| key.to_bytes());
            link.chair.is_none() || same || key.is_some_and(|key| chair == Some(voter_key(&key)))
        };
        let kept = stored.is_some_and(|stored| is_kept(stored.chair));
        if let Some(running) = &mut self.0.state.borrow_mut().running {
            running.kept = kept;
        }
        self.changed();
    }
}

fn is_small(records: &[StoredOps]) -> bool {
    let bytes: usize = records.iter().map(|record| record.bytes.len()).sum();
    records.len() > SMALL_RECORDS && bytes / records.len() < SMALL
}

/// The same ops in fewer records, in their order. Those that cannot be trusted stay as they are.
fn fewer(records: Vec<StoredOps>) -> Vec<StoredOps> {
    let mut fewer = Vec::new();
    for records in records.chunk_by(|one, next| one.is_checked() && next.is_checked()) {
        match records {
            [alone] if !alone.is_checked() => fewer.push(alone.clone()),
            checked => fewer.extend(together(
                checked.iter().flat_map(StoredOps::parts),
                TOGETHER,
            )),
        }
    }
    fewer
}

#[cfg(test)]
mod tests {
    use election_core::time::Millis;

    use super::*;

    #[test]
    fn small_records_are_put_together_in_their_order() {
        let small: Vec<_> = (0..600_u32)
            .map(|number| {
                StoredOps::new(
                    Millis(u64::from(number) * 100),
                    number.to_be_bytes().repeat(100),
                )
            })
            .collect();
        assert!(is_small(&small));
        let all: Vec<u8> = small
            .iter()
            .flat_map(|record| record.bytes.clone())
            .collect();
        let few = fewer(small);
        assert!(few.len() < 10 && !is_small(&few), "{}", few.len());
        assert!(few.iter().all(|record| record.bytes.len() <= TOGETHER));
        let times = few.iter().flat_map(StoredOps::parts);
        let mut times: Vec<u64> = times.map(|(received, _)| received.0 / 1_000).collect();
        times.dedup();
        assert_eq!(times, (0..60).collect::<Vec<_>>(), "to the second");
        let same: Vec<u8> = few.iter().flat_map(|record| record.bytes.clone()).collect();
        assert_eq!(same, all);
    }
}
