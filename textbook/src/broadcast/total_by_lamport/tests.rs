use super::super::testing::drain;
use super::*;

const INTERVAL: Millis = Millis(50);

fn group(caps: Caps) -> [TotalByLamport<u64>; 3] {
    let ids = [1, 2, 3].map(ReplicaId);
    ids.map(|id| TotalByLamport::new(id, ids, INTERVAL, caps))
}

/// Everybody but `silent` hears everybody, until nobody has anything to say.
fn talk(group: &mut [TotalByLamport<u64>], silent: Option<usize>, now: u64) -> Vec<Vec<u64>> {
    let mut delivered = vec![Vec::new(); group.len()];
    for round in 0..4 {
        for from in (0..group.len()).filter(|member| Some(*member) != silent) {
            group[from].tick(Millis(now + round * INTERVAL.0));
            let sent = drain(&mut group[from]);
            delivered[from].extend(sent.delivered);
            for message in sent.messages {
                for member in group.iter_mut() {
                    member.receive(message.clone(), Millis(now));
                }
            }
        }
    }
    for (delivered, member) in delivered.iter_mut().zip(group) {
        delivered.extend(drain(member).delivered);
    }
    delivered
}

#[test]
fn all_deliver_in_the_order_of_time_and_sender_and_fall_silent() -> Result<(), Refusal> {
    let mut group = group(Caps::default());
    group[2].broadcast(30, Millis(0))?;
    group[0].broadcast(10, Millis(0))?;
    group[1].broadcast(20, Millis(0))?;
    let delivered = talk(&mut group, None, 0);
    assert_eq!(delivered, [[10, 20, 30], [10, 20, 30], [10, 20, 30]]);
    assert!(group.iter().all(|member| member.next_deadline().is_none()));
    Ok(())
}

#[test]
fn a_silent_member_holds_everything_up_and_is_named() -> Result<(), Refusal> {
    let mut group = group(Caps::default());
    let id = group[2].broadcast(30, Millis(0))?;
    let delivered = talk(&mut group, Some(0), 0);
    let silent_one_received_all = [vec![30], vec![], vec![]];
    assert_eq!(delivered, silent_one_received_all);
    assert_eq!(group[1].waiting_for(), [ReplicaId(1)]);
    let waits = [(id, Wait::Member(ReplicaId(1)))];
    assert_eq!(group[2].held_back(), waits);
    let delivered = talk(&mut group, None, 1_000);
    assert_eq!(delivered, [vec![], vec![30], vec![30]]);
    Ok(())
}

#[test]
fn nobody_waits_for_who_would_come_later_even_at_the_same_time() -> Result<(), Refusal> {
    let [mut alice, mut bob, _] = group(Caps::default());
    alice.broadcast(10, Millis(0))?;
    bob.broadcast(20, Millis(0))?;
    for message in drain(&mut bob).messages {
        alice.receive(message, Millis(0));
    }
    // Carol, who has said nothing, may still say something at time 1. It would come after both.
    assert_eq!(drain(&mut alice).delivered, [10, 20]);
    Ok(())
}

#[test]
fn what_was_dropped_is_not_overtaken() -> Result<(), Refusal> {
    let caps = Caps {
        messages: 2,
        bytes: 1_000,
    };
    let [mut alice, _, _] = group(Caps::default());
    let [_, mut bob, mut carol] = group(caps);
    for payload in 1..=4 {
        alice.broadcast(payload, Millis(0))?;
    }
    let sent = drain(&mut alice).messages;
    let mut receipts = Vec::new();
    for message in &sent {
        receipts.push(bob.receive(message.clone(), Millis(0)));
        carol.receive(message.clone(), Millis(0));
    }
    let new = Receipt::New;
    assert_eq!(
        receipts,
        [new, new, new, Receipt::Refused],
        "the last in order"
    );
    assert_eq!(bob.dropped(), 1);
    assert_eq!(drain(&mut bob).delivered, [1], "nothing can come before it");
    carol.tick(Millis(0));
    let word = drain(&mut carol).messages.remove(0);
    bob.receive(word, Millis(0));
    assert_eq!(drain(&mut bob).delivered, [2, 3]);
    assert_eq!(bob.receive(sent[3].clone(), Millis(0)), Receipt::New);
    assert_eq!(drain(&mut bob).delivered, [4]);
    Ok(())
}

#[test]
fn the_smallest_buffer_goes_on_though_it_drops_what_it_waits_for() -> Result<(), Refusal> {
    let caps = Caps {
        messages: 2,
        bytes: 1_000,
    };
    let [mut alice, _, mut carol] = group(Caps::default());
    let [_, mut bob, _] = group(caps);
    bob.broadcast(20, Millis(0))?; // holds one of the two places for as long as it waits
    let own = drain(&mut bob).messages.remove(0);
    // Both send at the same times, without having heard of each other.
    for payload in 1..=4 {
        alice.broadcast(10 + payload, Millis(0))?;
        carol.broadcast(30 + payload, Millis(0))?;
    }
    let sent = [drain(&mut alice), drain(&mut carol)].map(|sent| sent.messages);
    for member in [&mut alice, &mut carol] {
        member.receive(own.clone(), Millis(0));
        member.tick(Millis(0));
    }
    let words = [drain(&mut alice), drain(&mut carol)].map(|sent| sent.messages);
    // Everything comes again and again, the lowest numbers first.
    let mut delivered = Vec::new();
    for _ in 0..8 {
        let in_turn = (0..4).flat_map(|place| [&sent[0][place], &sent[1][place]]);
        for message in in_turn.chain(words.iter().flatten()) {
            bob.receive(message.clone(), Millis(0));
        }
        delivered.extend(drain(&mut bob).delivered);
    }
    assert_eq!(delivered, [11, 20, 31, 12, 32, 13, 33, 14, 34]);
    assert_eq!(bob.held_back(), []);
    Ok(())
}

#[test]
fn strangers_and_leaps_are_refused() {
    let [_, mut bob, _] = group(Caps::default());
    let message = |sender, time| Timed {
        id: MessageId {
            sender: ReplicaId(sender),
            number: 1,
        },
        time,
        content: Content::Payload(1),
    };
    assert_eq!(bob.receive(message(9, 1), Millis(0)), Receipt::Refused);
    assert_eq!(
        bob.receive(message(1, u64::MAX), Millis(0)),
        Receipt::Refused
    );
}
