//! Whatever the two hold and whatever happens on the way.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn one_session_makes_two_sets_equal((mine, theirs) in pairs(), session: u64) {
        let (mut a, mut b) = sides(&mine, &theirs);
        let first = a.open(session, &b);
        converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
        let mut both = OPS.0.store_of(mine.iter().chain(&theirs));
        prop_assert_eq!(a.store.unwrap().root(), both.root());
    }

    #[test]
    fn when_both_open_at_once_one_session_does_it((mine, theirs) in pairs(), ids in any::<(u64, u64)>()) {
        prop_assume!(ids.0 != ids.1);
        let (mut a, mut b) = sides(&mine, &theirs);
        let (from_a, from_b) = (a.open(ids.0, &b), b.open(ids.1, &a));
        let to_b: Vec<_> = from_b.into_iter().flat_map(|message| a.receive(message, NOW)).collect();
        let first = from_a.into_iter().chain(to_b).collect();
        converse(&mut a, &mut b, first);
        assert_in_sync(&mut a, &mut b);
    }

    #[test]
    fn a_damaged_conversation_harms_nobody(
        (mine, theirs) in pairs(),
        damage in proptest::collection::vec((0..40_usize, any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let (mut a, mut b) = sides(&mine, &theirs);
        let mut under_way: VecDeque<_> = a.open(9, &b).into_iter().map(|message| (false, message)).collect();
        let mut count = 0;
        while let Some((to_a, message)) = under_way.pop_front() {
            let mut frame = encode(&message);
            for (_, at, value, how) in damage.iter().filter(|(number, ..)| *number == count) {
                let at = at.index(frame.len());
                match how {
                    0 => frame[at] = *value,
                    1 => frame.truncate(at),
                    2 => frame.insert(at, *value),
                    _ => under_way.push_back((to_a, message.clone())),
                }
                if frame.is_empty() {
                    break;
                }
            }
            count += 1;
            prop_assert!(count < 10_000);
            let Ok(message) = decode(&frame) else { continue };
            let answers = if to_a { a.receive(message, NOW) } else { b.receive(message, NOW) };
            under_way.extend(answers.into_iter().map(|answer| (!to_a, answer)));
        }
        // Whatever became of it, time ends it, and the next session mends it.
        a.sync.expire(NOW.after(timing().silence));
        b.sync.expire(NOW.after(timing().silence));
        prop_assert_eq!((a.sync.active(), b.sync.active()), (0, 0));
        (a.now, b.now) = (NOW.after(timing().silence), NOW.after(timing().silence));
        let first = a.open(10, &b);
        converse(&mut a, &mut b, first);
        prop_assert_eq!(a.store.unwrap().root(), b.store.unwrap().root());
    }

    #[test]
    fn whatever_decodes_means_the_same_once_it_is_encoded_again(
        kind in 0x10..0x18_u8,
        body in proptest::collection::vec(prop_oneof![0..4_u8, any::<u8>(), Just(255)], 0..60),
    ) {
        if let Ok(message) = SyncMessage::decode(kind, &mut Reader::new(&body)) {
            let mut again = Writer::new();
            message.encode(&mut again);
            prop_assert_eq!(message.kind(), kind);
            // Groups may be put together, which makes it shorter.
            prop_assert!(again.len() <= body.len());
            let again = SyncMessage::decode(kind, &mut Reader::new(again.as_bytes()));
            prop_assert_eq!(again, Ok(message));
        }
    }

    #[test]
    fn nonsense_out_of_nowhere_is_answered_or_dropped(
        bodies in proptest::collection::vec(
            (0x10..0x17_u8, proptest::collection::vec(prop_oneof![0..4_u8, any::<u8>(), Just(255)], 0..40)), 1..8
        ),
    ) {
        let (mut a, _) = sides(&OPS.1[..300], &[]);
        for (kind, body) in bodies {
            // All of one session, so that the rules of turns are what is tried.
            let body = [&[0; 8], &body[..]].concat();
            if let Ok(message) = SyncMessage::decode(kind, &mut Reader::new(&body)) {
                let answers = a.receive(message, NOW);
                prop_assert!(answers.iter().map(|answer| encode(answer).len()).sum::<usize>() < 6 * MAX_MESSAGE);
            }
            prop_assert!(a.sync.active() <= 1);
        }
    }
}
