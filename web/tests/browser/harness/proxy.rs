//! A line between page and relay that can go silent: nothing is closed, and nothing comes through,
//! as when a phone leaves the wifi.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How long a connection of the test is left alone before it is looked whether the test is over.
const PAUSE: Duration = Duration::from_millis(20);

/// The line, for as long as it lives.
pub struct Proxy {
    origin: String,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    to_relay: Direction,
    to_page: Direction,
    loses: AtomicBool,
    lost: AtomicUsize,
}

#[derive(Default)]
struct Direction {
    silent: AtomicBool,
    /// Reads that wait to be passed on.
    waiting: AtomicUsize,
}

/// Where something is on its way to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    Relay,
    Page,
}

impl Proxy {
    /// A line to that relay, on a free port.
    pub fn to(relay: &str) -> Self {
        let relay = relay
            .strip_prefix("http://")
            .expect("the origin is the relay's own")
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let line = Arc::new(Line::default());
        let here = Arc::clone(&line);
        // It ends with the test's process.
        thread::spawn(move || {
            let mut lost = Vec::new();
            for near in listener.incoming().flatten() {
                if here.loses.load(Ordering::SeqCst) {
                    lost.push(near);
                    here.lost.store(lost.len(), Ordering::SeqCst);
                    continue;
                }
                let Ok(far) = TcpStream::connect(&relay) else {
                    continue;
                };
                let (Ok(back), Ok(forth)) = (near.try_clone(), far.try_clone()) else {
                    continue;
                };
                let (one, other) = (Arc::clone(&here), Arc::clone(&here));
                thread::spawn(move || pass_on(near, far, &one.to_relay));
                thread::spawn(move || pass_on(forth, back, &other.to_page));
            }
        });
        Self {
            origin: format!("http://{address}"),
            line,
        }
    }

    /// Where the page is, on this line.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on nothing comes through, or everything again, with what waited.
    pub fn silence(&self, silent: bool) {
        for towards in [Towards::Relay, Towards::Page] {
            self.silence_towards(towards, silent);
        }
    }

    /// The same in one direction.
    pub fn silence_towards(&self, towards: Towards, silent: bool) {
        let direction = self.direction(towards);
        direction.silent.store(silent, Ordering::SeqCst);
    }

    /// Whether something waits in that direction.
    pub fn waits(&self, towards: Towards) -> bool {
        self.direction(towards).waiting.load(Ordering::SeqCst) > 0
    }

    /// Whatever is dialled from now on is never answered, not later either; or it is again.
    pub fn lose_dials(&self, loses: bool) {
        self.line.loses.store(loses, Ordering::SeqCst);
    }

    /// How many were lost.
    pub fn lost(&self) -> usize {
        self.line.lost.load(Ordering::SeqCst)
    }

    fn direction(&self, towards: Towards) -> &Direction {
        match towards {
            Towards::Relay => &self.line.to_relay,
            Towards::Page => &self.line.to_page,
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, direction: &Direction) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        direction.waiting.fetch_add(1, Ordering::SeqCst);
        while direction.silent.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
        }
        direction.waiting.fetch_sub(1, Ordering::SeqCst);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whoever reads on the other side learns of the end; it may be gone already.
    let _ = to.shutdown(Shutdown::Both);
}
