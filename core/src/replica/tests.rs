//! Single transitions of a replica, with another of whom each frame is made by hand.

#![allow(clippy::unwrap_used)]

use super::audit::Audits;
use super::io::{Command, Destination, Happened, Refusal};
use super::view::Stage;
use super::*;
use crate::ballots::capacity::Capacity;
use crate::ballots::testing::{Poll, key};
use crate::poll::ballot::Ballot;
use crate::poll::choice::Choice;
use crate::poll::method::Method;
use crate::poll::op::Op;
use crate::timing::AbsenceTiming;
use crate::wire::envelope::sign;
use crate::wire::frame::{self, MessageRef, kind};
use crate::wire::link::Secret;

const OTHER: Handle = Handle(7);

struct Scene {
    poll: Poll,
    replica: Replica,
    /// None.
    audits: Audits,
    other: Room,
    /// What the other says that it holds.
    says: Digest,
    now: Millis,
}

impl Scene {
    /// Without the poll, not connected.
    fn new() -> Self {
        Self::timed(Timing::default())
    }

    fn timed(timing: Timing) -> Self {
        let poll = Poll::new();
        let id = poll.genesis.id().into();
        let secret = Secret([5; 16]);
        let seal = secret.seal(id, &secret.room(id));
        let mut other = Room::new((seal, [9; 32]), timing.digests, timing.hello, 2);
        other.connect(Some(2));
        let config = Config {
            poll: id,
            secret,
            voter: key(1),
            chair: Some(key(0)),
            precinct: None,
            timing,
            seed: [1; 32],
        };
        Self {
            poll,
            audits: Audits::new(&config),
            replica: Replica::new(config),
            other,
            says: Digest::default(),
            now: Millis(1_000),
        }
    }

    /// With the poll.
    fn open() -> Self {
        Self::with(Timing::default())
    }

    fn with(timing: Timing) -> Self {
        let mut scene = Self::timed(timing);
        let genesis = io::Record {
            received: scene.now,
            bytes: scene.poll.genesis.bytes().to_vec(),
        };
        scene.replica.on_restore(&[genesis], false, scene.now);
        scene
    }

    /// With the poll, in a room of so many.
    fn connected(size: u32) -> Self {
        let mut scene = Self::open();
        scene.happened(Happened::Connected { size });
        scene.outputs();
        scene
    }

    fn happened(&mut self, happened: Happened<'_>) {
        self.replica.on_happened(happened, self.now);
    }

    fn say(&mut self, messages: &[(u8, Vec<u8>)]) {
        let sent = self
            .other
            .send(&[Destination::Spread(1)], self.says, messages);
        for (_, payload) in sent {
            let payload = payload.as_slice();
            let from = OTHER;
            self.happened(Happened::Frame { from, payload });
        }
    }

    fn wait(&mut self, span: Millis) {
        self.now = self.now.after(span);
        self.replica.keep_time(self.now);
    }

    fn outputs(&mut self) -> Vec<Output> {
        core::iter::from_fn(|| self.replica.next_output()).collect()
    }

    fn events(&mut self) -> Vec<Event> {
        let event = |output| match output {
            Output::Event(event) => Some(event),
            _ => None,
        };
        self.outputs().into_iter().filter_map(event).collect()
    }

    /// The frames: to whom, and the types of their messages.
    fn sent(&mut self) -> Vec<(Destination, Vec<u8>)> {
        let mut sent = Vec::new();
        for output in self.outputs() {
            let Output::Send { to, bytes, .. } = output else {
                continue;
            };
            let frame = self.other.receive(OTHER, &bytes).unwrap();
            let mut messages = frame.messages();
            let mut kinds = Vec::new();
            while let Some(message) = frame::next_message(&mut messages).unwrap() {
                kinds.push(match message {
                    MessageRef::Hello => kind::HELLO,
                    MessageRef::Ops { own: false, .. } => kind::OPS,
                    MessageRef::Ops { own: true, .. } => kind::OWN_OPS,
                    MessageRef::Seen(_) => kind::SEEN,
                    MessageRef::Sync { kind, .. } | MessageRef::Council { kind, .. } => kind,
                });
            }
            sent.push((to, kinds));
        }
        sent
    }

