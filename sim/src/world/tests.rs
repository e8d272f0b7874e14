//! A world of counting processes.

use election_core::wire::relay::Handle;

use super::*;
use crate::network::latency::Latency;
use crate::network::loss::Loss;

/// Sends a number to some others at its deadline, answers each, and tells what it hears.
#[derive(Debug)]
struct Caller {
    due: Option<Millis>,
    fan_out: u8,
    size: usize,
    outputs: Vec<Output<(bool, usize), (Handle, Millis)>>,
}

impl Process for Caller {
    type Packet = (bool, usize);
    type Note = (Handle, Millis);

    fn size(packet: &Self::Packet) -> usize {
        packet.1
    }
    fn receive(&mut self, _room: Room, from: Handle, (is_call, size): Self::Packet, now: Millis) {
        self.outputs.push(Output::Note((from, now)));
        if is_call {
            self.outputs
                .push(Output::Reply(Room(0), from, (false, size)));
        }
    }
    fn wake(&mut self, now: Millis) {
        if self.due.take_if(|due| *due <= now).is_some() {
            let call = (true, self.size);
            self.outputs
                .push(Output::Spread(Room(0), self.fan_out, call));
        }
    }
    fn next_deadline(&self) -> Option<Millis> {
        self.due
    }
    fn next_output(&mut self) -> Option<Output<Self::Packet, Self::Note>> {
        (!self.outputs.is_empty()).then(|| self.outputs.remove(0))
    }
}

/// (who, from whom, that one's own time, the world's)
#[derive(Debug, Default, PartialEq)]
struct Received(Vec<(usize, Millis, Millis)>);

impl Watch<Caller> for Received {
    fn note(&mut self, process: usize, (_, local): (Handle, Millis), now: Millis) {
        self.0.push((process, local, now));
    }
}

fn caller(due: Option<u64>, fan_out: u8) -> Caller {
    Caller {
        due: due.map(Millis),
        fan_out,
        size: 10,
        outputs: Vec::new(),
    }
}

fn world(processes: u64, relay: Option<Limits>) -> (World<Caller>, Received) {
    let settings = Settings {
        faults: Faults::none(Latency::Constant(Millis(100))),
        relay,
    };
    let mut world = World::new(settings, &mut Random::new(3));
    let mut received = Received::default();
    for index in 0..processes {
        let process = caller((index == 0).then_some(50), 255);
        let index = world.add(process, Clock::default());
        world.connect(index, &mut received);
    }
    (world, received)
}

#[test]
fn a_call_goes_to_all_others_and_each_answers_its_caller() {
    let (mut world, mut received) = world(4, None);
    world.run_until(Millis(1_000), &mut received);
    let times: Vec<_> = received.0.iter().map(|(who, _, at)| (*who, at.0)).collect();
    let (calls, answers) = times.split_at(3);
    assert_eq!(calls, [(1, 150), (2, 150), (3, 150)]);
    assert_eq!(answers, [(0, 250); 3]);
    assert_eq!(world.counters().sent, 6);
    assert_eq!(world.counters().bytes, 60);
    assert_eq!(world.counters().events, 7);
}

#[test]
fn what_is_sent_to_who_has_left_or_by_who_is_not_there_goes_nowhere() {
    let (mut world, mut received) = world(3, None);
    world.run_until(Millis(60), &mut received);
    world.disconnect(1, &mut received);
    world.connect(1, &mut received); // another connection: what was sent to the old one is lost
    world.run_until(Millis(160), &mut received);
    world.disconnect(0, &mut received);
    world.run_until(Millis(1_000), &mut received);
    assert_eq!(received.0, [(2, Millis(150), Millis(150))]);
    assert_eq!(world.counters().undeliverable, 2);
}

#[test]
fn who_is_frozen_hears_it_later_and_no_more_than_the_relay_kept() {
    let limits = Limits {
        frames: 2,
        bytes: 1_000,
        bytes_per_milli: 1_000,
    };
    let (mut world, mut received) = world(2, Some(limits));
    world.freeze(1, Millis(5_000));
    world.run_until(Millis(200), &mut received);
    for _ in 0..4 {
        world.act(0, &mut received, |process, _| {
            process
                .outputs
                .push(Output::Spread(Room(0), 1, (false, 10)));
        });
    }
    world.run_until(Millis(4_999), &mut received);
    assert_eq!(received.0, []);
    assert_eq!(world.counters().overflowed, 3);
    world.run_until(Millis(6_000), &mut received);
    assert_eq!(received.0, [(1, Millis(5_100), Millis(5_100)); 2]);
}

#[test]
fn a_slow_reader_gets_one_frame_after_the_other() {
    let limits = Limits {
        frames: 10,
        bytes: 1_000,
        bytes_per_milli: 1,
    };
    let (mut world, mut received) = world(2, Some(limits));
    for _ in 0..3 {
        world.act(0, &mut received, |process, _| {
            process
                .outputs
                .push(Output::Spread(Room(0), 1, (false, 10)));
        });
    }
    world.run_until(Millis(130), &mut received);
    let times: Vec<_> = received.0.iter().map(|(_, _, at)| at.0).collect();
    assert_eq!(times, [110, 120, 130]);
}

#[test]
fn a_clock_that_is_off_moves_deadlines_and_is_what_the_process_sees() {
    let (mut world, mut received) = world(2, None);
    let clock = Clock {
        skew: Millis(1_000),
        rate: 2_000,
    };
    let index = world.add(caller(Some(2_001), 1), clock);
    world.connect(index, &mut received);
    world.run_until(Millis(2_000), &mut received);
    let own: Vec<_> = received.0.iter().filter(|(who, _, _)| *who == 2).collect();
    // Called at 150 by process 0; its own call left when its clock showed 2001 or more, at 501, and
    // is answered.
    let expected = [
        (2, Millis(1_300), Millis(150)),
        (2, Millis(2_402), Millis(701)),
    ];
    assert_eq!(own, expected.iter().collect::<Vec<_>>());
}

#[test]
fn a_seed_decides_everything() {
    let run = |seed| {
        let settings = Settings {
            faults: Faults {
                loss: Loss::Even(0.3),
                duplication: 0.2,
                straggling: 0.1,
                ..Faults::none(Latency::Exponential { mean: Millis(80) })
            },
            relay: Some(Limits::default()),
        };
        let mut world = World::new(settings, &mut Random::new(seed));
        let mut received = Received::default();
        for index in 0..20 {
            let index = world.add(caller(Some(index * 7), 6), Clock::default());
            world.connect(index, &mut received);
        }
        world.run_until(Millis(5_000), &mut received);
        received
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
