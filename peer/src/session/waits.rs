//! What commands wait for, taking turns meanwhile; for things to settle, see `settling`.

use std::time::Duration;

use election_core::ids::OpId;
use election_core::replica::Replica;
use election_core::replica::council::Council;
use election_core::replica::tab::Tab;
use tokio::time::Instant;

use super::Session;
use crate::error::Failure;

/// No wait of a command is longer; what stays, stays in turns of this.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);
/// Whoever is in a precinct's room and has not answered a greeting after so long is taken for
/// nobody.
const GREETING: Duration = Duration::from_secs(3);

impl Session {
    /// Takes turns until `done` holds, at most until `limit`. Says whether it holds.
    ///
    /// # Errors
    /// As [`handle`](Self::handle). A relay that is lost is no error: it is connected to again.
    pub async fn wait_until(
        &mut self,
        limit: Instant,
        mut done: impl FnMut(&mut Tab) -> bool,
    ) -> Result<bool, Failure> {
        loop {
            if done(&mut self.tab) {
                return Ok(true);
            }
            if Instant::now() >= limit {
                return Ok(false);
            }
            self.turn(limit).await?;
        }
    }

    /// Waits until the poll's definition is here.
    ///
    /// # Errors
    /// [`Failure::Misfit`]; [`Failure::NobodyThere`] when none came, [`Failure::NoRelay`] when the
    /// relay was lost meanwhile.
    pub async fn fetch_genesis(&mut self, wait: Duration) -> Result<(), Failure> {
        let limit = Instant::now() + wait;
        self.fetch(limit, wait, |tab| tab.replica().genesis().is_some())
            .await?;
        Ok(())
    }

    /// Waits until this replica agrees with one that has the poll, or has the poll where nobody
    /// else is.
    ///
    /// # Errors
    /// As [`fetch_genesis`](Self::fetch_genesis).
    pub async fn fetch_poll(&mut self, wait: Duration) -> Result<(), Failure> {
        let limit = Instant::now() + wait;
        let mut here_since = None;
        let in_step = |tab: &mut Tab| {
            let replica = tab.replica_mut();
            if replica.genesis().is_none() {
                return false;
            }
            let here_since = *here_since.get_or_insert_with(Instant::now);
            let silent = replica.room() == Some(1) || here_since.elapsed() >= GREETING;
            agrees(replica) || silent && is_alone(replica)
        };
        if !self.fetch(limit, wait, in_step).await? {
            eprintln!(
                "the poll is here, but changes so fast that no other replica agreed within {wait:?}"
            );
        }
        Ok(())
    }

    /// Says whether it is `done`; the poll is here in any case.
    async fn fetch(
        &mut self,
        limit: Instant,
        wait: Duration,
        mut done: impl FnMut(&mut Tab) -> bool,
    ) -> Result<bool, Failure> {
        let or_misfit = |tab: &mut Tab| tab.replica().misfit().is_some() || done(tab);
        let done = self.wait_until(limit, or_misfit).await?;
        if let Some(misfit) = self.replica().misfit() {
            Err(misfit.into())
        } else if done || self.replica().genesis().is_some() {
            Ok(done)
        } else {
            Err(self.lost_or(Failure::NobodyThere { waited: wait }))
        }
    }

    /// Waits until others have an entry of the chair's log that was made here, at least one within
    /// `wait`, and all within `settle` besides. Says how many of this room have it, which may be
    /// none where the council has it; `None` when nobody does.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn spread_entry(
        &mut self,
        entry: OpId,
        wait: Duration,
        settle: Duration,
    ) -> Result<Option<usize>, Failure> {
        // What the council's digest is over includes the chair's log.
        let in_council = |tab: &Tab| tab.council().map(Council::agrees);
        let one =
            |tab: &mut Tab| tab.replica().seen_by(entry) > 0 || in_council(tab).unwrap_or_default();
        if !self.wait_until(Instant::now() + wait, one).await? {
            return Ok(None);
        }
        let all = |tab: &mut Tab| {
            let (room, seen_by) = (tab.replica().room(), tab.replica().seen_by(entry));
            room.is_some_and(|room| seen_by + 1 >= room as usize) && in_council(tab).unwrap_or(true)
        };
        self.wait_until(Instant::now() + settle, all).await?;
        Ok(Some(self.tab.replica().seen_by(entry)))
    }

    /// Stays up for others to fetch from, for ever; drop the future to end it.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn stay(&mut self) -> Result<(), Failure> {
        eprintln!("staying up: other replicas can fetch the poll from here; Ctrl-C ends it");
        while !self.wait_until(Instant::now() + LONG, |_| false).await? {}
        Ok(())
    }
}

/// Whether nobody else is in the precinct's room, or nobody who says anything. In a poll of one
/// room one is never alone: its definition came from somebody, who will be back.
pub fn is_alone(replica: &mut Replica) -> bool {
    replica.precinct().is_some() && (replica.room() == Some(1) || replica.peers().is_empty())
}

/// Whether another replica holds the same as this one.
pub fn agrees(replica: &mut Replica) -> bool {
    replica.peers().iter().any(|peer| peer.agrees)
}