    fn cast(&mut self, option: usize) -> Result<(), Refusal> {
        let choice = Choice::new(&[option], Method::Approval, 3).unwrap();
        self.ask(Command::Cast(choice))
    }

    fn ask(&mut self, command: Command) -> Result<(), Refusal> {
        self.replica.sign(command, &self.audits, self.now)
    }

    /// Casts, and the ballot is on disk.
    fn vote(&mut self, option: usize) -> OpId {
        self.cast(option).unwrap();
        let ballot = self.replica.own_vote().unwrap().ballot;
        self.replica.on_persisted(ballot, self.now);
        self.replica.keep_time(self.now);
        ballot
    }

    fn stage(&self) -> Stage {
        self.replica.own_vote().unwrap().stage
    }

    /// The other says that it holds what this replica does.
    fn agree(&mut self) {
        self.says = self.replica.digest();
        self.say(&[]);
    }

    /// The other holds something else.
    fn differ(&mut self) {
        self.says = Digest {
            root: [3; 16],
            ops: 9,
        };
        self.say(&[]);
    }
}

fn times_in(sent: &[(Destination, Vec<u8>)], kind: u8) -> usize {
    let has = |(_, kinds): &&(Destination, Vec<u8>)| kinds.contains(&kind);
    sent.iter().filter(has).count()
}

#[test]
fn a_ballot_is_no_part_of_the_poll_before_it_is_on_disk() {
    let mut scene = Scene::connected(2);
    scene.cast(1).unwrap();
    assert_eq!(scene.stage(), Stage::Saving);
    assert_eq!(scene.replica.ops(), 0);
    assert_eq!(times_in(&scene.sent(), kind::OWN_OPS), 0);
    assert_eq!(scene.cast(2), Err(Refusal::StillSaving));
    let ballot = scene.replica.own_vote().unwrap().ballot;
    scene.replica.on_not_persisted(ballot);
    assert_eq!(scene.replica.own_vote(), None);
    assert_eq!(scene.vote(2), scene.replica.own_vote().unwrap().ballot);
    assert_eq!((scene.replica.ops(), scene.stage()), (1, Stage::Sent));
    assert_eq!(times_in(&scene.sent(), kind::OWN_OPS), 1);
}

#[test]
fn a_ballot_whose_room_was_taken_while_it_was_saved_is_not_said_to_be_seen() {
    let mut scene = Scene::with(Timing {
        capacity: Capacity {
            registers: 1,
            ..Capacity::default()
        },
        ..Timing::default()
    });
    scene.happened(Happened::Connected { size: 2 });
    scene.cast(1).unwrap();
    let ballot = scene.replica.own_vote().unwrap().ballot;
    let other = scene.poll.ballot(5, 0, 1).bytes().to_vec();
    scene.say(&[(kind::OPS, other)]);
    scene.outputs();
    scene.replica.on_persisted(ballot, scene.now);
    scene.agree();
    assert_eq!(scene.replica.own_vote(), None);
    assert!(scene.replica.own.is_empty());
    assert_eq!(times_in(&scene.sent(), kind::OWN_OPS), 0);
}

#[test]
fn a_ballot_that_nobody_has_seen_goes_out_again_three_times_more_widely() {
    let mut scene = Scene::connected(200);
    let timing = Timing::default().gossip;
    scene.vote(1);
    let mut widths = Vec::new();
    for _ in 0..6 {
        for (to, kinds) in scene.sent() {
            if let (Destination::Spread(width), true) = (to, kinds.contains(&kind::OWN_OPS)) {
                widths.push(width);
            }
        }
        scene.wait(timing.unseen.most);
    }
    assert_eq!(widths, [8, 32, 128, 255]);
}

#[test]
fn an_acknowledgement_ends_that_and_counts_only_who_was_here() {
    let mut scene = Scene::connected(2);
    let ballot = scene.vote(1);
    scene.say(&[(kind::SEEN, ballot.0.to_vec())]);
    assert_eq!(scene.stage(), Stage::SeenBy(1));
    scene.outputs();
    scene.wait(Timing::default().gossip.unseen.most);
    assert_eq!(times_in(&scene.sent(), kind::OWN_OPS), 0);
    assert!(scene.replica.room.peers.proven().has(OTHER));
    // Another name on the same connection: there is only one other.
    let seal = Secret([5; 16]);
    let poll = scene.replica.poll;
    let timing = Timing::default();
    let seal = seal.seal(poll, &seal.room(poll));
    scene.other = Room::new((seal, [8; 32]), timing.digests, timing.hello, 2);
    scene.other.connect(Some(2));
    scene.say(&[(kind::SEEN, ballot.0.to_vec())]);
    assert_eq!(scene.stage(), Stage::SeenBy(1));
}

