//! To the screens: a new snapshot when something changed, at once when nothing did a moment ago,
//! and for a vote of one's own in any case.

use std::rc::Rc;

use election_core::poll::genesis::Holder;
use election_core::replica::view::{OwnVote, PeerView, Stage as VoteStage};
use election_core::time::Millis;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::{Host, Running, State, Wants, canvassing};
use crate::engine::clock;
use crate::engine::session::Witnesses;
use crate::engine::snapshot::{
    Agreement, BallotPage, BallotRow, Connection, Inside, Own, Snapshot, Stage, VoterHere,
};
use crate::engine::socket::Line;
use crate::words::order;

/// The shortest time from one snapshot to the next: a screen shows no more than one.
const APART: Millis = Millis(16);
/// The same while what changed is who else says the same: ten others say so one after the other.
const APART_IN_QUIET: Millis = Millis(150);
/// The same while ballots come in by the thousand: nobody reads progress faster, and it holds them
/// up.
const APART_IN_BULK: Millis = Millis(200);

/// When a snapshot was published, and when the next one may be.
#[derive(Default)]
pub(super) struct Publisher {
    /// Something changed since.
    waiting: bool,
    /// A vote of one's own is among it.
    hurried: bool,
    /// Something is that people look at: a ballot, a step of their own, a screen.
    moved: bool,
    /// When the screens had shown it.
    ended: Millis,
    /// How long that took, with looking.
    cost: Millis,
    timer: Option<(Millis, Timeout)>,
}

impl Publisher {
    /// What changed is for the person who did it: it does not wait.
    pub fn hurry(&mut self) {
        self.hurried = true;
    }

    /// What changed is what people look at.
    pub fn moved(&mut self) {
        self.moved = true;
    }

    /// When the next snapshot may be published.
    fn due(&self, in_bulk: bool) -> Millis {
        if self.hurried {
            return Millis(0);
        }
        let apart = match (in_bulk, self.moved) {
            (true, _) => APART_IN_BULK,
            (false, true) => APART,
            (false, false) => APART_IN_QUIET,
        };
        // A poll that is costly to show is shown less often: a fifth of the time at the most.
        self.ended.after(apart.max(Millis(self.cost.0 * 4)))
    }
}

/// Those who get snapshots.
#[derive(Default)]
pub(super) struct Subscribers {
    serial: u64,
    all: Vec<(u64, Callback<Rc<Snapshot>>)>,
}

/// Gets snapshots until it is dropped.
pub struct Subscription {
    host: Host,
    serial: u64,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.host
            .0
            .subscribers
            .borrow_mut()
            .all
            .retain(|(serial, _)| *serial != self.serial);
    }
}

impl Host {
    /// The last snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Rc<Snapshot> {
        Rc::clone(&self.0.snapshot.borrow())
    }

    /// Calls `listener` with every new snapshot.
    #[must_use]
    pub fn subscribe(&self, listener: Callback<Rc<Snapshot>>) -> Subscription {
        let mut subscribers = self.0.subscribers.borrow_mut();
        subscribers.serial += 1;
        let serial = subscribers.serial;
        subscribers.all.push((serial, listener));
        Subscription {
            host: self.clone(),
            serial,
        }
    }

    /// Something changed that people look at: publishes now, or when it is time.
    pub(super) fn changed(&self) {
        self.0.state.borrow_mut().publisher.moved();
        self.may_have_changed();
    }

    /// Something may have changed.
    pub(super) fn may_have_changed(&self) {
        let now = clock::now();
        let due = {
            let mut state = self.0.state.borrow_mut();
            let in_bulk = state.is_in_bulk();
            let publisher = &mut state.publisher;
            publisher.waiting = true;
            let due = publisher.due(in_bulk);
            let is_armed = publisher.timer.as_ref().is_some_and(|(at, _)| *at <= due);
            // In bulk never in the same breath as the checking of signatures, which is long enough.
            (in_bulk || due > now).then_some((due, is_armed))
        };
        match due {
            None => self.publish(),
            Some((_, true)) => {}
            Some((due, false)) => {
                let host = self.clone();
                let timer = Timeout::new((due - now).0 as u32, move || host.publish());
                self.0.state.borrow_mut().publisher.timer = Some((due, timer));
            }
        }
    }

    /// Publishes what waits for a timer that is late, as timers of hidden tabs are.
    pub(super) fn publish_if_due(&self) {
        let due = {
            let state = self.0.state.borrow();
            let publisher = &state.publisher;
            publisher.waiting && publisher.due(state.is_in_bulk()) <= clock::now()
        };
        if due {
            self.publish();
        }
    }

    fn publish(&self) {
        let began = clock::now();
        let snapshot = {
            let mut state = self.0.state.borrow_mut();
            let snapshot = look(&mut state);
            state.publisher = Publisher {
                ended: clock::now(),
                cost: clock::now() - began,
                ..Publisher::default()
            };
            snapshot
        };
        if **self.0.snapshot.borrow() == snapshot {
            return;
        }
        let snapshot = Rc::new(snapshot);
        self.0.snapshot.replace(Rc::clone(&snapshot));
        // A listener may subscribe or drop its subscription.
        let listeners: Vec<_> = self
            .0
            .subscribers
            .borrow()
            .all
            .iter()
            .map(|(_, listener)| listener.clone())
            .collect();
        for listener in listeners {
            listener.emit(Rc::clone(&snapshot));
        }
        // The screens are rendered in a task that is queued by now: this one comes after it.
        let host = self.clone();
        spawn_local(async move {
            let publisher = &mut host.0.state.borrow_mut().publisher;
            publisher.ended = clock::now();
            publisher.cost = publisher.ended - began;
        });
    }
}

