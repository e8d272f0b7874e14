//! The built binary: what it refuses, with which message, and which JSON it prints.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn run(line: &str) -> Result<Output> {
    let binary = env!("CARGO_BIN_EXE_election-sim");
    Ok(Command::new(binary)
        .args(line.split_whitespace())
        .output()?)
}

/// That line is bad input: exit code 2, that message, and nothing on standard output.
fn is_refused(line: &str, message: &str) -> Result {
    let output = run(line)?;
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2), "{line}: {error}");
    assert!(error.contains(message), "{line}: {error}");
    assert!(output.stdout.is_empty(), "{line}: nothing may have run");
    Ok(())
}

/// What that line prints, and nothing goes wrong.
fn json(line: &str) -> Result<Value> {
    let output = run(line)?;
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{line}: {error}");
    let text = String::from_utf8(output.stdout)?;
    assert_eq!(text.lines().count(), 1, "{line}: one document");
    Ok(serde_json::from_str(&text)?)
}

fn fields(value: &Value) -> BTreeSet<&str> {
    let object = value.as_object().into_iter().flatten();
    object.map(|(name, _)| name.as_str()).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

const SCALE: [&str; 8] = [
    "replicas",
    "loss",
    "coverage_after_push",
    "rounds_to_all",
    "copies_per_node",
    "events_per_second",
    "seconds",
    "peak_bytes",
];

#[test]
fn impossible_sizes_are_refused() -> Result {
    for command in ["run", "scale", "compare"] {
        for size in ["0", "1", "1000001", "-3", "many", "18446744073709551616"] {
            let line = format!("{command} --replicas={size}");
            is_refused(&line, "give 2 to 1000000 replicas")?;
        }
    }
    for ops in ["0", "1000001", "x"] {
        is_refused(&format!("run --ops {ops}"), "give 1 to 1000000 ops")?;
    }
    for (line, gigabytes) in [
        ("run --replicas 1000000 --ops 1000000", 256_009),
        ("run --replicas 10000 --ops 10 --who eager", 101),
        ("run --replicas 3000 --ops 3000 --when causal", 271),
        ("run --replicas 100 --ops 100000 --when causal", 30),
        ("run --replicas 1000 --ops 100000 --product", 51),
        ("run --replicas 10000 --ops 4000 --latency 10m", 27),
        (
            "run --replicas 1000 --ops 1 --when lamport --fanout 254",
            26,
        ),
    ] {
        let message = format!(
            "that run would need about {gigabytes} GB of memory, and 12 are the most; give fewer replicas or ops"
        );
        is_refused(line, &message)?;
    }
    is_refused(
        "glomers --profile fast --seeds 0",
        "give 1 to 1000000 seeds",
    )
}

#[test]
fn what_a_pair_cannot_carry_is_refused() -> Result {
    let eager = "eager sends n² copies of every op, 400000000 with 20000 replicas";
    is_refused("run --replicas 20000 --who eager", eager)?;
    is_refused("compare --replicas 10,20000", eager)?;
    for when in ["leader", "lamport"] {
        is_refused(
            &format!("run --replicas 1001 --when {when}"),
            &format!(
                "{when} has a fixed group, whose every member must be heard from; give --replicas 1000 or fewer"
            ),
        )?;
    }
    is_refused("run --who nobody", "possible values: eager, gossip")?;
    is_refused(
        "run --when never",
        "possible values: unordered, fifo, causal, causal-named, leader, lamport",
    )
}

#[test]
fn an_impossible_fan_out_is_refused() -> Result {
    for fan_out in ["0", "255", "-1"] {
        is_refused(&format!("run --fanout={fan_out}"), "give 1 to 254 others")?;
    }
    is_refused(
        "run --replicas 10 --fanout 10",
        "a fan-out of 10 needs more than 10 replicas, and there are 10; give --fanout 9 or less",
    )
}

#[test]
fn an_impossible_loss_is_refused() -> Result {
    for command in ["run", "scale", "compare", "glomers --profile fast"] {
        for loss in ["1", "100%", "bursts:100%:8"] {
            is_refused(
                &format!("{command} --loss {loss}"),
                "with a loss of 100 % nothing ever arrives",
            )?;
        }
        is_refused(&format!("{command} --loss -0.1"), "less than nothing")?;
        is_refused(&format!("{command} --loss some"), "is not a share")?;
    }
    is_refused(
        "run --loss bursts:90%:2",
        "needs bursts of 9.0 packets or more",
    )
}

#[test]
fn an_impossible_latency_is_refused() -> Result {
    is_refused("run --latency soon", "`soon` has no unit")?;
    is_refused("run --latency 0ms", "out of range; give 1ms to 10m")?;
    is_refused("run --latency -5ms", "is not a whole number")?;
    is_refused(
        "run --latency exponential:11m",
        "out of range; give 1ms to 10m",
    )?;
    is_refused("run --latency uniform:80ms..20ms", "ends before it starts")?;
    is_refused(
        "run --latency gamma:5ms",
        "latency `gamma:5ms` is not known",
    )
}

#[test]
fn a_partition_of_nobody_is_refused() -> Result {
    for (partition, message) in [
        (
            "5s..15s:0-3|4-12",
            "partition names replica 12, but there are 10: they are 0 to 9",
        ),
        ("15s..5s:0-3|4-9", "ends before it starts"),
        ("5s..15s:0-3|3-9", "names replica 3 twice"),
        ("5s..15s:0-3|", "has an empty group"),
        ("5s..15s:0-3", "needs two groups or more"),
        ("5s..15s:0>1>2", "a one-way partition has two groups"),
        ("sometimes", "partition `sometimes` is not known"),
        (
            "0s..18446744073709551615ms:0|1",
            "takes too long; let it heal within 60m",
        ),
        ("0s..3600001ms:0|1", "a partition until 3600001ms takes"),
    ] {
        is_refused(
            &format!("run --replicas 10 --partition {partition}"),
            message,
        )?;
    }
    Ok(())
}

#[test]
fn a_log_of_many_runs_is_refused() -> Result {
    is_refused(
        "swarm --seeds 2 --log",
        "--log shows one run; give --seeds 1",
    )
}

#[test]
fn seeds_beyond_the_last_one_are_refused() -> Result {
    for command in ["swarm", "glomers --profile fast"] {
        is_refused(
            &format!("{command} --seeds 2 --from 18446744073709551615"),
            "2 seeds from 18446744073709551615 on go beyond 18446744073709551615",
        )?;
    }
    let report = json("swarm --json --seeds 1 --from 18446744073709551615")?;
    assert_eq!(report["seeds"], 1);
    Ok(())
}

#[test]
fn an_unknown_profile_is_refused() -> Result {
    is_refused(
        "glomers --profile cheap",
        "profile `cheap` is not known; give fast or thrifty",
    )
}

#[test]
fn a_plot_that_cannot_be_written_is_refused() -> Result {
    is_refused(
        "compare --plot /nowhere/at/all.svg",
        "cannot write /nowhere/at/all.svg",
    )
}

#[test]
fn an_unknown_command_and_none_are_refused() -> Result {
    is_refused("guess", "unrecognized subcommand")?;
    is_refused("", "Usage: election-sim")
}

#[test]
fn run_prints_its_fields_for_every_pair() -> Result {
    let mut expected = BTreeSet::from(SCALE);
    expected.extend(["converged", "state_hash", "messages", "bytes"]);
    for who in ["eager", "gossip"] {
        for when in [
            "unordered",
            "fifo",
            "causal",
            "causal-named",
            "leader",
            "lamport",
        ] {
            let line = format!(
                "run --json --replicas 6 --ops 4 --loss 10% --latency uniform:20ms..80ms \
                 --partition 1s..3s:0-2|3-5,1s..2s:0>1 --who {who} --when {when} --fanout 2 --seed 3"
            );
            let report = json(&line)?;
            assert_eq!(fields(&report), expected, "{line}");
            assert_eq!(report["converged"], true, "{line}");
            assert_eq!(report["state_hash"].as_str().map(str::len), Some(32));
            assert_eq!(report["loss"], 0.1);
        }
    }
    Ok(())
}

#[test]
fn a_seed_gives_the_same_run_again() -> Result {
    let line = |seed| format!("run --json --replicas 8 --ops 5 --loss 20% --seed {seed}");
    let figures = |report: Value| {
        (
            report["state_hash"].clone(),
            report["messages"].clone(),
            report["bytes"].clone(),
        )
    };
    assert_eq!(figures(json(&line(7))?), figures(json(&line(7))?));
    assert_ne!(figures(json(&line(7))?), figures(json(&line(8))?));
    Ok(())
}

#[test]
fn a_run_that_does_not_converge_says_so() -> Result {
    let output = run("run --json --replicas 4 --ops 2 --who eager --loss 0.999 --latency 10s")?;
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(report["converged"], false);
    assert_eq!(report["rounds_to_all"], Value::Null);
    Ok(())
}

#[test]
fn a_refused_op_is_told_with_its_reason() -> Result {
    // Who hears nothing never gets the poll, and cannot vote.
    let output = run(
        "run --json --product --replicas 2 --ops 20 --loss 0.999999999 --latency 1ms --seed 1",
    )?;
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(!output.stdout.is_empty());
    for line in [
        "the poll did not come to 1 replicas before the first vote",
        " ops were refused",
        " ×: the poll is not here yet",
    ] {
        assert!(error.contains(line), "{error}");
    }
    Ok(())
}

#[test]
fn votes_wait_for_a_partition_to_heal() -> Result {
    let report = json("run --json --product --replicas 4 --ops 4 --partition 0s..5m:0-1|2-3")?;
    assert_eq!(report["converged"], true);
    Ok(())
}

#[test]
fn the_products_fan_out_can_be_set() -> Result {
    let messages = |fanout: &str| -> Result<f64> {
        let command = format!("run --json --product --replicas 40 --ops 40 --seed 5{fanout}");
        let report = json(&command)?;
        assert_eq!(report["converged"], true, "{command}");
        Ok(report["messages"].as_f64().unwrap_or(0.0))
    };
    let (usual, four, twelve) = (
        messages("")?,
        messages(" --fanout 4")?,
        messages(" --fanout 12")?,
    );
    assert!(usual == four && four < twelve, "{usual} {four} {twelve}");
    Ok(())
}

#[test]
fn slow_heartbeats_do_not_pile_up() -> Result {
    let report = json("run --json --replicas 30 --ops 3 --when lamport --latency 10m --fanout 8")?;
    assert_eq!(report["converged"], true);
    let events = report["events_per_second"].as_f64().unwrap_or(0.0)
        * report["seconds"].as_f64().unwrap_or(0.0);
    // A dozen rounds of a heartbeat each, to all by eight copies; every 200 ms it would be 3000 of
    // them a round.
    assert!(events < 300_000.0, "{events}");
    Ok(())
}

/// A device that opens and takes nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_plot_that_is_lost_is_told_and_the_result_is_printed() -> Result {
    let output = run("compare --json --replicas 10 --plot /dev/full")?;
    let error = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("could not write /dev/full"), "{error}");
    let report: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(list(&report).len(), 2);
    Ok(())
}

