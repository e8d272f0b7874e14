//! The same inputs give the same outputs, byte for byte, native and in wasm: a run with faults,
//! whose trace hash both must reproduce.

mod network;

use election_core::replica::io::Command;
use network::{Faults, Network};

const EXPECTED: &str = include_str!("../../docs/vectors/trace.json");

/// Votes, changes, absences, revocations and reloads on a bad network; all of it from one seed.
fn run() -> String {
    let mut network = Network::new(2026);
    network.faults = Faults {
        loss: 10,
        duplication: 10,
        delay: 80,
    };
    for tab in 0..6 {
        network.open_tab();
        network.connect(tab);
    }
    network.run(3_000);
    for round in 0..4 {
        for tab in 0..6 {
            let option = network.below(3) as usize;
            let _ = network.vote(tab, option);
            let span = network.below(200);
            network.run(span);
        }
        let away = 1 + network.below(5) as usize;
        network.disconnect(away);
        let _ = network.vote(away, round % 3);
        network.run(500);
        if round == 2 {
            network.reload(away);
        }
        network.connect(away);
        let ballot = network.tabs[0]
            .tab
            .replica()
            .ballots()
            .next()
            .map(|(_, ballot, _)| ballot.id);
        if let Some(ballot) = ballot {
            let _ = network.ask(
                0,
                Command::Revoke {
                    ballot,
                    reason: "voted twice, from two phones".to_owned(),
                },
            );
        }
    }
    network.faults = Faults {
        loss: 0,
        duplication: 0,
        delay: 20,
    };
    network.run(30_000);
    network.assert_converged();
    network.trace()
}

fn check() {
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("ELECTION_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/vectors/trace.json");
        let text = format!("{{\n  \"trace\": \"{}\"\n}}\n", run());
        std::fs::write(path, text).expect("docs/vectors can be written");
        return;
    }
    let expected: serde_json::Value =
        serde_json::from_str(EXPECTED).expect("docs/vectors/trace.json is JSON");
    assert_eq!(
        expected["trace"],
        run(),
        "run `cargo xtask vectors` if the protocol was meant to change"
    );
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test::wasm_bindgen_test]
    fn the_trace_is_the_same_in_wasm() {
        super::check();
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_trace_is_the_same_natively() {
    check();
}
