//! Single transitions of a council: what a member signs and when, and what it says of it.

#![allow(clippy::unwrap_used)]

use super::super::io::Happened;
use super::*;
use crate::ballots::store::Inserted;
use crate::ballots::testing::{key, room_for};
use crate::board::testing::{HERE, PRECINCTS, claim, dispute, held, member, poll, signed, store};
use crate::ids::{ReplicaId, ReturnId};
use crate::poll::ballot::Ballot;
use crate::poll::choice::Choice;
use crate::poll::method::Method;
use crate::poll::strike::StrikeReturn;
use crate::timing::Timing;
use crate::wire::bytes::Writer;
use crate::wire::envelope::sign;
use crate::wire::frame::{self, MessageRef, kind};
use crate::wire::link::Secret;
use crate::wire::relay::Handle;

const OTHER: Handle = Handle(7);
const SECOND: Millis = Millis(1_000);

struct Scene {
    council: Council,
    store: BallotStore,
    other: Room,
    now: Millis,
}

impl Scene {
    /// Without the definition. Its first member's, of whose precinct so many voted.
    fn new(voters: usize) -> Self {
        let id = poll().rules.poll;
        let secret = Secret([5; 16]);
        let timing = Timing::default();
        let seal = secret.seal(id, &secret.council_room(id));
        let mut other = Room::new((seal, [9; 32]), timing.digests, timing.hello, 8);
        other.connect(Some(2));
        let config = Config {
            poll: id,
            secret,
            voter: *member(HERE, 0),
            chair: None,
            precinct: Some((PRECINCTS, HERE)),
            timing,
            seed: [1; 32],
        };
        Self {
            council: Council::new(&config).unwrap(),
            store: store(HERE, voters),
            other,
            now: SECOND,
        }
    }

    /// In both rooms.
    fn member(voters: usize) -> Self {
        let mut scene = Self::new(voters);
        scene.council.open(&mut scene.store, scene.now);
        scene.precinct_room(Some(50));
        scene.happened(Happened::Connected { size: 50 });
        scene.outputs();
        scene
    }

    fn precinct_room(&mut self, size: Option<u32>) {
        let store = self.council.board.is_some().then_some(&mut self.store);
        self.council.precinct_room(size, store, self.now);
    }

    fn happened(&mut self, happened: Happened<'_>) {
        let store = self.council.board.is_some().then_some(&mut self.store);
        self.council.on_happened(happened, store, self.now);
    }

    fn receive(&mut self, kind: u8, encode: impl Fn(&mut Writer)) {
        let mut writer = Writer::new();
        encode(&mut writer);
        let messages = [(kind, writer.into_bytes())];
        let to = [Destination::Spread(1)];
        for (_, payload) in self.other.send(&to, Digest::default(), &messages) {
            let payload = payload.as_slice();
            let from = OTHER;
            self.happened(Happened::Frame { from, payload });
        }
    }

    /// Another tab of the precinct says that in its room.
    fn say_in_precinct(&mut self, kind: u8, content: &[u8]) {
        let said = (OTHER, ReplicaId(7), kind, content);
        self.council
            .on_message(Channel::Precinct, said, &mut self.store, self.now);
    }

    fn receive_claim(&mut self, claim: &Claim) {
        self.receive(kind::CLAIMS, |writer| claim.encode(writer));
    }

    /// Another voter of the precinct votes.
    fn vote(&mut self, number: usize) {
        let choice = Choice::new(&[0], Method::Single, 3).unwrap();
        let ballot = Op::Ballot(Ballot::new(None, choice, &poll().genesis));
        self.store
            .insert(sign(member(HERE, number), poll().rules.poll, ballot));
        self.council.state_changed(self.now);
    }

