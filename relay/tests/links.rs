//! What the relay's program is built from: nothing that could read a payload, or sign one.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// The packages of the relay's default build, by name.
fn packages() -> BTreeSet<String> {
    let words = ["tree", "--locked", "--package", "election-relay"];
    let plain = ["--edges", "normal", "--prefix", "none", "--format", "{p}"];
    let output = Command::new(env!("CARGO"))
        .args(words)
        .args(plain)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

/// The WebSocket library draws masks with `rand`, whose generator is the crate `chacha20`. Without
/// the crate `cipher`, whose traits are its only way to encrypt, it generates random numbers and
/// does nothing else.
#[test]
fn the_relay_links_no_replica_no_signature_and_no_cipher() {
    let packages = packages();
    assert!(packages.contains("election-envelope"), "{packages:?}");
    let forbidden = |name: &&String| {
        let ours = ["ed25519", "curve25519", "election-", "poly1305", "hkdf"];
        let others = ["aws-lc", "openssl", "rustls", "aes"];
        let is = [
            "aead",
            "chacha20poly1305",
            "cipher",
            "ctr",
            "ring",
            "signature",
        ];
        let starts = |with: &[&str]| with.iter().any(|start| name.starts_with(start));
        let own = ["election-envelope", "election-relay"];
        !own.contains(&name.as_str())
            && (starts(&ours) || starts(&others) || is.contains(&name.as_str()))
    };
    let found: Vec<_> = packages.iter().filter(forbidden).collect();
    assert_eq!(found, Vec::<&String>::new());
}
