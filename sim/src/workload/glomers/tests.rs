use super::*;

const THREE: usize = 3;

/// One's own to all, at once, and nothing forwarded. Of the digests only that of node 0 goes out,
/// at once: the others would come after minutes.
fn plain() -> pair::Settings {
    let mut settings = Profile::Fast.settings();
    settings.gossip.fan_out = 0;
    settings.gossip.own_tick = Millis(0);
    settings.node.compare_every = Millis(1_000_000);
    settings
}

fn script(steps: &[(u64, Act)]) -> Vec<Step> {
    let step = |(at, act): &(u64, Act)| Step {
        at: Millis(*at),
        act: act.clone(),
    };
    steps.iter().map(step).collect()
}

fn last_reads(at: u64) -> [(u64, Act); THREE] {
    [0, 1, 2].map(|node| (at, Act::Read(node)))
}

fn play_three(loss: Loss, pair: pair::Settings, steps: &[(u64, Act)]) -> Counts {
    play(THREE, loss, pair, script(steps), Random::new(5))
}

#[test]
fn packets_operations_and_latencies_are_counted_as_by_hand() {
    let steps = [
        (1_000, Act::Broadcast(0)), // 2 packets, there at 1100
        (1_050, Act::Read(1)),      // too early
        (1_100, Act::Read(2)),
        (2_000, Act::Broadcast(2)), // 2 packets
    ];
    let counts = play_three(
        Loss::None,
        plain(),
        &[&steps[..], &last_reads(5_000)].concat(),
    );
    assert_eq!((counts.messages, counts.operations), (1 + 2 + 2, 4 + 3));
    let stable = counts.stable.map(|stable| (stable.min, stable.max));
    assert_eq!(stable, Some((Millis(0), Millis(50))));
    assert_eq!((counts.lost, counts.duplicates), (0, 0));
}

#[test]
fn each_forwarded_copy_counts() {
    let mut pair = plain();
    pair.gossip.fan_out = 1;
    let steps = [&[(1_000, Act::Broadcast(0))][..], &last_reads(5_000)].concat();
    // The digest; 2 copies; each who got one passes it on to 1.
    assert_eq!(play_three(Loss::None, pair, &steps).messages, 1 + 2 + 2);
}

#[test]
fn what_is_lost_counts_as_sent_and_what_one_last_read_lacks_is_lost() -> Result<(), String> {
    let loss = Loss::even(0.999_999).map_err(|error| error.to_string())?;
    let steps = [&[(1_000, Act::Broadcast(2))][..], &last_reads(5_000)].concat();
    let counts = play_three(loss, plain(), &steps);
    assert_eq!((counts.messages, counts.lost), (1 + 2, 1));
    // The very last read has it, so that set-full takes it for one that became stable late.
    let stable = counts.stable.map(|stable| stable.max);
    assert_eq!(stable, Some(Millis(4_000)));
    Ok(())
}

#[test]
fn digests_and_answers_count() -> Result<(), String> {
    let cut = "0s..1m:0-1|2".parse::<crate::network::partition::Partitions>();
    let cut = cut.and_then(|cut| cut.prepare(THREE));
    let mut pair = plain();
    pair.node.compare_every = Millis(10_000);
    let steps = [
        (500, Act::Cut(cut.map_err(|error| error.to_string())?)),
        (1_000, Act::Broadcast(0)), // 2 packets, one of them cut off
        (2_000, Act::Cut(Cuts::default())),
    ];
    let counts = play_three(Loss::None, pair, &[&steps[..], &last_reads(9_000)].concat());
    // Digests of node 0 at 1 ms, of node 2 at about 5 s, which is answered, and of node 1 at about
    // 8 s, which is not.
    assert_eq!((counts.messages, counts.operations), (2 + 3 + 1, 1 + 3));
    assert_eq!((counts.lost, counts.duplicates), (0, 0));
    Ok(())
}

#[test]
fn clients_ask_a_hundred_times_a_second_and_half_of_it_is_reads() {
    let steps = operations(&mut Random::new(1));
    let (during, last) = steps.split_at(steps.len() - NODES);
    assert!((1_800..2_200).contains(&during.len()), "{}", during.len());
    let reads = during
        .iter()
        .filter(|step| matches!(step.act, Act::Read(_)));
    let share = reads.count() as f64 / during.len() as f64;
    assert!((0.45..0.55).contains(&share), "{share}");
    assert!(during.iter().all(|step| step.at < TIME_LIMIT));
    assert!(during.is_sorted_by_key(|step| step.at));
    let is_last_read = |step: &Step| step.at == Millis(30_000) && matches!(step.act, Act::Read(_));
    assert!(last.iter().all(is_last_read));
}

fn settings(profile: Profile, seed: u64) -> Settings {
    Settings {
        profile,
        loss: Loss::None,
        partition: false,
        seed,
    }
}

fn meets_its_goals(profile: Profile) {
    for seed in 1..=20 {
        let report = run(&settings(profile, seed));
        assert!(report.is_correct(), "{report:?}");
        assert_eq!(report.missed_goals(), [""; 0], "{report:?}");
    }
}

#[test]
fn fast_meets_its_goals_without_faults() {
    meets_its_goals(Profile::Fast);
}

#[test]
fn thrifty_meets_its_goals_without_faults() {
    meets_its_goals(Profile::Thrifty);
}

fn loses_nothing(profile: Profile) {
    let lossy = Loss::Even(0.2);
    let one_fault = (1..=2).flat_map(|seed| [(seed, lossy, false), (seed, Loss::None, true)]);
    let both = (3..=5).map(|seed| (seed, lossy, true));
    for (seed, loss, partition) in one_fault.chain(both) {
        let report = run(&Settings {
            loss,
            partition,
            ..settings(profile, seed)
        });
        assert!(report.is_correct(), "{report:?} with {loss}, {partition}");
    }
}

#[test]
fn fast_loses_nothing_with_faults() {
    loses_nothing(Profile::Fast);
}

#[test]
fn thrifty_loses_nothing_with_faults() {
    loses_nothing(Profile::Thrifty);
}

#[test]
fn all_follows_from_the_seed() {
    let with_faults = |seed| {
        run(&Settings {
            loss: Loss::Even(0.2),
            partition: true,
            ..settings(Profile::Thrifty, seed)
        })
    };
    let report = with_faults(7);
    assert_eq!(report, with_faults(7));
    assert_ne!(report.stable_ms, with_faults(8).stable_ms);
}
