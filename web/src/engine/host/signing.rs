//! What a person does here: a ballot, or an entry of the chair's log.
//!
//! It gets its number and is stored in one step of the holder's set: see
//! [`Storage::append`](crate::engine::storage::Storage::append). What other tabs of this holder
//! stored until then is taken in first, so no number is given twice. Only what is stored leaves. A
//! step that fails is made again with what is there by then.

use std::cell::RefCell;
use std::rc::Rc;

use election_core::ids::{OpId, VoterKey};
use election_core::replica::io::{Command, Input, Record, Refusal};
use election_core::wire::envelope::{envelopes, voter_key};

use super::keeping::{missing_record, own_ops};
use super::{Host, State};
use crate::engine::clock;
use crate::engine::snapshot::Stage;
use crate::engine::storage::{Added, Durability, Found, StorageError, StoredOps, StoredPoll};

/// How often a step that fails is made.
const TRIES: usize = 3;

/// Why nothing was signed, or what was signed is not stored and thus not cast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSigned {
    /// The replica refuses.
    Refused(Refusal),
    /// It could not be stored.
    NotSaved(StorageError),
    /// The browser did not say whether it was stored, and may still store it.
    Unknown(StorageError),
    /// This tab does not sign any more.
    Reload(StorageError),
    /// A ballot of this voter is damaged on this device: see
    /// [`Holder::next_number`](crate::engine::holder::Holder::next_number). The next one would take
    /// its number, and both would count for nothing.
    Lacking,
}