    fn wait(&mut self, span: Millis) {
        let end = self.now.after(span);
        while let Some(at) = self.council.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.council.keep_time(&mut self.store, self.now);
        }
        self.now = end;
    }

    /// What was said in the council's room and in the precinct's: the types of all messages.
    fn outputs(&mut self) -> [Vec<u8>; 2] {
        let [mut council, mut precinct] = [Vec::new(), Vec::new()];
        for output in self.council.take_outputs() {
            let Output::Send { bytes, .. } = output else {
                continue;
            };
            let frame = self.other.receive(OTHER, &bytes).unwrap();
            let mut messages = frame.messages();
            while let Some(message) = frame::next_message(&mut messages).unwrap() {
                council.push(match message {
                    MessageRef::Hello => kind::HELLO,
                    MessageRef::Council { kind, .. } => kind,
                    other => panic!("{other:?}"),
                });
            }
        }
        for (_, messages) in self.council.take_said() {
            precinct.extend(messages.iter().map(|(kind, _)| *kind));
        }
        [council, precinct]
    }

    /// What was signed here: statements, attestations, disputes.
    fn signed(&self) -> (u64, u64, u64) {
        let stats = self.council.stats();
        (stats.proposed, stats.attested, stats.disputed)
    }
}

fn council() -> CouncilTiming {
    Timing::default().council
}

#[test]
fn what_is_held_is_stated_after_quiet_and_said_in_both_rooms() {
    let mut scene = Scene::member(5);
    scene.wait(council().quiet.least - Millis(1));
    assert_eq!(scene.signed(), (0, 0, 0));
    scene.wait(council().quiet.most);
    assert_eq!(scene.signed(), (1, 0, 0));
    scene.wait(council().in_precinct.own_tick);
    let [council, precinct] = scene.outputs();
    assert!(council.contains(&kind::CLAIMS) && precinct.contains(&kind::CLAIMS));
    scene.wait(Millis(600_000));
    assert_eq!(scene.signed(), (1, 0, 0), "once");
}

#[test]
fn what_goes_on_changing_is_stated_all_the_same() {
    let CouncilTiming { at_latest, .. } = council();
    let mut scene = Scene::member(0);
    scene.wait(council().quiet.most);
    let before = scene.signed().0;
    let began = scene.now;
    for number in 1..39 {
        scene.vote(number);
        scene.wait(Millis(500));
        if scene.now < began.after(at_latest.least) {
            assert_eq!(scene.signed().0, before);
        }
    }
    assert_eq!(scene.signed().0, before + 1);
}

#[test]
fn what_another_states_of_the_same_ballots_is_attested_once() {
    let mut scene = Scene::member(5);
    scene.wait(council().fold);
    scene.receive_claim(&signed(&held(HERE, 5), [3]));
    scene.wait(council().attest.most);
    assert_eq!(scene.signed(), (0, 1, 0));
    scene.receive_claim(&signed(&held(HERE, 5), [4, 5]));
    scene.wait(Millis(600_000));
    assert_eq!(scene.signed(), (0, 1, 0));
}

#[test]
fn a_claim_that_cannot_be_reproduced_is_disputed_when_it_has_stood() {
    let stood = council().stood;
    let mut scene = Scene::member(5);
    scene.wait(Millis(10_000));
    scene.receive_claim(&claim(HERE, 4, [3]));
    scene.wait(stood.least - Millis(1));
    assert_eq!(scene.signed().2, 0);
    scene.wait(stood.most);
    assert_eq!(scene.signed().2, 1);
    // Not again, and nothing that another disputes already.
    let other = claim(HERE, 3, [4]);
    let by_another = dispute(6, other.statement(), 5);
    scene.receive_claim(&other);
    scene.receive(kind::DISPUTES, |writer| by_another.encode(writer));
    scene.wait(Millis(600_000));
    assert_eq!(scene.signed().2, 1);
}

#[test]
fn what_was_held_here_once_is_not_disputed() {
    let mut scene = Scene::member(5);
    scene.wait(Millis(10_000));
    scene.vote(20);
    scene.wait(Millis(10_000));
    scene.receive_claim(&signed(&held(HERE, 5), [3]));
    scene.wait(Millis(600_000));
    assert_eq!(scene.signed().2, 0);
}