impl State {
    /// Whether ballots come in by the thousand.
    fn is_in_bulk(&self) -> bool {
        let running = self.running.as_ref();
        running.is_some_and(|running| running.tab.replica().syncing().is_some())
    }
}

fn look(state: &mut State) -> Snapshot {
    let mut snapshot = Snapshot::opening();
    snapshot.stage = state.stage();
    snapshot.unsaved.clone_from(&state.unsaved);
    snapshot.reload_to_sign = state.reload_to_sign();
    snapshot.lacks_own = state.stage() == Stage::Open && state.lacks_own(None);
    if state.choices.early == Some(true) {
        snapshot.connection = Connection::Off;
    }
    let Some(running) = &mut state.running else {
        return snapshot;
    };
    if snapshot.stage == Stage::Opening {
        return snapshot;
    }
    running.gather_audited(clock::now());
    snapshot.log = state.activity.entries();
    snapshot.older_revocations = state.activity.left_out();
    if running.poll.is_some() {
        snapshot.voters = Rc::new(voters(running));
    }
    let replica = running.tab.replica_mut();
    snapshot.connection = match (state.lines.line(), replica.room()) {
        (Line::Off, _) => Connection::Off,
        (Line::Unreachable, _) => Connection::Unreachable,
        (Line::Up, Some(room)) => Connection::Up {
            others: room.saturating_sub(1),
        },
        (Line::Up, None) | (Line::Dialling, _) => Connection::Connecting,
    };
    snapshot.voter = Some(replica.voter());
    snapshot.chair = replica.is_chair();
    snapshot.kept = running.kept;
    snapshot.stored = running.storage.is_some();
    snapshot.cast_here = replica
        .own_vote()
        .is_some_and(|own| running.cast_here == Some(own.ballot));
    snapshot.holder = running
        .poll
        .as_ref()
        .map_or(Holder::Browser, |poll| poll.holder());
    snapshot.syncing = replica.syncing();
    snapshot.tally = replica.tally();
    snapshot.state_hash = running.poll.is_some().then(|| replica.state_hash());
    snapshot.status = replica.status();
    snapshot.unknown_ops = replica.unknown_ops();
    let peers = replica.peers();
    let others = replica.room().map_or(0, |room| room.saturating_sub(1));
    snapshot.agree = agreement(&peers, others as usize);
    let is_browsers = running.storage.is_some() && running.holder.tab.is_none();
    let witnesses = Witnesses::of(state.link.poll, replica.voter(), is_browsers);
    snapshot.own = replica.own_vote().map(|vote| Own {
        vote: over_reloads(&witnesses, vote),
        reason: vote
            .verdict
            .and_then(|verdict| replica.reason(verdict))
            .map(Rc::from),
    });
    snapshot.refusal = state.lines.refusal();
    snapshot.full = replica.is_full();
    snapshot.misfit = replica.misfit();
    snapshot.precinct = replica.precinct();
    snapshot.canvass = canvassing::canvassing(running).map(Rc::new);
    let (shown, own) = (snapshot.canvass.as_deref(), snapshot.precinct);
    snapshot.rejoined = state.absence.rejoined(shown, own, clock::now());
    snapshot.poll.clone_from(&running.poll);
    if state.wants.ballots > 0 && snapshot.chair {
        snapshot.ballots = Some(Rc::new(page(running, state.wants)));
    }
    if state.wants.inside {
        let replica = running.tab.replica();
        snapshot.inside = Some(Rc::new(Inside {
            replica: replica.id(),
            local: running.set.to_string(),
            ops: replica.ops(),
            stats: replica.stats(),
            unsent: state.lines.dropped(),
            peers,
            held_back: replica.held_back(),
            at: clock::now(),
            canvass: canvassing::inside(running),
        }));
    }
    snapshot
}

