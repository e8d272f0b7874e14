//! What a person does here: a ballot, or an entry of the chair's log.
//!
//! It gets its number and is stored in one step of the holder's set: see [`Storage::append`](crate::engine::storage::Storage::append).
//! What other tabs of this holder stored until then is taken in first, so no number is given twice. Only what is stored
//! leaves. A step that fails is made again with what is there by then.

use std::cell::RefCell;
use std::rc::Rc;

use election_core::ids::{OpId, PrecinctId, ReturnId};
use election_core::poll::choice::Choice;
use election_core::replica::io::{Input, Record, Refusal};
use election_core::replica::tab::Input as TabInput;
use election_core::wire::envelope::{envelopes, voter_key};

use super::Host;
use super::keeping::missing_record;
use crate::engine::clock;
use crate::engine::snapshot::Stage;
use crate::engine::storage::{Added, Durability, Found, StorageError, StoredOps, StoredPoll};

/// How often a step that fails is made.
const TRIES: usize = 3;

/// Why nothing was signed, or what was signed is not stored and thus not cast.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The replica refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It could not be stored.
    #[error("this could not be saved, so it was not sent: {0}. Reload the page and try again")]
    NotSaved(StorageError),
    /// This tab does not sign any more.
    #[error("reload this page first: {0}")]
    Reload(Rc<str>),
}

/// What is to be signed.
#[derive(Debug, Clone)]
enum Act {
    Cast(Choice),
    Revoke(OpId, String),
    Strike(PrecinctId, ReturnId, String),
}

impl Act {
    fn input(&self) -> Input<'_> {
        match self {
            Self::Cast(choice) => Input::Cast(*choice),
            Self::Revoke(ballot, reason) => Input::Revoke {
                ballot: *ballot,
                reason,
            },
            Self::Strike(precinct, return_id, reason) => Input::Strike {
                precinct: *precinct,
                return_id: *return_id,
                reason,
            },
        }
    }
}

/// How one step went.
#[derive(Default)]
struct Step {
    /// What was signed in it.
    made: Option<OpId>,
    refused: Option<Refusal>,
    /// Others' ops that were to be written with it.
    taken: Vec<StoredOps>,
    /// An earlier step had been written after all.
    was_there: bool,
}

impl Host {
    /// The person votes, or changes their vote.
    ///
    /// # Errors
    /// [`NotSigned`], with a sentence for them.
    pub async fn cast(&self, choice: Choice) -> Result<(), NotSigned> {
        self.sign(Act::Cast(choice)).await
    }

    /// The chair takes a ballot out of the count.
    ///
    /// # Errors
    /// [`NotSigned`], with a sentence for them.
    pub async fn revoke(&self, ballot: OpId, reason: String) -> Result<(), NotSigned> {
        self.sign(Act::Revoke(ballot, reason)).await
    }

    /// The chair strikes what is shown of a precinct: see [`Canvassing::returns`](crate::engine::snapshot::Canvassing::returns).
    ///
    /// # Errors
    /// [`NotSigned`], with a sentence for them.
    pub async fn strike(
        &self,
        precinct: PrecinctId,
        return_id: ReturnId,
        reason: String,
    ) -> Result<(), NotSigned> {
        self.sign(Act::Strike(precinct, return_id, reason)).await
    }

    async fn sign(&self, act: Act) -> Result<(), NotSigned> {
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
            return self.sign_in_memory(&act);
        };
        let poll = self.link().poll;
        let mut failed = StorageError::Silent;
        let mut before = None;
        for _ in 0..TRIES {
            let step = Rc::new(RefCell::new(Step::default()));
            let (host, making, act) = (self.clone(), Rc::clone(&step), act.clone());
            let make = move |found| ((), host.make(found, &act, before, &making));
            let from = self.0.state.borrow().pending.next;
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
                        return Err(refused.into());
                    }
                    if let Some(made) = made {
                        self.tell(Input::Persisted(made));
                        self.probe();
                    }
                    if made.is_some() || was_there {
                        return Ok(());
                    }
                }
                Err(error) => {
                    self.0.state.borrow_mut().pending.put_back(&taken, poll);
                    if let Some(made) = made {
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
        self.stop_signing(&failed.to_string());
        Err(NotSigned::NotSaved(failed))
    }

    /// Makes the op within a step: after what others stored, before anybody else stores anything.
    fn make(
        &self,
        found: Found,
        act: &Act,
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
            poll: None,
        };
        if was_there {
            step.borrow_mut().was_there = true;
            return Some(added);
        }
        if let Err(refusal) = self.feed(TabInput::Replica(act.input())) {
            step.borrow_mut().refused = Some(refusal);
            return None;
        }
        let mut state = self.0.state.borrow_mut();
        let Some((id, record)) = state.own.take() else {
            step.borrow_mut().refused = Some(Refusal::StillSaving);
            return None;
        };
        step.borrow_mut().made = Some(id);
        added.poll = missing_record(&state, known.clone());
        if added.poll.is_some() {
            // Somebody cleared the store: what this op follows has to be there before it.
            let own = state.running.as_ref()?.tab.replica().own_ops().concat();
            added
                .records
                .insert(0, StoredOps::new(record.received, own));
        }
        added
            .records
            .push(StoredOps::new(record.received, record.bytes));
        if matches!(act, Act::Cast(_)) {
            added.poll = note_cast(&mut state, id, added.poll.or(known));
        }
        Some(added)
    }

    /// Where nothing is kept: the key is one that no store holds, and what is signed leaves at once.
    fn sign_in_memory(&self, act: &Act) -> Result<(), NotSigned> {
        self.feed(TabInput::Replica(act.input()))?;
        let own: Option<(OpId, Record)> = self.0.state.borrow_mut().own.take();
        if let Some((id, _)) = own {
            if matches!(act, Act::Cast(_)) {
                note_cast(&mut self.0.state.borrow_mut(), id, None);
            }
            self.tell(Input::Persisted(id));
        }
        Ok(())
    }
}

/// The poll's record with a note that this voter has cast a ballot, and a note of it in this tab.
fn note_cast(
    state: &mut super::State,
    ballot: OpId,
    poll: Option<StoredPoll>,
) -> Option<StoredPoll> {
    let running = state.running.as_mut()?;
    running.cast_here = Some(ballot);
    let (voter, now) = (voter_key(&running.holder.voter), clock::now());
    running.holder.poll.note_cast(voter, now);
    let mut poll = poll?;
    poll.note_cast(voter, now);
    Some(poll)
}
