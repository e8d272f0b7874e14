//! A line between page and relay that can go silent: nothing is closed, and nothing comes through, as when a phone leaves
//! the wifi.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long a connection of the test is left alone before it is looked whether the test is over.
const PAUSE: Duration = Duration::from_millis(20);

/// The line, for as long as it lives.
pub struct Proxy {
    origin: String,
    silent: Arc<AtomicBool>,
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
        let silent = Arc::new(AtomicBool::new(false));
        let quiet = Arc::clone(&silent);
        // It ends with the test's process.
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(&relay) else {
                    continue;
                };
                let (Ok(back), Ok(forth)) = (near.try_clone(), far.try_clone()) else {
                    continue;
                };
                let (one, other) = (Arc::clone(&quiet), Arc::clone(&quiet));
                thread::spawn(move || pass_on(near, far, &one));
                thread::spawn(move || pass_on(forth, back, &other));
            }
        });
        Self {
            origin: format!("http://{address}"),
            silent,
        }
    }

    /// Where the page is, on this line.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// From now on nothing comes through, or everything again, with what waited.
    pub fn silence(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        while silent.load(Ordering::SeqCst) {
            thread::sleep(PAUSE);
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // Whoever reads on the other side learns of the end; it may be gone already.
    let _ = to.shutdown(Shutdown::Both);
}
