use super::super::testing::drain;
use super::*;

const PATIENCE: Millis = Millis(1_000);

fn group() -> [TotalByLeader<u64>; 3] {
    let ids = [0, 1, 2].map(ReplicaId);
    ids.map(|id| TotalByLeader::new(id, ids.to_vec(), PATIENCE, Caps::default()))
}

/// Those of `connected` hear each other, until nobody has anything to say.
fn talk(group: &mut [TotalByLeader<u64>], connected: &[usize], now: Millis) -> Vec<Vec<u64>> {
    let mut delivered = vec![Vec::new(); group.len()];
    loop {
        let mut said = false;
        for &from in connected {
            let sent = drain(&mut group[from]);
            delivered[from].extend(sent.delivered);
            said |= !sent.messages.is_empty();
            for &to in connected {
                for message in &sent.messages {
                    group[to].receive(message.clone(), now);
                }
            }
        }
        if !said {
            return delivered;
        }
    }
}

#[test]
fn all_deliver_in_the_order_in_which_the_leader_received() -> Result<(), Refusal> {
    let mut group = group();
    group[2].broadcast(30, Millis(0))?;
    talk(&mut group[2..], &[0], Millis(0));
    let [leader, other, _] = &mut group;
    let a = other.broadcast(20, Millis(0))?;
    let b = other.broadcast(21, Millis(0))?;
    let sent = drain(other).messages;
    assert_eq!(other.held_back()[0].0, a);
    leader.receive(sent[1].clone(), Millis(0));
    assert!(drain(leader).messages.is_empty(), "{b} waits for {a}");
    assert_eq!(leader.held_back(), [(b, Wait::Message(a))]);
    leader.receive(sent[0].clone(), Millis(0));
    let numbered = drain(leader);
    assert_eq!(numbered.delivered, [20, 21]);
    for message in numbered.messages.iter().rev() {
        other.receive(message.clone(), Millis(0));
    }
    assert_eq!(drain(other).delivered, [20, 21]);
    assert_eq!(other.next_deadline(), None);
    Ok(())
}

#[test]
fn when_the_leader_is_gone_the_next_one_leads() -> Result<(), Refusal> {
    let mut group = group();
    group[1].broadcast(20, Millis(0))?;
    assert_eq!(talk(&mut group, &[0, 1, 2], Millis(0))[2], [20]);
    let id = group[2].broadcast(30, Millis(0))?;
    talk(&mut group, &[1, 2], Millis(0));
    let wait = Wait::Number {
        epoch: 0,
        leader: ReplicaId(0),
    };
    assert_eq!(group[2].held_back(), [(id, wait)]);
    assert_eq!(group[2].next_deadline(), Some(PATIENCE));
    group[2].tick(PATIENCE);
    let delivered = talk(&mut group, &[1, 2], PATIENCE);
    assert_eq!(delivered[1..], [[30], [30]]);
    assert_eq!((group[2].epoch(), group[2].forks()), (1, 0));
    Ok(())
}

#[test]
fn two_leaders_at_once_fork_the_order_lose_nothing_and_it_is_counted() -> Result<(), Refusal> {
    let mut group = group();
    // The old leader is cut off, and goes on for itself.
    group[0].broadcast(10, Millis(0))?;
    let alone = drain(&mut group[0]);
    assert_eq!(alone.delivered, [10]);
    // The others wait for it, then go on without it.
    group[1].broadcast(20, Millis(0))?;
    talk(&mut group, &[1, 2], Millis(0));
    group[1].tick(PATIENCE);
    let mut first = talk(&mut group, &[1, 2], PATIENCE);
    assert_eq!(first[2], [20]);
    // Healed: what one side missed comes to it.
    for message in &alone.messages {
        group[1].receive(message.clone(), PATIENCE);
        group[2].receive(message.clone(), PATIENCE);
    }
    for (from, to) in [(1, 0), (2, 0)] {
        let order = resend(&group[from]);
        for message in order {
            group[to].receive(message, PATIENCE);
        }
    }
    let second = talk(&mut group, &[0, 1, 2], PATIENCE);
    for (first, second) in first.iter_mut().zip(second) {
        first.extend(second);
    }
    first[0].insert(0, 10);
    assert_eq!(first, [[10, 20], [20, 10], [20, 10]]);
    let forks: Vec<_> = group.iter().map(TotalByLeader::forks).collect();
    assert_eq!(forks, [1, 0, 0]);
    Ok(())
}

