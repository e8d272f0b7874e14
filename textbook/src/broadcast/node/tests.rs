//! What a node says to whom, and what it does not say twice.

use election_core::broadcast::causal::Caps;
use election_core::broadcast::gossip::{self, Gossip};

use super::super::fifo::Fifo;
use super::super::order::Stamped;
use super::super::seen::{START, Seen};
use super::super::unordered::Unordered;
use super::*;

type Message = Stamped<u64>;
type Plain = Node<u64, Gossip<Message>, Unordered<u64>>;

const ANN: ReplicaId = ReplicaId(1);
const BEN: ReplicaId = ReplicaId(2);
const EVE: ReplicaId = ReplicaId(3);

/// It says by itself what it has at 1 hour, and not before: what it says earlier, it was asked or
/// asks.
fn node(grace: u64) -> Plain {
    let settings = Settings {
        compare_every: Millis(3_600_000),
        grace: Millis(grace),
        ..Settings::default()
    };
    let mut node = Node::new(
        ReplicaId(0),
        Gossip::new(gossip::Settings::default()),
        Unordered::new(ReplicaId(0)),
        settings,
    );
    node.wake(Millis(0));
    sent(&mut node);
    node
}

fn message(sender: ReplicaId, number: u64) -> Message {
    Stamped {
        id: MessageId { sender, number },
        stamp: (),
        payload: number,
    }
}

fn digest(counts: &[(ReplicaId, u64)], is_answer: bool) -> Packet<Message> {
    let mut has = Seen::default().digest(START);
    for (sender, number) in counts {
        has.up_to.advance(*sender, *number);
    }
    Packet::Digest {
        has: Arc::new(has),
        is_answer,
    }
}

fn news(sender: ReplicaId, number: u64) -> Packet<Message> {
    Packet::News(vec![message(sender, number)])
}

/// What it sends to one other; news that it passes on are left out.
fn sent(node: &mut Plain) -> Vec<(ReplicaId, Packet<Message>)> {
    let outputs = core::iter::from_fn(|| node.next_output());
    let sent = outputs.filter_map(|output| match output {
        Output::Send(to, packet) => Some((to, packet)),
        Output::Spread(..) | Output::Deliver(..) => None,
    });
    sent.collect()
}

/// Until none of the two says more to the other, with everything that is spread. Gives how many
/// packets that took.
fn exchange(ann: &mut Plain, ben: &mut Plain, now: Millis) -> u32 {
    let mut packets = 0;
    loop {
        let before = packets;
        for ann_sends in [true, false] {
            let (name, from, to) = if ann_sends {
                (ANN, &mut *ann, &mut *ben)
            } else {
                (BEN, &mut *ben, &mut *ann)
            };
            while let Some(output) = from.next_output() {
                if let Output::Send(_, packet) | Output::Spread(_, packet) = output {
                    packets += 1;
                    to.receive(name, packet, now);
                }
            }
        }
        if packets == before {
            return packets;
        }
    }
}

#[test]
fn an_answer_carries_only_what_gossip_had_time_for() {
    let mut node = node(200);
    node.receive(ANN, news(ANN, 1), Millis(100));
    node.receive(BEN, Packet::Answer(vec![message(BEN, 1)]), Millis(150));
    let lacks_all = digest(&[], false);
    node.receive(EVE, &lacks_all, Millis(299));
    assert_eq!(sent(&mut node), []);
    node.receive(EVE, &lacks_all, Millis(300));
    let ann = Packet::Answer(vec![message(ANN, 1)]);
    assert_eq!(sent(&mut node), [(EVE, ann)]);
    node.receive(EVE, &lacks_all, Millis(350));
    let both = Packet::Answer(vec![message(ANN, 1), message(BEN, 1)]);
    assert_eq!(sent(&mut node), [(EVE, both)]);
}