#[test]
fn a_claim_of_more_is_disputed_only_by_one_who_is_in_step_with_another() {
    let stood = council().stood_beyond;
    let mut alone = Scene::member(5);
    alone.receive_claim(&claim(HERE, 9, [3]));
    alone.wait(Millis(600_000));
    assert_eq!(alone.signed().2, 0);
    let mut scene = Scene::member(5);
    scene.council.agreed(scene.now);
    scene.receive_claim(&claim(HERE, 9, [3]));
    scene.wait(stood.least - Millis(1));
    // Another connection to the precinct's room: its ballots may come with it.
    scene.precinct_room(None);
    scene.precinct_room(Some(50));
    scene.wait(stood.least - Millis(1));
    assert_eq!(scene.signed().2, 0);
    scene.wait(stood.most);
    assert_eq!(scene.signed().2, 1);
}

#[test]
fn who_is_not_in_the_council_signs_nothing_and_steps_in_when_nobody_speaks() {
    let lonely = council().lonely;
    let mut scene = Scene::new(5);
    scene.council.open(&mut scene.store, scene.now);
    scene.precinct_room(Some(100_000));
    scene.wait(Millis(1_000));
    assert!(!scene.council.is_wanted());
    let mut rounds = 0;
    while !scene.council.is_wanted() {
        scene.wait(lonely);
        rounds += 1;
    }
    assert!((1..=20).contains(&rounds), "{rounds}");
    assert_eq!(scene.signed(), (0, 0, 0));
    // It is heard of again: the wait begins anew.
    scene.precinct_room(None);
    scene.precinct_room(Some(100_000));
    assert!(!scene.council.is_wanted());
}

#[test]
fn who_is_left_alone_among_the_silent_steps_in_though_all_is_stated() {
    let lonely = council().lonely;
    let scene = || {
        let mut scene = Scene::new(5);
        scene.council.open(&mut scene.store, scene.now);
        scene.precinct_room(Some(100_000));
        scene.wait(council().fold);
        let stated = signed(&held(HERE, 5), [3, 4]);
        let mut writer = Writer::new();
        stated.encode(&mut writer);
        scene.say_in_precinct(kind::CLAIMS, &writer.into_bytes());
        scene
    };
    let mut left = scene();
    for _ in 0..20 {
        left.wait(lonely);
    }
    assert!(left.council.is_wanted());
    let mut among_others = scene();
    for _ in 0..40 {
        among_others.wait(Millis(lonely.0 / 2));
        among_others.say_in_precinct(kind::BOARD, &[0; 17]);
    }
    assert!(!among_others.council.is_wanted());
}

#[test]
fn a_precincts_first_tab_gets_the_definition_in_the_council() {
    let mut scene = Scene::new(0);
    scene.precinct_room(Some(50_000_000));
    scene
        .council
        .seek(scene.now.after(council().newcomer - Millis(1)));
    assert!(!scene.council.is_wanted());
    scene.council.seek(scene.now.after(council().newcomer));
    assert!(scene.council.is_wanted());
    scene.happened(Happened::Connected { size: 50 });
    scene.council.seek(scene.now);
    assert_eq!(scene.outputs(), [vec![kind::HELLO], vec![]]);
    scene.now = scene.now.after(SECOND);
    scene.council.seek(scene.now);
    let [council, _] = scene.outputs();
    assert!(council.contains(&kind::HELLO), "and again");
    scene.council.open(&mut scene.store, scene.now);
    assert!(!scene.council.is_wanted());
    scene.wait(Millis(600_000));
    assert!(!scene.outputs()[0].contains(&kind::HELLO));
}

#[test]
fn whoever_gives_up_looking_for_the_definition_has_nothing_more_to_do() {
    let mut scene = Scene::new(0);
    scene.precinct_room(Some(1));
    scene.happened(Happened::Connected { size: 50 });
    scene.council.seek(scene.now);
    scene.council.seek_no_more();
    assert_eq!(scene.council.next_deadline(), None);
}

#[test]
fn whoever_brought_news_and_is_gone_is_told_nothing_more() {
    let mut scene = Scene::member(5);
    scene.receive_claim(&claim(PrecinctId(1), 9, [1]));
    assert!(scene.council.room.peers.proven().has(OTHER));
    scene.happened(Happened::PeerGone { peer: OTHER });
    assert!(!scene.council.room.peers.proven().has(OTHER));
}

