//! A replica without a page: it brings a poll into its room at the relay and answers whoever asks
//! for it.

use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ed25519_zebra::SigningKey;
use election_core::ids::PollId;
use election_core::poll::ballot::Ballot;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::{Genesis, Holder, MAX_SEQ};
use election_core::poll::method::Method;
use election_core::poll::op::Op;
use election_core::replica::MAX_RESTORE;
use election_core::replica::io::{Config, Happened, Input, Output, Record, RoomId};
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::envelope::{sign, voter_key};
use election_core::wire::link::{Link, Secret};
use election_core::wire::relay::FromRelay;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

/// A poll with its ballots, signed.
pub struct Poll {
    link: Link,
    records: Vec<Record>,
}

impl Poll {
    /// A poll in which that many people have voted, and in whose pages every tab is a voter.
    pub fn with_ballots(voters: u32) -> Self {
        let chair = SigningKey::from([1; 32]);
        let options = ["Bergen", "Porto", "Stay here"];
        let title = format!("Where do {voters} go this summer?");
        let genesis = Genesis::new(voter_key(&chair), &title, &options, Method::Single, MAX_SEQ);
        let genesis = genesis.unwrap().with_holder(Holder::Tab);
        let genesis = sign(&chair, PollId::NONE, genesis);
        let poll = genesis.id().into();
        let record = |bytes: &[u8]| Record {
            received: Millis(0),
            bytes: bytes.to_vec(),
        };
        let ballot = |voter: u32| {
            let mut seed = [7; 32];
            seed[..4].copy_from_slice(&voter.to_be_bytes());
            let marks = [voter as usize % options.len()];
            let choice = Choice::new(&marks, Method::Single, options.len()).unwrap();
            let ballot = Op::Ballot(Ballot::new(None, choice, &genesis));
            record(sign(&SigningKey::from(seed), poll, ballot).bytes())
        };
        let records = std::iter::once(record(genesis.bytes())).chain((0..voters).map(ballot));
        Self {
            link: Link {
                poll,
                secret: Secret([9; 16]),
                chair: None,
                precincts: None,
            },
            records: records.collect(),
        }
    }

    /// The voters' link, to the page at that origin.
    pub fn url(&self, origin: &str) -> String {
        self.link.url(origin)
    }
}

/// A replica at work in a thread of its own, until it is dropped.
pub struct Feeder {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Takes the poll in, then its place in the room at the relay of that origin.
    pub fn start(poll: &Poll, origin: &str) -> Self {
        let key = SigningKey::from([2; 32]);
        let mut tab = Tab::new(Config::of(&poll.link, key, [3; 32]));
        for records in poll.records.chunks(MAX_RESTORE) {
            tab.handle(Input::Restore(records), Millis(0));
        }
        while tab.poll_output().is_some() {}
        let socket = connect(origin, &tab.room_name(RoomId::Precinct));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Self {
            stop,
            thread: Some(std::thread::spawn(move || serve(tab, socket, &stopped))),
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What went wrong there has been printed there.
            let _ = thread.join();
        }
    }
}

fn connect(origin: &str, room: &str) -> WebSocket<TcpStream> {
    let address = origin.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let url = format!("ws://{address}/relay/{room}");
    let (socket, _) = tungstenite::client(url, stream).unwrap();
    // The replica's deadlines are looked at as often as that.
    let tick = Some(Duration::from_millis(20));
    socket.get_ref().set_read_timeout(tick).unwrap();
    socket
}

fn serve(mut tab: Tab, mut socket: WebSocket<TcpStream>, stop: &AtomicBool) {
    let start = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let read = socket.read();
        let now = Millis(1 + start.elapsed().as_millis() as u64);
        match read {
            Ok(Message::Binary(envelope)) => {
                let message = FromRelay::decode(&envelope).unwrap();
                let Some(happened) = Happened::of(message) else {
                    continue;
                };
                let room = RoomId::Precinct;
                tab.handle(Input::Room { room, happened }, now);
            }
            Ok(_) => {}
            Err(tungstenite::Error::Io(error)) if is_timeout(&error) => {
                tab.handle(Input::Wake, now);
            }
            Err(error) => panic!("the relay is gone: {error}"),
        }
        while let Some(output) = tab.poll_output() {
            if let Output::Send { to, bytes, .. } = output {
                let message = Message::Binary(to.envelope(&bytes).into());
                socket.send(message).unwrap();
            }
        }
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), TimedOut | WouldBlock)
}
