//! Relays that refuse, that say what this version does not know, or that say far too much.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use election_core::wire::relay::{FromRelay, Handle, Welcome};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, accept_hdr_async, connect_async};

use crate::precincts::{counts, named, stay, sums, tally, tally_when};
use crate::programs::{Poll, run};
use crate::relay::Relay;

/// Stands between replicas and a relay, and puts these messages in front of each of the relay's,
/// `times` over. Returns its address.
fn meddle(relay: &Relay, messages: &[&[u8]], times: usize) -> String {
    let messages = (0..times).flat_map(|_| messages.iter().map(|message| message.to_vec()));
    let messages = Vec::from_iter(messages);
    let address = relay.address;
    let listener = relay.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    relay.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let messages = messages.clone();
            tokio::spawn(async move {
                // Either side may be gone at any time.
                let _ = between(stream, address, &messages, usize::MAX).await;
            });
        }
    });
    url
}

/// Passes on what each side says, `messages` in front of each of the relay's, and of the replica's
/// none above `longest`.
async fn between(
    stream: TcpStream,
    relay: SocketAddr,
    messages: &[Vec<u8>],
    longest: usize,
) -> Result<(), Error> {
    let mut path = String::new();
    #[allow(clippy::result_large_err)]
    let note = |request: &Request, response: Response| {
        path = request.uri().path().to_owned();
        Ok(response)
    };
    let mut replica = accept_hdr_async(stream, note).await?;
    let (mut relay, _) = connect_async(format!("ws://{relay}{path}")).await?;
    loop {
        tokio::select! {
            message = relay.next() => {
                let Some(message) = message else { break };
                for message in messages {
                    replica.feed(Message::Binary(message.clone().into())).await?;
                }
                replica.send(message?).await?;
            }
            message = replica.next() => {
                let Some(message) = message.transpose()? else { break };
                if message.len() <= longest {
                    relay.send(message).await?;
                }
            }
        }
    }
    Ok(())
}

/// Answers every request with that status and sentence.
fn refusing(relay: &Relay, status: u16, sentence: &'static str) -> String {
    let listener = relay.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    relay.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            #[allow(clippy::result_large_err)]
            let refuse = |_: &Request, _: Response| -> Result<Response, ErrorResponse> {
                let mut refusal = ErrorResponse::new(Some(sentence.to_owned()));
                *refusal.status_mut() = StatusCode::from_u16(status).unwrap();
                Err(refusal)
            };
            let _ = accept_hdr_async(stream, refuse).await;
        }
    });
    url
}

#[test]
fn a_relay_that_is_full_is_said_to_be_full_and_not_to_be_away() {
    let config = election_relay::Config {
        max_room_size: 2,
        ..election_relay::Config::default()
    };
    let relay = Relay::with("127.0.0.1:0".parse().unwrap(), config);
    let poll = Poll::start(&relay.url(), &[]);
    let second = poll.start_vote("Tea", &["--stay"]);
    second.json_line();
    let tally = run(&["tally", &poll.link]);
    tally.refused(3, &["is there, and refuses", "full", "try again"]);
    assert!(
        !tally.stderr.contains("no relay in reach"),
        "{}",
        tally.stderr
    );
}

#[test]
fn a_refusal_before_the_socket_says_its_reason_too() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    for (status, sentence) in [
        (503, "this relay has as many connections as it takes"),
        (429, "too many connections of this address\x1b[2J"),
        (403, "pages of this origin may not connect"),
    ] {
        let address = refusing(&relay, status, sentence);
        let tally = run(&["tally", &poll.link, "--relay", &address]);
        let sentence = sentence.trim_end_matches("\x1b[2J");
        tally.refused(3, &["refuses", &status.to_string(), sentence]);
        assert!(!tally.stderr.contains('\x1b'), "{}", tally.stderr);
    }
}

/// A relay of another envelope is none that is away, and none whose messages are passed over.
#[test]
fn a_relay_of_another_version_is_said_to_be_one() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let other = meddle(&relay, &[&[0x81, 3, 1, 2]], 1);
    let tally = run(&["tally", &poll.link, "--relay", &other]);
    tally.refused(3, &["is there", "envelope version 3", "update"]);
    assert!(
        !tally.stderr.contains("no relay in reach"),
        "{}",
        tally.stderr
    );
}

