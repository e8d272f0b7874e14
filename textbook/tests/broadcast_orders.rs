//! Each delivery order against a plain model of it, through random histories: anybody broadcasts at
//! any time, and any message that was ever sent arrives anywhere, again and again or not at all. At
//! the end of a history everything that was lost is sent again, and then everything must be
//! delivered.
//!
//! The model of an order that names what a message comes after is a set: what may be delivered is
//! the largest part of what was received that lacks nothing it comes after. The model of a total
//! order is one sequence, of which everybody has delivered a beginning.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::marker::PhantomData;

use election_core::broadcast::causal::Caps;
use election_core::ids::ReplicaId;
use election_core::time::Millis;
use election_textbook::broadcast::causal_clock::CausalClock;
use election_textbook::broadcast::causal_named::CausalNamed;
use election_textbook::broadcast::fifo::Fifo;
use election_textbook::broadcast::total_by_lamport::TotalByLamport;
use election_textbook::broadcast::total_by_leader::TotalByLeader;
use election_textbook::broadcast::unordered::Unordered;
use election_textbook::broadcast::{MessageId, Order, Payload, Receipt, Step};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const MEMBERS: usize = 3;

/// The payload number of a broadcast, and the names of all that its sender had delivered.
#[derive(Debug, Clone)]
struct Note(usize, Vec<MessageId>);

impl Payload for Note {
    fn size(&self) -> usize {
        8 + 16 * self.1.len()
    }
    fn comes_after(&self) -> &[MessageId] {
        &self.1
    }
}

/// What an order promises, as the model says it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Promise {
    /// Whatever was received is delivered.
    Once,
    /// A message comes after its sender's earlier ones.
    Fifo,
    /// A message comes after all that its sender had delivered.
    Causal,
    /// All have delivered beginnings of one sequence, in which each sender's messages are in order.
    Total,
    /// In the end all have delivered everything.
    InTheEnd,
}

trait Kind: Debug + Clone + 'static {
    type Order: Order<Note, Message: Debug> + Debug;
    const PROMISE: Promise;
    fn order(me: ReplicaId) -> Self::Order;
}

macro_rules! kind {
    ($name:ident, $order:ty, $promise:ident, $new:expr) => {
        #[derive(Debug, Clone)]
        struct $name;
        impl Kind for $name {
            type Order = $order;
            const PROMISE: Promise = Promise::$promise;
            fn order(me: ReplicaId) -> Self::Order {
                let new: fn(ReplicaId) -> Self::Order = $new;
                new(me)
            }
        }
    };
}

fn members() -> Vec<ReplicaId> {
    (0..MEMBERS as u64).map(ReplicaId).collect()
}

/// A leader that nobody is impatient with, and one that is suspected at once.
const PATIENT: Millis = Millis(u64::MAX);
const HASTY: Millis = Millis(30);

kind!(AnyOrder, Unordered<Note>, Once, Unordered::new);
kind!(BySender, Fifo<Note>, Fifo, |me| Fifo::new(
    me,
    Caps::default()
));
kind!(ByClock, CausalClock<Note>, Causal, |me| {
    CausalClock::new(me, Caps::default())
});
kind!(ByName, CausalNamed<Note>, Causal, |me| {
    CausalNamed::new(me, Caps::default())
});
kind!(ByLeader, TotalByLeader<Note>, Total, |me| {
    TotalByLeader::new(me, members(), PATIENT, Caps::default())
});
kind!(ByManyLeaders, TotalByLeader<Note>, InTheEnd, |me| {
    TotalByLeader::new(me, members(), HASTY, Caps::default())
});
kind!(ByLamport, TotalByLamport<Note>, Total, |me| {
    TotalByLamport::new(me, members(), Millis(10), Caps::default())
});

#[derive(Debug, Clone)]
enum Transition {
    Broadcast {
        from: usize,
    },
    /// The message of that number arrives there, modulo how many there are.
    Receive {
        to: usize,
        message: usize,
    },
    Tick {
        member: usize,
    },
}

/// What the model knows: the messages by their numbers.
#[derive(Debug, Clone)]
struct Model<K> {
    /// What each message comes after.
    after: Vec<BTreeSet<usize>>,
    sender: Vec<usize>,
    received: Vec<BTreeSet<usize>>,
    kind: PhantomData<K>,
}

impl<K: Kind> Model<K> {
    /// The largest part of what was received that lacks nothing it comes after.
    fn may_be_delivered(&self, member: usize) -> BTreeSet<usize> {
        let mut delivered = self.received[member].clone();
        loop {
            let lacks = |message: &&usize| !self.after[**message].is_subset(&delivered);
            let Some(message) = delivered.iter().find(lacks).copied() else {
                return delivered;
            };
            delivered.remove(&message);
        }
    }
}

impl<K: Kind> ReferenceStateMachine for Model<K> {
    type State = Self;
    type Transition = Transition;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            after: Vec::new(),
            sender: Vec::new(),
            received: vec![BTreeSet::new(); MEMBERS],
            kind: PhantomData,
        })
        .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Transition> {
        let member = 0..MEMBERS;
        prop_oneof![
            2 => member.clone().prop_map(|from| Transition::Broadcast { from }),
            6 => (member.clone(), 0..1_000_usize).prop_map(|(to, message)| Transition::Receive { to, message }),
            1 => member.prop_map(|member| Transition::Tick { member }),
        ]
        .boxed()
    }

    fn apply(mut model: Self, transition: &Transition) -> Self {
        match *transition {
            Transition::Broadcast { from } => {
                let mut after = model.may_be_delivered(from);
                match K::PROMISE {
                    Promise::Causal => {}
                    Promise::Fifo | Promise::Total => {
                        after.retain(|message| model.sender[*message] == from);
                    }
                    Promise::Once | Promise::InTheEnd => after.clear(),
                }
                model.received[from].insert(model.after.len());
                model.after.push(after);
                model.sender.push(from);
            }
            Transition::Receive { to, message } => {
                if let Some(message) = message.checked_rem(model.after.len()) {
                    model.received[to].insert(message);
                }
            }
            Transition::Tick { .. } => {}
        }
        model
    }
}

