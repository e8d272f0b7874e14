//! Audits: other precincts' ballots, fetched and counted by this tab itself instead of believing
//! what is stated of them.
//!
//! An audit is a second [`Replica`], of that precinct, held in memory only, which never votes. In
//! that precinct's room it is as good a citizen as any: it takes in what is new, passes it on, and
//! gives the ballots to those who lack them, also when all tabs of the precinct itself are gone.
//! The chair's log is one: an entry that any replica of the tab learns, all of them have.
//!
//! # What it promises
//! From when an audit is [complete](Audit::is_complete) until it is ended, the precinct is shown as
//! [folded](crate::board::Grade::Folded): every ballot that this tab holds of it was checked and
//! counted here, whatever is claimed. Not promised: that there are no others. Who sits alone in a
//! room with an audit can withhold ballots from it, and say that it holds all. Then the claims of
//! the precinct, which stay on the [board](super::council::Council::board), speak of more ballots
//! than are held.
//!
//! An audit is complete once it held, at some time, all that another replica in that room holds, as
//! that one says, and nobody else there says to hold something else, or 8 s on the connection have
//! passed. In an empty room it never is. Two audits that found no ballots do not take each other
//! for the precinct: an audit without ballots says that it has nothing at all.

use ed25519_zebra::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

use crate::board::statement::{PrecinctState, Statement};
use crate::ids::{OpId, PollId, PrecinctId, StateId, VoterKey};
use crate::sorted::SortedMap;
use crate::time::Millis;
use crate::timers::Timer;
use crate::timing::Timing;
use crate::wire::link::Secret;

use super::Replica;
use super::council::Council;
use super::io::{Config, Event, Happened, Output, Record, Refusal, RoomId};

/// The most audits of a tab at once: each holds a whole precinct in memory.
pub const MAX_AUDITS: usize = 4;

/// See the [module](self).
pub struct Audit {
    precinct: PrecinctId,
    replica: Replica,
    complete: bool,
    /// The state that the board shows.
    shown: Option<StateId>,
    /// How often the chair's log had changed in the tab's own replica and here, when the two were made
    /// equal.
    shared: Option<(u64, u64)>,
}

impl Audit {
    /// Of which precinct.
    #[must_use]
    pub fn precinct(&self) -> PrecinctId {
        self.precinct
    }

    /// What is held of it, for asking.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Whether the precinct is shown as folded; see the [module](self) for what that says. Once it
    /// is, it stays so.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    fn on_happened(&mut self, happened: Happened<'_>, now: Millis) {
        let timers = &mut self.replica.room.timers;
        match happened {
            Happened::Connected { .. } if !self.complete => {
                let patient_until = now.after(self.replica.timing.audit.patience);
                timers.set(Timer::Patience, patient_until);
            }
            Happened::Disconnected => timers.stop(Timer::Patience),
            _ => {}
        }
        self.replica.on_happened(happened, now);
    }

    /// Whether it held, at this moment, what others of the room hold.
    fn has_all(&mut self, now: Millis) -> bool {
        if !self.replica.room.is_connected() {
            return false;
        }
        let timers = &mut self.replica.room.timers;
        timers.take(Timer::Patience, now);
        let is_patient = timers.is_set(Timer::Patience);
        let compared = self.replica.stats.syncs > 0;
        let peers = self.replica.peers();
        let mut others = peers.iter();
        let one_does = others.any(|peer| peer.agrees || (compared && peer.ops > 0));
        one_does && !(is_patient && peers.iter().any(|peer| !peer.agrees && peer.ops > 0))
    }

    /// Does what is due: works out what is held, and shows it.
    fn keep_time(&mut self, council: &mut Council, now: Millis) {
        if !self.complete && self.has_all(now) {
            self.complete = true;
            self.replica.room.timers.stop(Timer::Patience);
            self.replica.room.timers.set(Timer::Fold, now);
        }
        if !self.replica.room.timers.take(Timer::Fold, now) {
            return;
        }
        let (Some(board), Some(open)) = (council.board(), &mut self.replica.open) else {
            return;
        };
        let said = PrecinctState::of(&mut open.state.store);
        let held = said.and_then(|said| Statement::new(board.rules(), said).ok());
        if let Some(held) = held.filter(|held| self.shown != Some(held.state())) {
            self.shown = Some(held.state());
            council.show_audited(held, now);
        }
    }
}

/// The audits of a tab. None can begin in a poll of one room.
pub(super) struct Audits {
    /// What replicas of the poll's precincts are made of.
    poll: PollId,
    secret: Secret,
    voter: SigningKey,
    precinct: Option<(u16, PrecinctId)>,
    timing: Timing,
    random: ChaCha20Rng,
    running: SortedMap<PrecinctId, Audit>,
    /// Frames to be sent.
    frames: Vec<Output>,
}

