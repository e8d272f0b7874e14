//! `link.json`: what a link holds, what is found in texts, and what is refused.

use data_encoding::BASE64URL_NOPAD;
use election_core::wire::link::CHECK_DOMAIN;
use sha2::{Digest as _, Sha256};

use super::*;

#[test]
fn links() {
    let poll = PollId::from(genesis(Method::Single).id());
    let secret = Secret(core::array::from_fn(|index| index as u8));
    let voters = Link {
        poll,
        secret: secret.clone(),
        chair: None,
        precincts: None,
    };
    let chairs = Link {
        chair: Some(SigningKey::from(CHAIR)),
        ..voters.clone()
    };
    check(
        "link.json",
        &json!({
            "poll": poll.to_string(),
            "secret": hex(&secret.0),
            "chair_seed": hex(&CHAIR),
            "voters_url": voters.url("https://example.org"),
            "chairs_url": chairs.url("https://example.org"),
            "texts": link_texts(&voters.token()),
            "refused": refused(poll, &secret),
            "room": secret.room(poll),
            "seal_key": hex(&secret.seal_key(poll)),
        }),
    );
}

/// Texts in which a link is found, with the address in front of its `#`, and texts in which there
/// is none.
fn link_texts(token: &str) -> Value {
    let (start, end) = token.split_at(40);
    let mut changed = token.to_owned();
    changed.replace_range(
        50..51,
        if token[50..].starts_with('A') {
            "B"
        } else {
            "A"
        },
    );
    let texts = [
        format!("(https://example.org/p#{token})."),
        format!("https://example.org/p#{}-", &token[..72]),
        format!("https://example.org/p%23{}", token.replace('-', "%2D")),
        format!("> Please vote:\n> https://example.org/p#{start}\n> {end}\n> Ann"),
        format!("https://example.org/p#{start}\u{ad}=\r\n{end}"),
        format!("https://check.example/?url=https%3A%2F%2Fexample.org%2Fp%23{token}&by=mail"),
        format!("the token: {token}"),
        format!("https://example.org/p#{start}"),
        format!("https://example.org/p#{start}.{end}"),
        format!("https://example.org/p#{changed}"),
        "https://example.org/p#about".to_owned(),
        "https://example.org/".to_owned(),
    ];
    let texts = texts.iter().map(|text| {
        let found = FoundLink::in_text(text).ok();
        json!({
            "text": text,
            "token": found.as_ref().map(|found| found.link.token()),
            "address": found.and_then(|found| found.address),
        })
    });
    texts.collect()
}

/// Tokens of good letters that lead to no poll.
fn refused(poll: PollId, secret: &Secret) -> Value {
    let made = |version: u8, kind: u8, rest: &[u8]| {
        let mut bytes = vec![version, kind];
        bytes.extend(poll.0);
        bytes.extend(secret.0);
        bytes.extend(rest);
        let check = Sha256::new()
            .chain_update(CHECK_DOMAIN)
            .chain_update(&bytes)
            .finalize();
        bytes.extend(&check[..4]);
        format!("{}z", BASE64URL_NOPAD.encode(&bytes))
    };
    let numbers =
        |precincts: u16, precinct: u16| [precincts.to_be_bytes(), precinct.to_be_bytes()].concat();
    let is_link = |token: &str| Link::parse(&format!("https://example.org/p#{token}")).is_ok();
    for (kind, rest) in [
        (0, vec![]),
        (1, CHAIR.to_vec()),
        (2, numbers(4096, 4095)),
        (2, numbers(2, 0xffff)),
        (3, [numbers(2, 0), CHAIR.to_vec()].concat()),
    ] {
        assert!(
            is_link(&made(1, kind, &rest)),
            "the cases differ in one thing only"
        );
    }
    let cases = [
        ("of version 2", made(2, 0, &[])),
        ("of kind 4", made(1, 4, &[])),
        ("a voter's, with a byte too many", made(1, 0, &[0])),
        ("the chair's, without the seed", made(1, 1, &[])),
        ("one precinct", made(1, 2, &numbers(1, 0))),
        ("no precinct", made(1, 2, &numbers(0, 0xffff))),
        ("4097 precincts", made(1, 2, &numbers(4097, 0xffff))),
        ("precinct 3 of 3", made(1, 2, &numbers(3, 3))),
        ("kind 2 without its numbers", made(1, 2, &[])),
    ];
    let cases = cases.map(|(why, token)| {
        assert!(!is_link(&token), "{why}: accepted");
        json!({ "why": why, "token": token })
    });
    cases.into_iter().collect()
}
