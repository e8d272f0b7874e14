//! docs/protocol.md says what [`Timing`] is: each of its fields stands in the row of the table that
//! it is about, or in the text below the sessions' table. A field that is left out does not
//! compile.
#![cfg(not(target_arch = "wasm32"))]

use election_core::ballots::capacity::Capacity;
use election_core::broadcast::gossip::Settings;
use election_core::time::Millis;
use election_core::timing::{
    AbsenceTiming, AuditTiming, CompareTiming, CouncilTiming, DigestTiming, GossipTiming,
    HelloTiming, Pace, SessionTiming, Span, Timing,
};

const PROTOCOL: &str = include_str!("../../docs/protocol.md");

/// Some row that begins so, or some line that has these words, says all of that.
fn says(beginning: &str, phrases: &[String]) {
    let about = |line: &&str| {
        line.strip_prefix("| ")
            .is_some_and(|row| row.starts_with(beginning))
            || line.contains(beginning)
    };
    let lines: Vec<&str> = PROTOCOL.lines().filter(about).collect();
    assert!(!lines.is_empty(), "no line says: {beginning}");
    let says_all = |line: &&&str| phrases.iter().all(|phrase| line.contains(phrase));
    assert!(
        lines.iter().any(|line| says_all(&line)),
        "{beginning}: {phrases:?} is not said in {lines:#?}"
    );
}

fn number(millis: Millis, unit: u64) -> String {
    (millis.0 as f64 / unit as f64).to_string()
}

/// "250 ms", "5 s"
fn time(millis: Millis) -> String {
    match millis.0 {
        0..1_000 => format!("{} ms", millis.0),
        _ => format!("{} s", number(millis, 1_000)),
    }
}

/// "400 to 800 ms", "500 ms to 1 s", "1 to 1.5 s"
fn span(Span { least, most }: Span) -> String {
    match (least.0, most.0) {
        (_, 0..1_000) => format!("{} to {} ms", least.0, most.0),
        (0..1_000, _) => format!("{} to {}", time(least), time(most)),
        _ => format!("{} to {}", number(least, 1_000), time(most)),
    }
}

fn others(count: impl Into<u64>) -> String {
    format!("{} others", count.into())
}