#[test]
fn a_node_that_is_behind_asks_once_after_grace() {
    let mut node = node(200);
    node.receive(ANN, digest(&[(ANN, 2)], false), Millis(100));
    assert_eq!(sent(&mut node), []);
    assert_eq!(node.next_deadline(), Millis(300));
    node.receive(BEN, digest(&[(BEN, 9)], false), Millis(200)); // it has a doubt already
    node.receive(EVE, news(ANN, 1), Millis(210));
    node.wake(Millis(299));
    assert_eq!(sent(&mut node), []);
    node.wake(Millis(300));
    let asks = digest(&[(ANN, 1)], true);
    assert_eq!(sent(&mut node), [(ANN, asks)], "it lacks the second still");
    assert_eq!(node.next_deadline(), Millis(3_600_000), "and asks no more");
    node.receive(BEN, digest(&[(BEN, 9)], false), Millis(400));
    assert_eq!(node.next_deadline(), Millis(600), "the next doubt");
}

#[test]
fn a_node_does_not_ask_for_what_came_meanwhile() {
    let mut node = node(200);
    node.receive(ANN, digest(&[(ANN, 1)], false), Millis(100));
    node.receive(EVE, news(ANN, 1), Millis(250));
    node.wake(Millis(300));
    assert_eq!(sent(&mut node), []);
    assert_eq!(node.next_deadline(), Millis(3_600_000));
}

#[test]
fn no_digest_that_is_an_answer_raises_a_doubt() {
    for grace in [0, 200] {
        let mut node = node(grace);
        node.receive(ANN, digest(&[(ANN, 1)], true), Millis(100));
        assert_eq!(sent(&mut node), []);
        assert_eq!(node.next_deadline(), Millis(3_600_000));
    }
}

#[test]
fn without_grace_it_answers_and_asks_at_once() {
    let mut node = node(0);
    node.receive(ANN, news(ANN, 1), Millis(100));
    node.receive(BEN, digest(&[(BEN, 1)], false), Millis(100));
    let answer = Packet::Answer(vec![message(ANN, 1)]);
    let asks = digest(&[(ANN, 1)], true);
    assert_eq!(sent(&mut node), [(BEN, answer), (BEN, asks)]);
}

/// What a node that is gone sent to `ann` only, beyond what nobody has: `ben` gets it from her.
#[test]
fn what_is_beyond_a_gap_that_nobody_can_close_comes_to_the_living() {
    for grace in [0, 200] {
        let [mut ann, mut ben] = [node(grace), node(grace)];
        ann.receive(EVE, news(EVE, 1), Millis(0));
        ben.receive(EVE, news(EVE, 1), Millis(0));
        ann.receive(EVE, news(EVE, 5), Millis(0));
        for from_ann in [true, false] {
            let mut ben = ben.clone();
            let mut ann = ann.clone();
            let (now, later) = (Millis(3_600_000), Millis(3_600_200));
            ann.wake(now);
            ben.wake(now);
            sent(if from_ann { &mut ben } else { &mut ann }); // is lost
            exchange(&mut ann, &mut ben, now);
            ben.wake(later);
            exchange(&mut ann, &mut ben, later);
            let fifth = message(EVE, 5).id;
            assert!(ben.archive.had(fifth), "grace {grace}, {from_ann}");
            let copies = exchange(&mut ann, &mut ben, later);
            assert_eq!(copies, 0);
        }
    }
}

#[test]
fn what_was_dropped_is_taken_again_but_is_no_news_any_more() {
    let caps = Caps {
        messages: 2,
        bytes: 10_000,
    };
    let mut node = Node::<u64, _, _>::new(
        ReplicaId(0),
        Gossip::new(gossip::Settings::default()),
        Fifo::new(ReplicaId(0), caps),
        Settings::default(),
    );
    // The first is missing, so that all are held back; there is room for two.
    let passed_on = |node: &mut Node<u64, _, Fifo<u64>>, number| {
        node.receive(ANN, news(ANN, number), Millis(0));
        node.wake(Millis(100));
        let outputs = core::iter::from_fn(|| node.next_output());
        let news = |output: &Output<Message, u64>| {
            let Output::Spread(_, Packet::News(messages)) = output else {
                return false;
            };
            messages.iter().any(|message| message.id.number == number)
        };
        let outputs: Vec<_> = outputs.collect();
        outputs.iter().any(news)
    };
    for number in 2..=4 {
        assert!(passed_on(&mut node, number));
    }
    assert_eq!(node.order().dropped(), 1);
    assert!(!passed_on(&mut node, 2), "it was passed on when it was new");
    assert_eq!(node.order().dropped(), 2, "it is held back again");
}