#[test]
fn what_a_later_relay_says_is_passed_over_also_before_its_welcome() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let later = meddle(&relay, &[&[0x90, 1, 2, 3], &[0xff], &[0x84, 99]], 1);
    let voted = poll.vote("Tea", &["--relay", &later]);
    assert!(!voted.stderr.contains("lost"), "{}", voted.stderr);
    assert_eq!(voted.json()["seen_by"], 1);
    assert_eq!(poll.counts(), (vec![1, 0, 0], [1, 1, 0, 0]));
}

#[test]
fn what_a_relay_says_over_and_over_is_counted_and_not_printed() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let chatty = meddle(&relay, &[&[0x84, 3], &[0x90]], 1_000);
    let tally = [
        "tally", &poll.link, "--json", "--settle", "200ms", "--wait", "1m",
    ];
    let tally = run(&[&tally[..], &["--relay", &chatty]].concat());
    assert_eq!(tally.json()["poll"], poll.id);
    for words in ["this replica sent too fast", "does not know"] {
        let lines = tally.stderr.matches(words).count();
        assert!(
            (5..40).contains(&lines),
            "{lines} of {words}: {}",
            tally.stderr
        );
    }
    assert!(
        tally.stderr.contains("(so far 512 times)"),
        "{}",
        tally.stderr
    );
}

/// Stands between replicas and a relay, and lets nothing longer through to it. Returns its address.
fn muffle(relay: &Relay, longest: usize) -> String {
    let address = relay.address;
    let listener = relay.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    relay.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // Either side may be gone at any time.
                let _ = between(stream, address, &[], longest).await;
            });
        }
    });
    url
}

#[test]
fn what_the_chair_signed_and_nobody_saw_is_not_called_done() {
    let relay = Relay::start();
    let poll = named(&relay);
    let (_south, voted) = stay(&poll.precinct_links[1], "Tea", &[]);
    tally_when(&poll.precinct_links[0], &[], |shown| {
        counts(shown) == [1, 0, 0]
    });
    // Greetings and questions are short. What is signed is not, with such a reason.
    let muffled = muffle(&relay, 400);
    let reason = "because ".repeat(50);
    let pace = ["--settle", "500ms", "--wait", "15s", "--relay", &muffled];
    let why = ["--precinct", "South", "--reason", &reason];

    let ballot = voted["ballot"].as_str().unwrap();
    let revoke = ["revoke", &poll.chair_link, "--ballot", ballot];
    let revoked = run(&[&revoke[..], &why, &pace].concat());
    revoked.refused(6, &["the revocation", "may be lost", "revoke again"]);

    let strike = ["strike", &poll.chair_link];
    let struck = run(&[&strike[..], &why, &pace].concat());
    struck.refused(6, &["the strike", "may be lost", "strike again"]);

    // And nobody knows of either.
    let shown = tally(&poll.precinct_links[1], &[]);
    assert_eq!(
        (counts(&shown), sums(&shown)),
        (vec![1, 0, 0], [1, 1, 0, 0])
    );
}

/// Welcomes everybody and hangs up at once, and counts them.
fn fickle(relay: &Relay) -> (String, Arc<AtomicUsize>) {
    let listener = relay.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    relay.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let welcome = FromRelay::Welcome(Welcome {
                handle: Handle(7),
                room_size: 2,
                max_payload: 65_600,
                heartbeat_seconds: 20,
            });
            if let Ok(mut replica) = accept_async(stream).await {
                let _ = replica.send(Message::Binary(welcome.encode().into())).await;
                let _ = replica.close(None).await;
            }
        }
    });
    (url, asked)
}

#[test]
fn a_relay_that_welcomes_and_hangs_up_is_asked_ever_more_rarely() {
    let relay = Relay::start();
    let (url, asked) = fickle(&relay);
    let poll = Poll::start(&url, &[]);
    while asked.load(Ordering::Relaxed) < 3 {
        sleep(Duration::from_millis(10));
    }
    // Four times a second would be forty. A machine that is slow asks fewer times still.
    sleep(Duration::from_secs(10));
    let asked = asked.load(Ordering::Relaxed);
    assert!(asked <= 16, "asked {asked} times");
    drop(poll);
}