#[test]
fn what_replicas_do_unasked() {
    let Timing {
        gossip,
        digests,
        absence,
        hello,
        comparing,
        ..
    } = Timing::default();
    let GossipTiming {
        settings,
        small_room,
        unseen,
        unseen_times,
        // Between tabs of one store, which others do not see.
        left_to_its_maker: _,
        passed_on,
        orphans,
        orphans_a_second,
    } = gossip;
    let Settings {
        fan_out,
        own_fan_out,
        tick,
        own_tick,
        own_takes_along,
        // Caps of memory.
        max_waiting: _,
        max_batch: _,
    } = settings;
    assert_eq!((own_tick, own_takes_along), (Millis(0), false));
    let own = "an op of one's own is on disk";
    says(own, &["at once".into(), others(own_fan_out)]);
    says(own, &[format!("at most {}, to all", small_room + 1)]);
    let times = ["no", "once", "twice", "three times"][unseen_times as usize];
    let wider: Vec<u64> = (1..=unseen_times)
        .map(|again| (u64::from(own_fan_out) << (2 * again)).min(255))
        .collect();
    let [first, second, last] = wider[..] else {
        panic!("{wider:?}");
    };
    let widths = format!("to {first}, then {second}, then {last} others");
    says(
        "nobody has said Seen",
        &[span(unseen), times.into(), widths],
    );
    let forwarded = "another's op is delivered";
    says(forwarded, &[time(tick), others(fan_out)]);
    says(forwarded, &[format!("over {} KiB", passed_on / 1024)]);
    let bound = format!(
        "{},{:03} at once and {orphans_a_second} a second",
        orphans / 1_000,
        orphans % 1_000
    );
    says("ops come that follow one that is neither held", &[bound]);

    let DigestTiming {
        heartbeat,
        quiet,
        fan_out,
        silence,
    } = digests;
    // What is shown to people.
    let AbsenceTiming {
        lag: _,
        last_words: _,
        patience: _,
    } = absence;
    says("the set changed", &[time(quiet), others(fan_out)]);
    says("nothing else", &[span(heartbeat), others(fan_out)]);
    says("who yield only to silence of", &[time(silence)]);

    let HelloTiming {
        first,
        again,
        wider,
        wider_among_newcomers,
        seldom,
        soon,
        allowance,
        allowed_a_second,
        told_a_second,
    } = hello;
    says(
        "there is a connection",
        &[format!("Hello to {first} others")],
    );
    let width = |times: u32| (u64::from(first) << (2 * times)).min(255);
    let widths = format!(
        "to {}, then {}, then {} others",
        width(1),
        width(2),
        width(3)
    );
    assert_eq!((wider, told_a_second), (3, 2), "said in words");
    let nobody = "nobody was heard of";
    says(nobody, &[span(again), "three times".into(), widths]);
    says(
        nobody,
        &[format!(
            "to {} at most where another",
            width(wider_among_newcomers)
        )],
    );
    let without = "there is no genesis";
    says(
        without,
        &[
            format!("every {}", span(seldom)),
            format!("to {first} at least"),
        ],
    );
    let bound = format!("{allowance} others, and {allowed_a_second} more each second");
    says(without, &[bound]);
    says("Hello comes", &["the genesis twice a second".into()]);
    assert!(soon.most <= Millis(1_000));
    says("NOTICE 1 comes", &["within 1 s".into()]);

    let CompareTiming {
        grace,
        probe,
        between,
        doubled,
        look,
        brisk,
        hurry,
    } = comparing;
    says("have differed for", &[time(grace)]);
    says("there is a connection, and a frame comes", &[span(between)]);
    says(
        "it is no time for a session",
        &[span(probe), format!("{} at least", time(grace))],
    );
    let hurrying = "it came with nothing, and holds other";
    says(
        hurrying,
        &[span(look), format!("{} KiB of new ops", brisk / 1024)],
    );
    says(
        hurrying,
        &[format!("for {} once it holds an op", time(hurry))],
    );
    let longest = span(Span {
        least: Millis(between.least.0 << doubled),
        most: Millis(between.most.0 << doubled),
    });
    says(
        "there is no room for another voter",
        &[format!("up to {longest}")],
    );
}

/// Groups of three digits.
fn grouped(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{} {:03}", grouped(number / 1_000), number % 1_000),
    }
}

#[test]
fn how_much_is_held() {
    const SEMANTICS: &str = include_str!("../../docs/semantics.md");
    let Capacity {
        registers,
        entries,
        unknown,
    } = Capacity::default();
    let [registers, entries, unknown] = [registers, entries, unknown].map(grouped);
    let said = format!(
        "{registers} voters, {entries} entries of the chair's log and {unknown} ops of unknown kinds"
    );
    assert!(SEMANTICS.contains(&said), "{said}");
}

#[test]
fn what_sessions_do() {
    let SessionTiming {
        own,
        doubled,
        others,
        streams,
        tenure,
        empty_tenure,
        unanswered,
        silence,
        fruitless,
        longest,
        between_openings,
        cool_down,
        trusted_cool_down,
        forgiven,
        busy,
        asking,
        served,
    } = SessionTiming::default();
    says(
        &format!("{} | the opening, as long as", time(unanswered)),
        &[],
    );
    says(
        &format!("{} | the last message that said", time(silence)),
        &[],
    );
    says(
        &format!("{} | ops went one way or the other", time(fruitless)),
        &[],
    );
    says(&format!("{} | the opening | |", time(longest)), &[]);
    let slots =
        format!("at most {own} sessions that it opened, {others} Opens and {streams} OpenEmptys");
    says("A replica keeps at most", &[slots]);
    says(
        "it came with nothing, and holds other",
        &[format!("{} at once", own << doubled)],
    );
    let waits = "who asks is remembered for";
    says(
        waits,
        &[
            format!("remembered for {}", time(asking)),
            format!("after {} to", busy.0),
        ],
    );
    assert_eq!((served, forgiven), (Millis(60_000), 1), "said in words");
    says("who was served in the last minute", &[]);
    says("that was held for", &[time(tenure), time(empty_tenure)]);
    says(
        "after another opening of the same peer",
        &[format!("less than {}", time(between_openings))],
    );
    says(
        "whom two sessions in a row moved no op",
        &[
            time(cool_down),
            format!("a proven one for {}", time(trusted_cool_down)),
        ],
    );
}