#[test]
fn what_was_sent_and_not_seen_goes_out_again_on_the_next_connection() {
    let mut scene = Scene::connected(2);
    scene.vote(1);
    scene.outputs();
    scene.happened(Happened::Disconnected);
    assert_eq!(scene.stage(), Stage::Saved);
    assert_eq!(scene.sent(), []);
    scene.happened(Happened::Connected { size: 1 });
    assert_eq!(scene.stage(), Stage::Saved, "nobody else is there");
    scene.happened(Happened::Resized { size: 2 });
    assert_eq!(scene.stage(), Stage::Sent);
    assert_eq!(times_in(&scene.sent(), kind::OWN_OPS), 1);
}

#[test]
fn an_op_is_taken_in_once_passed_on_and_acknowledged_to_its_maker() {
    let mut scene = Scene::connected(50);
    let ballot = scene.poll.ballot(5, 0, 1);
    let own = (kind::OWN_OPS, ballot.bytes().to_vec());
    scene.say(core::slice::from_ref(&own));
    assert_eq!(scene.replica.ops(), 1);
    assert!(scene.replica.room.peers.proven().has(OTHER));
    let sent = scene.sent();
    assert_eq!(sent[0], (Destination::Reply(OTHER), vec![kind::SEEN]));
    scene.wait(Timing::default().gossip.settings.tick);
    assert_eq!(times_in(&scene.sent(), kind::OPS), 2, "half by REPLY");
    scene.say(&[own]);
    assert_eq!(scene.replica.stats().duplicates, 1);
    scene.wait(Timing::default().gossip.settings.tick);
    assert_eq!(times_in(&scene.sent(), kind::OPS), 0);
}

#[test]
fn whoever_sends_a_wrong_signature_is_muted() {
    let mut scene = Scene::connected(50);
    let mut bytes = scene.poll.ballot(5, 0, 1).bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    scene.say(&[(kind::OPS, bytes)]);
    assert_eq!(scene.replica.stats().bad_signatures, 1);
    let honest = scene.poll.ballot(6, 0, 1).bytes().to_vec();
    scene.say(&[(kind::OPS, honest)]);
    assert_eq!(scene.replica.ops(), 0);
    assert_eq!(scene.replica.stats().muted, 1);
}

#[test]
fn what_follows_an_op_that_is_not_here_waits_for_it() {
    let mut scene = Scene::connected(50);
    let [first, second] = [0, 1].map(|index| {
        let first = scene.poll.ballot(index, 0, 1);
        let choice = Choice::new(&[1], Method::Approval, 3).unwrap();
        let second = Ballot::new(Some((0, first.id())), choice, &scene.poll.genesis);
        let poll = scene.poll.genesis.id().into();
        let second = sign(&key(index + 1), poll, Op::Ballot(second));
        [first, second]
    });
    let bytes = |op: &VerifiedOp| op.bytes().to_vec();
    scene.say(&[(kind::OPS, bytes(&first[1]))]);
    assert_eq!(scene.replica.ops(), 0);
    assert!(scene.replica.held_back_has(first[1].id()));
    scene.say(&[(kind::OPS, bytes(&first[0]))]);
    assert_eq!(scene.replica.ops(), 2);
    // In one message, whatever its order.
    scene.say(&[(kind::OPS, [bytes(&second[1]), bytes(&second[0])].concat())]);
    assert_eq!(scene.replica.ops(), 4);
}

#[test]
fn a_newcomer_is_told_the_definition_twice_a_second() {
    let mut scene = Scene::connected(50);
    for _ in 0..5 {
        scene.say(&[(kind::HELLO, Vec::new())]);
    }
    assert_eq!(times_in(&scene.sent(), kind::OPS), 2);
    scene.now = scene.now.after(Millis(1_000));
    scene.say(&[(kind::HELLO, Vec::new())]);
    assert_eq!(times_in(&scene.sent(), kind::OPS), 1);
    // Two who have nothing have nothing to say to each other.
    let mut scene = Scene::new();
    scene.happened(Happened::Connected { size: 2 });
    assert_eq!(times_in(&scene.sent(), kind::HELLO), 1);
    scene.say(&[(kind::HELLO, Vec::new())]);
    assert_eq!(scene.sent(), []);
}