#[test]
fn scale_prints_its_fields_without_and_with_loss() -> Result {
    let report = json("scale --json --replicas 50")?;
    let losses: Vec<&Value> = list(&report).iter().map(|one| &one["loss"]).collect();
    assert_eq!(losses, [&Value::from(0.0), &Value::from(0.2)]);
    for one in list(&report) {
        assert_eq!(fields(one), BTreeSet::from(SCALE));
        assert!(one["peak_bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    }
    let report = json("scale --json --replicas 50 --loss 5%")?;
    assert_eq!(list(&report).len(), 1, "still a list");
    Ok(())
}

const COST: [&str; 10] = [
    "voters",
    "precincts",
    "replicas",
    "model",
    "exact",
    "bytes_per_tab_max",
    "messages_per_vote",
    "bytes_per_vote",
    "time_to_all_ms",
    "seconds",
];

#[test]
fn scale_of_a_whole_poll_prints_its_fields() -> Result {
    for (line, precincts) in [
        ("scale --json --voters 20", 1),
        ("scale --json --voters 30 --precincts 3", 3),
    ] {
        let one = json(line)?;
        assert_eq!(fields(&one), BTreeSet::from(COST), "{line}");
        assert_eq!(one["precincts"], Value::from(precincts));
        assert_eq!(one["exact"], Value::from(true), "{line}");
        assert_eq!(one["model"], Value::from("tabs"), "{line}");
        assert!(one["bytes_per_tab_max"].as_u64().is_some_and(|n| n > 1_000));
        assert!(one["messages_per_vote"].as_f64().is_some_and(|n| n > 1.0));
    }
    Ok(())
}

#[test]
fn polls_that_cannot_be_run_are_refused() -> Result {
    for voters in ["0", "9", "1000001", "many"] {
        is_refused(
            &format!("scale --voters={voters}"),
            "give 10 to 1000000 voters",
        )?;
    }
    for precincts in ["0", "4097", "x"] {
        let line = format!("scale --voters 1000 --precincts {precincts}");
        is_refused(&line, "give 1 to 4096 precincts")?;
    }
    for (line, message) in [
        (
            "scale --voters 100 --precincts 11",
            "give 10 voters a precinct",
        ),
        ("scale --voters 100001", "give 100000 voters or fewer"),
        (
            "scale --voters 100000 --precincts 10",
            "give 67 precincts or more",
        ),
        ("scale --voters 100,200", "give --plot FILE to run several"),
        ("scale --voters 100 --replicas 100", "cannot be used with"),
        ("scale --precincts 3", "--voters"),
        (
            "scale --voters 100 --plot /nowhere/at/all.svg",
            "cannot write",
        ),
    ] {
        is_refused(line, message)?;
    }
    Ok(())
}

#[test]
fn swarm_prints_its_fields() -> Result {
    let report = json("swarm --json --seeds 3 --from 1")?;
    assert_eq!(fields(&report), BTreeSet::from(["seeds", "violations"]));
    assert_eq!(report["seeds"], 3);
    assert_eq!(list(&report["violations"]).len(), 0);
    Ok(())
}

#[test]
fn a_replay_has_a_log() -> Result {
    let output = run("swarm --json --seeds 1 --from 1 --log")?;
    let log = String::from_utf8(output.stderr)?;
    assert!(log.lines().any(|line| line.contains(" sends ")), "{log}");
    Ok(())
}

#[test]
fn glomers_prints_its_fields_a_seed() -> Result {
    let report = json("glomers --json --profile fast --seeds 2 --from 5")?;
    let seeds: Vec<&Value> = list(&report).iter().map(|one| &one["seed"]).collect();
    assert_eq!(seeds, [5, 6]);
    for one in list(&report) {
        let expected = [
            "profile",
            "seed",
            "msgs_per_op",
            "stable_ms",
            "lost",
            "duplicates",
        ];
        assert_eq!(fields(one), BTreeSet::from(expected));
        let quantiles = BTreeSet::from(["p50", "p95", "p99", "max"]);
        assert_eq!(fields(&one["stable_ms"]), quantiles);
        assert_eq!(one["profile"], "fast");
        assert_eq!(one["lost"], 0);
    }
    Ok(())
}

#[test]
fn compare_prints_its_fields_and_draws() -> Result {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("eager-gossip.svg");
    // Longer than the plot: what was there before must be gone.
    std::fs::write(&file, "x".repeat(1 << 20))?;
    let line = format!(
        "compare --json --replicas 20,10,20 --plot {}",
        file.display()
    );
    let report = json(&line)?;
    let fields_of_one = [
        "replicas",
        "who",
        "messages",
        "redundancy",
        "time_to_all_ms",
    ];
    for one in list(&report) {
        assert_eq!(fields(one), BTreeSet::from(fields_of_one));
    }
    let rows: Vec<(Option<u64>, Option<&str>)> = list(&report)
        .iter()
        .map(|one| (one["replicas"].as_u64(), one["who"].as_str()))
        .collect();
    let row = |n, who| (Some(n), Some(who));
    assert_eq!(
        rows,
        [
            row(10, "eager"),
            row(10, "gossip"),
            row(20, "eager"),
            row(20, "gossip")
        ]
    );
    let svg = std::fs::read_to_string(&file)?;
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    Ok(())
}

#[test]
fn without_json_there_is_a_table() -> Result {
    let output = run("scale --replicas 50")?;
    let text = String::from_utf8(output.stdout)?;
    assert_eq!(text.lines().count(), 3, "a head and two runs: {text}");
    assert!(text.starts_with("replicas"));
    Ok(())
}