/// The orders of all members, and every message that they ever sent.
#[derive(Debug)]
struct Group<K: Kind> {
    orders: Vec<K::Order>,
    sent: Vec<<K::Order as Order<Note>>::Message>,
    delivered: Vec<Vec<(usize, MessageId)>>,
    broadcasts: usize,
    now: Millis,
}

impl<K: Kind> Group<K> {
    fn drain(&mut self, member: usize) {
        while let Some(step) = self.orders[member].next_step() {
            match step {
                Step::Send(message) => self.sent.push(message),
                Step::Deliver(id, Note(number, _)) => self.delivered[member].push((number, id)),
                Step::Drop(id) => panic!("{id} was dropped, with room for thousands"),
            }
        }
    }

    fn receive(&mut self, to: usize, message: usize) {
        let message = self.sent[message].clone();
        let receipt = self.orders[to].receive(message.clone(), self.now);
        assert_ne!(receipt, Receipt::Refused);
        let again = self.orders[to].receive(message, self.now);
        assert_eq!(again, Receipt::Known, "a duplicate is noticed");
        self.drain(to);
    }

    fn tick(&mut self, member: usize) {
        self.now = self.now.after(Millis(10));
        self.orders[member].tick(self.now);
        self.drain(member);
    }

    fn numbers(&self, member: usize) -> Vec<usize> {
        self.delivered[member]
            .iter()
            .map(|(number, _)| *number)
            .collect()
    }

    fn check_order(&self, model: &Model<K>) {
        for member in 0..MEMBERS {
            let mut before = BTreeSet::new();
            for number in self.numbers(member) {
                assert!(
                    model.after[number].is_subset(&before),
                    "{number} is too early"
                );
                assert!(before.insert(number), "{number} comes twice");
            }
            match K::PROMISE {
                Promise::Once | Promise::Fifo | Promise::Causal => {
                    assert_eq!(before, model.may_be_delivered(member));
                    let held = self.orders[member].held_back().len();
                    assert_eq!(held, model.received[member].len() - before.len());
                }
                Promise::Total => {
                    let (one, other) = (self.numbers(member), self.numbers(0));
                    let shared = one.len().min(other.len());
                    assert_eq!(one[..shared], other[..shared], "beginnings of one sequence");
                }
                Promise::InTheEnd => {}
            }
        }
    }
}

struct Test<K>(PhantomData<K>);

impl<K: Kind> StateMachineTest for Test<K> {
    type SystemUnderTest = Group<K>;
    type Reference = Model<K>;

    fn init_test(_: &Model<K>) -> Group<K> {
        Group {
            orders: members().into_iter().map(K::order).collect(),
            sent: Vec::new(),
            delivered: vec![Vec::new(); MEMBERS],
            broadcasts: 0,
            now: Millis(0),
        }
    }

    fn apply(mut group: Group<K>, _: &Model<K>, transition: Transition) -> Group<K> {
        match transition {
            Transition::Broadcast { from } => {
                let names = group.delivered[from].iter().map(|(_, id)| *id).collect();
                let note = Note(group.broadcasts, names);
                group.orders[from].broadcast(note, group.now).unwrap();
                group.broadcasts += 1;
                group.drain(from);
            }
            Transition::Receive { to, message } => {
                if let Some(message) = message.checked_rem(group.sent.len()) {
                    group.receive(to, message);
                }
            }
            Transition::Tick { member } => group.tick(member),
        }
        group
    }

    fn check_invariants(group: &Group<K>, model: &Model<K>) {
        group.check_order(model);
    }

    fn teardown(mut group: Group<K>, mut model: Model<K>) {
        let all: BTreeSet<_> = (0..group.broadcasts).collect();
        let mut from = 0;
        for _round in 0..20 {
            let sent = group.sent.len();
            for message in from..sent {
                for member in 0..MEMBERS {
                    group.receive(member, message);
                }
            }
            from = sent;
            for member in 0..MEMBERS {
                group.tick(member);
            }
        }
        model.received = vec![all.clone(); MEMBERS];
        group.check_order(&model);
        for member in 0..MEMBERS {
            let delivered: BTreeSet<_> = group.numbers(member).into_iter().collect();
            assert_eq!(delivered, all, "member {member}");
            assert_eq!(group.orders[member].held_back(), []);
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn unordered_is_a_set(sequential 1..60 => Test<AnyOrder>);
    #[test]
    fn fifo_is_the_longest_beginning_of_each_sender(sequential 1..60 => Test<BySender>);
    #[test]
    fn a_full_clock_delivers_what_lacks_nothing_that_happened_before(sequential 1..60 => Test<ByClock>);
    #[test]
    fn names_deliver_what_lacks_nothing_that_is_named(sequential 1..60 => Test<ByName>);
    #[test]
    fn a_leader_that_stays_gives_one_sequence(sequential 1..60 => Test<ByLeader>);
    #[test]
    fn leaders_that_change_lose_nothing(sequential 1..60 => Test<ByManyLeaders>);
    #[test]
    fn lamport_times_give_one_sequence(sequential 1..60 => Test<ByLamport>);
}