#[test]
fn who_signed_the_same_statement_waits_as_one_thing() {
    let mut scene = Scene::member(5);
    scene.wait(Millis(60_000));
    for signer in 1..9 {
        scene.receive_claim(&claim(PrecinctId(1), 9, [signer]));
    }
    assert_eq!(scene.council.waiting(), 2, "one in each room");
}

#[test]
fn several_attest_when_nobody_disputed_for_a_while() {
    let elsewhere = PrecinctId(1);
    let mut scene = Scene::member(5);
    let stated = claim(elsewhere, 9, [1, 2]);
    scene.receive_claim(&stated);
    let at = scene.council.attested_at(elsewhere).unwrap();
    assert_eq!(at, scene.now.after(council().stands));
    // A break of the connections: no dispute would have come.
    scene.happened(Happened::Disconnected);
    scene.precinct_room(None);
    assert_eq!(scene.council.attested_at(elsewhere), None);
    scene.precinct_room(Some(50));
    let at = scene.council.attested_at(elsewhere).unwrap();
    assert_eq!(at, scene.now.after(council().stands));
    scene.wait(council().stands.after(council().together));
    assert_eq!(scene.council.attested_at(elsewhere), None, "it is");
    let mut waiting = scene.council.board().unwrap().yet_to_stand(elsewhere);
    assert!(waiting.next().is_none());
}

#[test]
fn whoever_sends_a_claim_signed_wrongly_is_muted() {
    let mut scene = Scene::member(5);
    let stated = claim(PrecinctId(1), 9, [1]);
    let mut writer = Writer::new();
    stated.encode(&mut writer);
    let mut bytes = writer.into_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    scene.receive(kind::CLAIMS, |writer| writer.put(&bytes));
    assert_eq!(scene.council.stats().bad_signatures, 1);
    scene.receive_claim(&stated);
    assert_eq!(
        (scene.council.stats().muted, scene.council.stats().news),
        (1, 0)
    );
}

#[test]
fn summaries_and_greetings_are_answered_eight_times_a_second() {
    let mut scene = Scene::member(5);
    scene.outputs();
    let rate = council().answers_a_second;
    let mut other = Board::new(poll().rules);
    other.claim(claim(PrecinctId(1), 9, [1]));
    let log = log::LogPoints::of(&store(HERE, 0));
    for _ in 0..2 * rate {
        scene.receive(kind::SUMMARY, |writer| {
            writer.byte(1);
            log.encode(writer);
            other.summary().encode(writer);
        });
    }
    assert_eq!(scene.outputs()[0].len(), rate as usize);
    assert_eq!(scene.council.stats().unanswered, u64::from(rate));
}

#[test]
fn a_key_of_another_precinct_is_no_member() {
    let mut scene = Scene::new(5);
    scene.council.voter = key(0);
    scene.council.voter_key = voter_key(&key(0));
    if poll().rules.precinct_of(scene.council.voter_key) == HERE {
        scene.council.precinct = PrecinctId(1);
    }
    scene.council.open(&mut scene.store, scene.now);
    scene.precinct_room(Some(50));
    scene.happened(Happened::Connected { size: 50 });
    scene.wait(Millis(600_000));
    assert_eq!(scene.signed(), (0, 0, 0));
}

/// A full log keeps its first entries, in whatever order they come, and so does the board.
#[test]
fn a_strike_that_had_to_go_for_an_earlier_entry_is_none_any_more() {
    let mut scene = Scene::member(20);
    scene.store.limit_room(&room_for(100, 1));
    let statement = held(HERE, 20);
    let mut enter = |index, return_id| {
        let strike = StrikeReturn {
            index,
            precinct: HERE,
            return_id,
            reason: "false".to_owned(),
        };
        let op = Op::StrikeReturn(Box::new(strike));
        let op = sign(&key(0), poll().rules.poll, op);
        assert_eq!(scene.store.insert(op.clone()), Inserted::Added);
        scene.council.entry_delivered(&op, None, scene.now);
        scene.council.keep_time(&mut scene.store, scene.now);
        let board = scene.council.board().unwrap();
        (board.is_struck(&statement), board.total().parts[0].struck)
    };
    assert_eq!(enter(9, statement.return_id()), (true, 1));
    assert_eq!(enter(3, ReturnId([1; 32])), (false, 1));
}
