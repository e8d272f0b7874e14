//! What commands wait for, taking turns meanwhile.

use std::time::Duration;

use election_core::replica::Replica;
use tokio::time::Instant;

use super::Session;
use crate::error::Failure;

/// No wait of a command is longer; what stays, stays in turns of this.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

impl Session {
    /// Takes turns until `done` holds, at most until `limit`. Says whether it holds.
    ///
    /// # Errors
    /// As [`handle`](Self::handle). A relay that is lost is no error: it is connected to again.
    pub async fn wait_until(
        &mut self,
        limit: Instant,
        mut done: impl FnMut(&mut Replica) -> bool,
    ) -> Result<bool, Failure> {
        loop {
            if done(&mut self.replica) {
                return Ok(true);
            }
            if Instant::now() >= limit {
                return Ok(false);
            }
            self.turn(limit).await?;
        }
    }

    /// Waits until this replica agrees with one that has the poll.
    ///
    /// # Errors
    /// [`Failure::NobodyThere`] when no genesis came, [`Failure::NoRelay`] when the relay was lost meanwhile.
    pub async fn fetch_poll(&mut self, wait: Duration) -> Result<(), Failure> {
        let limit = Instant::now() + wait;
        let in_step = |replica: &mut Replica| {
            replica.genesis().is_some() && replica.peers().iter().any(|peer| peer.agrees)
        };
        if self.wait_until(limit, in_step).await? {
            return Ok(());
        }
        if self.replica.genesis().is_some() {
            eprintln!(
                "the poll is here, but changes so fast that no other replica agreed within {wait:?}"
            );
            return Ok(());
        }
        Err(self.lost_or(Failure::NobodyThere { waited: wait }))
    }

    /// Waits until this replica agrees with all that it hears of, and nothing changed for `settle`. After `wait`
    /// besides, it is left at what is here, and that is said.
    ///
    /// # Errors
    /// As [`handle`](Self::handle).
    pub async fn settle(&mut self, settle: Duration, wait: Duration) -> Result<(), Failure> {
        let limit = Instant::now() + wait + settle;
        let mut before = picture(&mut self.replica);
        let mut since = Instant::now();
        loop {
            let now = Instant::now();
            let quiet_at = since + settle;
            if now >= quiet_at && before.in_step {
                return Ok(());
            }
            if now >= limit {
                eprintln!(
                    "not all replicas agreed within {:?}: this is what is here now",
                    wait + settle
                );
                return Ok(());
            }
            let until = if before.in_step { quiet_at } else { limit };
            self.turn(until.min(limit)).await?;
            let after = picture(&mut self.replica);
            if after != before {
                (before, since) = (after, Instant::now());
            }
        }
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

/// What must stand still for a result to be called settled.
#[derive(PartialEq, Eq)]
struct Picture {
    ops: u64,
    in_step: bool,
}

fn picture(replica: &mut Replica) -> Picture {
    let peers = replica.peers();
    let agreeing = peers.iter().filter(|peer| peer.agrees).count();
    // Who has left with an older state is remembered for a while: as many as are in the room now will do.
    let others = replica
        .room()
        .map_or(usize::MAX, |room| room.saturating_sub(1) as usize);
    let in_step = agreeing > 0
        && agreeing >= others.min(peers.len())
        && !peers.iter().any(|peer| peer.syncing);
    Picture {
        ops: replica.ops(),
        in_step,
    }
}