impl From<Refusal> for NotSigned {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How one step went.
#[derive(Default)]
struct Step {
    /// What was signed in it.
    made: Option<OpId>,
    refused: Option<NotSigned>,
    /// Others' ops that were to be written with it.
    taken: Vec<StoredOps>,
    /// An earlier step had been written after all.
    was_there: bool,
}

impl Host {
    /// Makes the op that a person asks for.
    ///
    /// # Errors
    /// [`NotSigned`], with a sentence for them.
    pub async fn sign(&self, command: Command) -> Result<(), NotSigned> {
        {
            let state = self.0.state.borrow();
            if state.stage() == Stage::Opening {
                return Err(Refusal::NotOpen.into());
            }
            if let Some(why) = state.reload_to_sign() {
                return Err(NotSigned::Reload(why));
            }
        }
        let Some((storage, set)) = self.disk() else {
            return self.sign_in_memory(&command);
        };
        let poll = self.link().poll;
        let mut failed = StorageError::Silent;
        let mut before = None;
        let voter = self.signer();
        let cast_here = self.cast_here();
        // From the same place each time, or a step that was written after all would not be found.
        let from = self.0.state.borrow().pending.next;
        for _ in 0..TRIES {
            let step = Rc::new(RefCell::new(Step::default()));
            let (host, making, command) = (self.clone(), Rc::clone(&step), command.clone());
            let make = move |found| {
                // Somebody else may have become this tab's voter while a step was waited for.
                if host.signer() == voter {
                    return ((), host.make(found, &command, before, &making));
                }
                making.borrow_mut().refused = Some(Refusal::NotOpen.into());
                ((), None)
            };
            let stored = storage.append(&set, poll, from, Durability::Strict, make);
            let stored = stored.await;
            let Step {
                made,
                refused,
                taken,
                was_there,
            } = step.take();
            match stored {
                Ok(((), next)) => {
                    self.stored(&set, next, true);
                    if let Some(refused) = refused {
                        self.0.state.borrow_mut().pending.put_back(&taken, poll);
                        return Err(refused);
                    }
                    if let Some(made) = made {
                        self.note_cast(made);
                        self.tell(Input::Persisted(made));
                        self.probe();
                        return Ok(());
                    }
                    if let Some(before) = before.filter(|_| was_there) {
                        self.note_cast(before);
                        self.changed();
                        self.probe();
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.0.state.borrow_mut().pending.put_back(&taken, poll);
                    if let Some(made) = made {
                        if let Some(running) = &mut self.0.state.borrow_mut().running {
                            running.cast_here = cast_here;
                        }
                        self.tell(Input::NotPersisted(made));
                        before = Some(made);
                    }
                    failed = error;
                }
            }
            if failed == StorageError::Newer {
                break;
            }
        }
        self.write_soon();
        self.stop_signing(failed.clone());
        Err(match failed {
            StorageError::Silent => NotSigned::Unknown(failed),
            _ => NotSigned::NotSaved(failed),
        })
    }

    /// Who signs here; nobody while that is being found out.
    fn signer(&self) -> Option<VoterKey> {
        let state = self.0.state.borrow();
        let running = state.running.as_ref();
        let running = running.filter(|_| state.stage() != Stage::Opening);
        running.map(|running| running.tab.replica().voter())
    }

    /// The last ballot that was cast in this tab.
    fn cast_here(&self) -> Option<OpId> {
        let state = self.0.state.borrow();
        state.running.as_ref()?.cast_here
    }

    /// Makes the op within a step: after what others stored, before anybody else stores anything.
    fn make(
        &self,
        found: Found,
        command: &Command,
        before: Option<OpId>,
        step: &RefCell<Step>,
    ) -> Option<Added> {
        let poll = self.link().poll;
        let Found {
            records,
            poll: known,
        } = found;
        let was_there = before.is_some_and(|before| {
            let mut stored = records.iter().flat_map(|record| envelopes(&record.bytes));
            stored.any(|op| op.id(poll) == before)
        });
        let taken = self.0.state.borrow_mut().pending.take(&records, poll);
        self.take_in(records);
        step.borrow_mut().taken.clone_from(&taken);
        let mut added = Added {
            records: taken,
            ..Added::default()
        };
        if was_there {
            step.borrow_mut().was_there = true;
            return Some(added);
        }
        let made = self.make_op(command, known.as_ref());
        let (id, record) = match made {
            Ok(made) => made,
            Err(refused) => {
                step.borrow_mut().refused = Some(refused);
                return None;
            }
        };
        step.borrow_mut().made = Some(id);
        let mut state = self.0.state.borrow_mut();
        if let Some(running) = &mut state.running {
            running.cast_here = Some(id);
        }
        added.poll = missing_record(&state, known.clone());
        if added.poll.is_some() {
            // Somebody cleared the store: what this op follows has to be there before it.
            added.records.splice(0..0, own_ops(&state));
        }
        added
            .records
            .push(StoredOps::new(record.received, record.bytes));
        if let Some(mut holder) = state.running.as_ref().map(|running| running.holder.clone())
            && let Some(number) = state.number_of(id)
        {
            holder.poll = added.poll.or(known)?;
            holder.note_cast(number, clock::now());
            (added.poll, added.tab) = (Some(holder.poll), holder.tab);
        }
        Some(added)
    }

    /// The op, which is not stored yet. `known` is the poll's record as it is now.
    fn make_op(
        &self,
        command: &Command,
        known: Option<&StoredPoll>,
    ) -> Result<(OpId, Record), NotSigned> {
        if matches!(command, Command::Cast(_)) && self.0.state.borrow().lacks_own(known) {
            return Err(NotSigned::Lacking);
        }
        self.ask(command.clone())?;
        let own = self.0.state.borrow_mut().own.take();
        own.ok_or(Refusal::StillSaving.into())
    }

    /// Takes note of a ballot that was cast here, if that is what it is.
    fn note_cast(&self, id: OpId) {
        let mut state = self.0.state.borrow_mut();
        let number = state.number_of(id);
        if let Some((number, running)) = number.zip(state.running.as_mut()) {
            running.cast_here = Some(id);
            running.holder.note_cast(number, clock::now());
        }
    }

    /// Where nothing is kept: the key is one that no store holds, and what is signed leaves at
    /// once.
    fn sign_in_memory(&self, command: &Command) -> Result<(), NotSigned> {
        let (id, _) = self.make_op(command, None)?;
        self.note_cast(id);
        self.tell(Input::Persisted(id));
        Ok(())
    }
}

impl State {
    /// The number of this voter's latest ballot, if that is the one of that id.
    fn number_of(&self, id: OpId) -> Option<u32> {
        let vote = self.running.as_ref()?.tab.replica().own_vote()?;
        (vote.ballot == id).then_some(vote.seq)
    }

    /// Whether a ballot that this voter cast in this browser is not here: see
    /// [`NotSigned::Lacking`]. `known` is the poll's record, if it is known better than from the
    /// start of this tab.
    pub(super) fn lacks_own(&self, known: Option<&StoredPoll>) -> bool {
        let Some(running) = &self.running else {
            return false;
        };
        let voter = voter_key(&running.holder.voter);
        let known = known.map_or(0, |poll| poll.next_of(voter));
        let next = running.holder.next_number().max(known);
        let held = running.tab.replica().own_vote();
        held.map_or(0, |vote| vote.seq + 1) < next
    }
}