impl Audits {
    pub(crate) fn new(config: &Config) -> Self {
        // Nonces must differ from those of the tab's own replica and council.
        let seed = Sha256::new_with_prefix(b"audits").chain_update(config.seed);
        Self {
            poll: config.poll,
            secret: config.secret.clone(),
            voter: config.voter,
            precinct: config.precinct,
            timing: config.timing,
            random: ChaCha20Rng::from_seed(seed.finalize().into()),
            running: SortedMap::default(),
            frames: Vec::new(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Audit> {
        self.running.values()
    }

    /// Begins to audit a precinct, with the genesis of the tab's own replica.
    pub(crate) fn begin(
        &mut self,
        precinct: PrecinctId,
        own: &Replica,
        now: Millis,
    ) -> Result<(), Refusal> {
        let open = own.open.as_ref().ok_or(Refusal::NotOpen)?;
        let (count, _) = self
            .precinct
            .filter(|(count, _)| precinct.0 < *count)
            .ok_or(Refusal::NoSuchPrecinct)?;
        if own.precinct() == Some(precinct) {
            return Err(Refusal::OwnPrecinct);
        }
        if self.running.contains_key(&precinct) {
            return Ok(());
        }
        if self.running.len() >= MAX_AUDITS {
            return Err(Refusal::TooManyAudits);
        }
        let mut seed = [0; 32];
        self.random.fill_bytes(&mut seed);
        let mut replica = Replica::new(Config {
            poll: self.poll,
            secret: self.secret.clone(),
            voter: self.voter,
            chair: None,
            precinct: Some((count, precinct)),
            timing: self.timing,
            seed,
        });
        replica.room_id = RoomId::Audit(precinct);
        let genesis = Record {
            received: now,
            bytes: open.state.store.genesis_op().bytes().to_vec(),
        };
        replica.on_restore(&[genesis], false, now);
        replica.keep_time(now);
        let audit = Audit {
            precinct,
            replica,
            complete: false,
            shown: None,
            shared: None,
        };
        self.running.insert(precinct, audit);
        Ok(())
    }

    /// Ends an audit and forgets what it held; true when there was one.
    pub(crate) fn end(&mut self, precinct: PrecinctId) -> bool {
        self.running.remove(&precinct).is_some()
    }

    /// Takes what happened to the connection of an audit, if there is one of that precinct.
    pub(crate) fn on_happened(
        &mut self,
        precinct: PrecinctId,
        happened: Happened<'_>,
        now: Millis,
    ) {
        if let Some(audit) = self.running.get_mut(&precinct) {
            audit.on_happened(happened, now);
        }
    }

    /// All of them exchange digests at once.
    pub(crate) fn refresh(&mut self, now: Millis) {
        for audit in self.running.values_mut() {
            audit.replica.refresh(now);
            audit.replica.keep_time(now);
        }
    }

    /// Whose that ballot is, if an audit holds it. Looks through all ballots.
    pub(crate) fn find_ballot(&self, ballot: OpId) -> Option<VoterKey> {
        self.iter()
            .find_map(|audit| audit.replica.find_ballot(ballot))
    }

    /// Gives the tab's own replica and each audit the entries of the chair's log that the other
    /// has; true when there were any for its own. Does nothing unless a log has grown.
    pub(crate) fn share_log(&mut self, own: &mut Replica, now: Millis) -> bool {
        let mut news = false;
        for audit in self.running.values_mut() {
            let changes = |own: &Replica, audit: &Replica| (own.log_changes(), audit.log_changes());
            if audit.shared != Some(changes(own, &audit.replica)) {
                news |= own.take_log(&audit.replica, now);
                audit.replica.take_log(own, now);
                audit.shared = Some(changes(own, &audit.replica));
            }
        }
        news
    }

    /// Does what is due.
    pub(crate) fn keep_time(&mut self, council: &mut Council, now: Millis) {
        for audit in self.running.values_mut() {
            if audit.replica.next_deadline().is_some_and(|at| at <= now) {
                audit.replica.keep_time(now);
            }
            while let Some(output) = audit.replica.next_output() {
                match output {
                    frame @ Output::Send { .. } => self.frames.push(frame),
                    Output::Event(Event::Delivered(_)) if audit.complete => {
                        let fold_at = now.after(audit.replica.timing.audit.fold);
                        audit.replica.room.timers.start(Timer::Fold, fold_at);
                    }
                    // It is held in memory only.
                    Output::Persist { .. } | Output::Event(_) => {}
                }
            }
            audit.keep_time(council, now);
        }
    }

    /// The frames to be sent.
    pub(crate) fn take_frames(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.frames)
    }

    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let audits = self.iter();
        audits
            .filter_map(|audit| audit.replica.next_deadline())
            .min()
    }
}