/// How far a vote got, also before this page was loaded.
fn over_reloads(witnesses: &Witnesses, vote: OwnVote) -> OwnVote {
    let seen = match vote.stage {
        VoteStage::SeenBy(seen) => seen,
        _ => 0,
    };
    witnesses.note(vote.ballot, seen);
    let stage = match seen.max(witnesses.of_ballot(vote.ballot)) {
        0 => vote.stage,
        seen => VoteStage::SeenBy(seen),
    };
    OwnVote { stage, ..vote }
}

fn voters(running: &Running) -> Vec<VoterHere> {
    let replica = running.tab.replica();
    let here = running.holder.voters().map(|key| VoterHere {
        key,
        voted: replica.has_voted(&key),
    });
    here.collect()
}

/// What others say to what is held here. A replica remembers for minutes who has left, and a tab
/// that was reloaded is two replicas to it. So no more count than the relay has in the room: those
/// who were heard last.
fn agreement(peers: &[PeerView], others: usize) -> Agreement {
    let key = |place: usize| (peers[place].received, peers[place].agrees);
    let mut latest = order::by(peers.len(), &|one, other| key(other).cmp(&key(one)));
    latest.truncate(others);
    let number = |is: fn(&PeerView) -> bool| {
        let those = latest.iter().filter(|place| is(&peers[**place]));
        those.count()
    };
    Agreement {
        agree: number(|peer| peer.agrees),
        differ: number(|peer| peer.differs),
        others,
    }
}

/// The newest ballots. Costs what is shown, however many there are.
fn page(running: &Running, wants: Wants) -> BallotPage {
    let newest = running.arrivals.newest(wants.ballots, wants.in_hand);
    let row = |((at, id), voter)| {
        let (ballot, verdict) = running.ballot(&voter, id)?;
        Some(BallotRow {
            id,
            voter,
            precinct: running.precinct_of(voter),
            choice: ballot.choice,
            at,
            verdict,
        })
    };
    BallotPage {
        rows: newest.filter_map(row).collect(),
        all: running.arrivals.len(),
    }
}

#[cfg(test)]
mod tests {
    use election_core::ids::ReplicaId;

    use super::*;

    #[test]
    fn the_next_snapshot_waits_for_a_frame_for_its_cost_and_in_bulk_but_not_for_ones_own_vote() {
        let mut publisher = Publisher {
            ended: Millis(1_000),
            cost: Millis(2),
            ..Publisher::default()
        };
        assert_eq!(publisher.due(false), Millis(1_150));
        assert_eq!(publisher.due(true), Millis(1_200));
        publisher.moved();
        assert_eq!(publisher.due(false), Millis(1_016));
        assert_eq!(publisher.due(true), Millis(1_200));
        publisher.cost = Millis(30);
        assert_eq!(publisher.due(false), Millis(1_120));
        publisher.hurry();
        for in_bulk in [false, true] {
            assert_eq!(publisher.due(in_bulk), Millis(0));
        }
    }

    #[test]
    fn who_has_left_is_not_asked_whether_they_agree() {
        let peer = |serial: u64, heard: u64, agrees: bool| PeerView {
            replica: ReplicaId(serial),
            received: Millis(heard),
            agrees,
            differs: !agrees,
            ops: 1,
            syncing: false,
        };
        let peers = [peer(1, 10, false), peer(2, 30, true), peer(3, 20, true)];
        let of = |others| {
            let Agreement { agree, differ, .. } = agreement(&peers, others);
            (agree, differ)
        };
        assert_eq!(of(2), (2, 0));
        assert_eq!(of(3), (2, 1));
        assert_eq!(of(9), (2, 1));
        assert_eq!(of(0), (0, 0));
    }
}