#[test]
fn hello_is_said_until_somebody_answers() {
    let mut scene = Scene::open();
    scene.happened(Happened::Connected { size: 200 });
    let mut said = 0;
    for _ in 0..30 {
        said += times_in(&scene.sent(), kind::HELLO);
        scene.wait(Millis(1_000));
    }
    assert_eq!(said, 4, "it holds the poll: three times more");
    let mut scene = Scene::open();
    scene.vote(1);
    scene.happened(Happened::Connected { size: 200 });
    scene.outputs();
    scene.agree();
    scene.wait(Millis(1_000));
    assert_eq!(times_in(&scene.sent(), kind::HELLO), 0);
}

#[test]
fn a_difference_is_followed_up_when_gossip_does_not_explain_it() {
    let mut scene = Scene::connected(50);
    scene.vote(1);
    scene.agree();
    scene.outputs();
    let opens = kind::FIRST_SYNC;
    scene.differ();
    assert_eq!(times_in(&scene.sent(), opens), 0, "it may be on its way");
    let timing = Timing::default().comparing;
    scene.wait(timing.grace.after(timing.probe.most));
    let asked = scene.sent();
    let hello = (Destination::Reply(OTHER), vec![kind::HELLO]);
    assert!(asked.contains(&hello), "{asked:?}");
    scene.differ();
    assert_eq!(times_in(&scene.sent(), opens), 1);
    // One session at a time, and none after it fails but with a pause.
    scene.differ();
    assert_eq!(times_in(&scene.sent(), opens), 0);
    scene.happened(Happened::PeerGone { peer: OTHER });
    assert_eq!(scene.replica.stats().syncs_failed, 1);
}

#[test]
fn an_absence_is_summed_up_when_others_agree_or_patience_ends() {
    let AbsenceTiming {
        last_words,
        patience,
        ..
    } = Timing::default().absence;
    let rejoined = |events: Vec<Event>| {
        let of = |event| match event {
            Event::Rejoined {
                away,
                ballots,
                reached,
                ..
            } => Some((away, ballots, reached)),
            _ => None,
        };
        events.into_iter().find_map(of)
    };
    let mut scene = Scene::connected(2);
    scene.happened(Happened::Disconnected);
    scene.now = scene.now.after(Millis(60_000));
    scene.vote(1);
    scene.happened(Happened::Connected { size: 2 });
    let ballot = scene.poll.ballot(5, 0, 1).bytes().to_vec();
    scene.say(&[(kind::OPS, ballot)]);
    scene.agree();
    assert_eq!(rejoined(scene.events()), None);
    scene.wait(last_words);
    let summed_up = Some((Millis(60_000), 1, Some(1)));
    assert_eq!(rejoined(scene.events()), summed_up);

    scene.happened(Happened::Disconnected);
    scene.now = scene.now.after(Millis(5_000));
    scene.happened(Happened::Connected { size: 2 });
    scene.differ();
    scene.wait(patience - Millis(1));
    assert_eq!(rejoined(scene.events()), None);
    scene.wait(Millis(1));
    assert_eq!(rejoined(scene.events()), Some((Millis(5_000), 0, None)));
    scene.wait(patience);
    assert_eq!(rejoined(scene.events()), None);
}

#[test]
fn what_the_chair_alone_may_do_is_refused_to_others() {
    let mut scene = Scene::connected(2);
    let ballot = scene.vote(1);
    let command = || Command::Revoke {
        ballot,
        reason: "voted twice".to_owned(),
    };
    scene.replica.chair = None;
    assert_eq!(scene.ask(command()), Err(Refusal::NotChair));
    scene.replica.chair = Some(key(3));
    let refused = scene.ask(command());
    assert_eq!(refused, Err(Refusal::NotChair), "another key");
    scene.replica.chair = Some(key(0));
    assert_eq!(scene.ask(command()), Ok(()));
}