/// What epoch 1's leader sent, as anti-entropy would give it again.
fn resend(from: &TotalByLeader<u64>) -> Vec<Led<u64>> {
    let sender = ReplicaId(1);
    let led = |number, content| Led {
        id: MessageId { sender, number },
        content,
    };
    assert_eq!(from.epoch(), 1);
    let payload = MessageId { sender, number: 1 };
    let order = |messages| Content::Order {
        epoch: 1,
        start: 0,
        place: 0,
        messages,
    };
    vec![
        led(1, Content::Payload(20)),
        led(2, order(vec![])),
        led(3, order(vec![payload])),
    ]
}

#[test]
fn only_the_leader_of_an_epoch_gives_places() {
    let mut group = group();
    let impostor = Led {
        id: MessageId {
            sender: ReplicaId(2),
            number: 1,
        },
        content: Content::Order {
            epoch: 0,
            start: 0,
            place: 0,
            messages: Vec::new(),
        },
    };
    assert_eq!(group[1].receive(impostor, Millis(0)), Receipt::Refused);
    let far = Led {
        id: MessageId {
            sender: ReplicaId(2),
            number: 0,
        },
        content: Content::Suspicion { epoch: u64::MAX },
    };
    assert_eq!(group[1].receive(far, Millis(0)), Receipt::Refused);
}

#[test]
fn nobody_waits_for_what_died_with_its_sender_after_a_leader_placed_it() -> Result<(), Refusal> {
    let [mut ann, mut ben, mut eve] = group();
    let lost = eve.broadcast(30, Millis(0))?;
    for message in drain(&mut eve).messages {
        ann.receive(message, Millis(0));
    }
    let kept = ben.broadcast(20, Millis(0))?;
    for message in drain(&mut ben).messages {
        ann.receive(message, Millis(0));
    }
    // Ben hears from the leader where they are, but what Eve said died with her.
    for message in drain(&mut ann).messages {
        ben.receive(message, Millis(0));
    }
    assert_eq!(drain(&mut ben).delivered, []);
    assert_eq!(ben.held_back(), [(kept, Wait::Message(lost))]);
    assert_eq!(ben.next_deadline(), Some(PATIENCE));
    ben.tick(PATIENCE);
    assert_eq!(drain(&mut ben).delivered, [20]);
    assert_eq!((ben.epoch(), ben.forks()), (1, 0));
    assert_eq!(ben.next_deadline(), None);
    Ok(())
}

#[test]
fn what_comes_beyond_a_gap_is_not_acted_on() -> Result<(), Refusal> {
    let [mut ann, mut ben, _] = group();
    ann.broadcast(10, Millis(0))?;
    ann.broadcast(11, Millis(0))?;
    let sent = drain(&mut ann).messages; // a payload, its place, another one, its place
    for message in &sent[1..] {
        assert_eq!(ben.receive(message.clone(), Millis(0)), Receipt::New);
        assert_eq!(ben.receive(message.clone(), Millis(0)), Receipt::Known);
    }
    assert_eq!(drain(&mut ben).delivered, []);
    assert_eq!(ben.held_back(), [(sent[2].id, Wait::Message(sent[0].id))]);
    assert_eq!(ben.next_deadline(), None, "that is not the leader's fault");
    ben.receive(sent[0].clone(), Millis(0));
    assert_eq!(drain(&mut ben).delivered, [10, 11]);
    assert_eq!(ben.held_back(), []);
    Ok(())
}

/// Otherwise two whose buffers are full would pass the same two messages to each other for ever, as
/// new.
#[test]
fn what_a_full_buffer_has_no_room_for_is_not_passed_on() -> Result<(), Refusal> {
    let [mut ann, _, _] = group();
    for payload in 1..=4 {
        ann.broadcast(payload, Millis(0))?;
    }
    let sent = drain(&mut ann).messages; // numbers 1 to 8
    let caps = Caps {
        messages: 2,
        bytes: 1_000,
    };
    let members = [0, 1].map(ReplicaId).to_vec();
    let mut ben = TotalByLeader::<u64>::new(ReplicaId(1), members, PATIENCE, caps);
    let mut receives = |number: usize| ben.receive(sent[number - 1].clone(), Millis(0));
    let receipts = [7, 5, 8, 3, 7, 5].map(&mut receives);
    let (new, known, refused) = (Receipt::New, Receipt::Known, Receipt::Refused);
    assert_eq!(receipts, [new, new, refused, new, refused, known]);
    let receipts = [1, 2, 4, 5, 6, 7, 8].map(&mut receives);
    assert_eq!(receipts, [new; 7]);
    let sent = drain(&mut ben);
    assert_eq!(sent.delivered, [1, 2, 3, 4]);
    let dropped: Vec<_> = sent.dropped.iter().map(|id| id.number).collect();
    assert_eq!(dropped, [7, 5], "they made room for 3 and 1");
    Ok(())
}
