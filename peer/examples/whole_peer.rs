//! A whole peer, in one loop: `cargo run -p election-peer --example whole_peer --
//! 'http://127.0.0.1:8080/p#…'` votes for the first option, and prints the count with every ballot.

use std::collections::btree_map::{BTreeMap, Entry};
use std::{error::Error, time::Duration, time::Instant};

use ed25519_zebra::SigningKey;
use election_core::poll::choice::Choice;
use election_core::replica::io::{Command, Config, Event, Happened, Input, Output, RoomId};
use election_core::replica::tab::Tab;
use election_core::time::Millis;
use election_core::wire::{link::Link, relay::FromRelay};
use tokio_tungstenite::tungstenite::{Error::Io, Message, connect, stream::MaybeTlsStream};

fn main() -> Result<(), Box<dyn Error>> {
    let link = std::env::args().nth(1);
    follow(&link.ok_or("of which poll? give a link")?)
}

/// Follows the poll that a link leads to, for as long as the relay is there.
pub fn follow(url: &str) -> Result<(), Box<dyn Error>> {
    let (relay, _) = url.split_once("/p#").ok_or("that is no voters' link")?;
    let (link, [mut key, mut seed]) = (Link::parse(url)?, [[0; 32]; 2]);
    getrandom::fill(&mut key)?;
    getrandom::fill(&mut seed)?;
    let mut tab = Tab::new(Config::of(&link, SigningKey::from(key), seed));
    let (start, mut sockets) = (Instant::now(), BTreeMap::new());
    loop {
        let rooms: Vec<RoomId> = tab.rooms().collect();
        sockets.retain(|room, _| rooms.contains(room));
        for room in rooms {
            if let Entry::Vacant(place) = sockets.entry(room) {
                let url = format!("{relay}/relay/{}", tab.room_name(room));
                let (socket, _) = connect(url.replacen("http", "ws", 1))?;
                if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
                    stream.set_read_timeout(Some(Duration::from_millis(20)))?;
                }
                place.insert(socket);
            }
        }
        let now = Millis(start.elapsed().as_millis() as u64);
        for (room, socket) in &mut sockets {
            match socket.read() {
                Ok(message) => {
                    let (room, message) = (*room, message.into_data());
                    if let Some(happened) = FromRelay::decode(&message).ok().and_then(Happened::of)
                    {
                        tab.handle(Input::Room { room, happened }, now);
                    }
                }
                Err(Io(_)) => {} // Nothing came.
                Err(lost) => return Err(lost.into()),
            }
        }
        tab.handle(Input::Wake, now);
        if let (Some(poll), None) = (tab.replica().genesis(), tab.replica().own_vote()) {
            let first = Choice::new(&[0], poll.method(), poll.options().len())?;
            tab.ask(Command::Cast(first), now)?;
        }
        while let Some(output) = tab.poll_output() {
            match output {
                Output::Send { room, to, bytes } => {
                    if let Some(socket) = sockets.get_mut(&room) {
                        socket.send(Message::Binary(to.envelope(&bytes).into()))?;
                    }
                }
                // It keeps nothing: what it signs is as good as on a disk.
                Output::Persist { id, .. } => tab.handle(Input::Persisted(id), now),
                Output::Event(Event::Delivered(_)) => {
                    let tally = tab.replica_mut().tally();
                    println!("{:?}", tally.map(|tally| tally.counts.clone()));
                }
                Output::Event(_) => {}
            }
        }
    }
}