#[test]
fn what_is_said_between_precincts() {
    let Timing { council, audit, .. } = Timing::default();
    let CouncilTiming {
        speakers,
        at_full_pace,
        newcomer,
        // Between a change and what is worked out of it.
        fold: _,
        together: _,
        quiet,
        at_latest,
        attest,
        stood,
        stood_beyond,
        lonely,
        left_to_others,
        stands,
        own_fan_out,
        fan_out,
        digests,
        catching_up,
        asked,
        answers_a_second,
        answer,
        log_answer,
        in_council,
        in_precinct,
    } = council;
    // Between a change and what is shown.
    let AuditTiming {
        fold: _,
        patience: _,
    } = audit;
    says("its council's id", &[format!("< {speakers} × 2^k")]);
    says(
        "multiplied by *G*",
        &[format!("÷ {at_full_pace}"), format!("over {at_full_pace}")],
    );
    says(
        "it is connected to its precinct's room and has no genesis",
        &[time(newcomer)],
    );
    says("the genesis comes; or", &[others(asked)]);
    let state = "what a member holds changed";
    says(state, &[span(quiet), format!("paced {}", span(at_latest))]);
    says("the claim of what a member holds lacks", &[span(attest)]);
    says(
        "a claim is held of a member's precinct",
        &[format!("paced {}", span(stood))],
    );
    says(
        "the same, of a version above",
        &[format!("paced {}", span(stood_beyond))],
    );
    says(
        "it is in its precinct's room, is no member",
        &[format!("paced {}", time(lonely))],
    );
    says(
        "a member made a claim or attested one",
        &[format!("of others' statements {left_to_others}")],
    );
    says(
        "a state has several attestations",
        &[format!("paced {}", time(stands))],
    );
    let tick = |pace: fn(&Pace) -> Millis| {
        let [council, precinct] = [&in_council, &in_precinct].map(pace);
        format!("{}; in a precinct's room {}", time(council), time(precinct))
    };
    says(
        "news of one's own",
        &[tick(|pace| pace.own_tick), others(own_fan_out)],
    );
    says("other news", &[tick(|pace| pace.tick), others(fan_out)]);
    let DigestTiming {
        heartbeat,
        quiet,
        fan_out,
        silence,
    } = digests;
    let nothing = "nothing else; in the council's room only";
    says(nothing, &[span(heartbeat), others(fan_out)]);
    let changed = "what is claimed or disputed changed";
    says(changed, &[time(quiet), others(fan_out)]);
    assert_eq!(silence, Timing::default().digests.silence);
    let asking = "a frame (or Board) comes";
    says(
        asking,
        &[
            time(in_council.grace),
            format!("for {}", time(in_precinct.grace)),
        ],
    );
    says(
        asking,
        &[
            format!("within {}", time(catching_up)),
            span(in_council.between_asks),
            span(in_precinct.between_asks),
        ],
    );
    let answers = "a Summary comes";
    says(
        answers,
        &[
            format!("{answers_a_second} a second"),
            format!("{} KiB, from", answer / 1024),
            format!("({} KiB)", log_answer / 1024),
        ],
    );
}
