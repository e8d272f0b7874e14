//! The example of a whole peer that the documentation shows.

use crate::programs::Poll;
use crate::relay::Relay;

#[allow(dead_code)]
#[path = "../../examples/whole_peer.rs"]
mod example;

#[test]
fn the_peer_that_the_documentation_shows_votes_and_is_counted() {
    let relay = Relay::start();
    let poll = Poll::start(&relay.url(), &[]);
    let link = poll.link.clone();
    // It ends when the relay does.
    let peer = std::thread::spawn(move || example::follow(&link).map_err(|lost| lost.to_string()));
    let mut last = poll.counts();
    for _ in 0..20 {
        if last.0[0] == 1 {
            break;
        }
        assert!(!peer.is_finished(), "{:?}", peer.join());
        last = poll.counts();
    }
    assert_eq!(last, (vec![1, 0, 0], [1, 1, 0, 0]));
}
