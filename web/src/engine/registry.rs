//! The hosts of this page, one a poll. They live as long as the page: a tab that shows another poll, or the home
//! page, goes on serving those that it has opened.

use std::cell::RefCell;

use election_core::ids::PollId;
use election_core::wire::link::Link;

use super::host::Host;

thread_local! {
    static HOSTS: RefCell<Vec<(PollId, Host)>> = const { RefCell::new(Vec::new()) };
}

/// The host of that link's poll: the running one, or a new one that finds out who it is first.
#[must_use]
pub fn open(link: &Link) -> Host {
    if let Some(host) = running(link.poll) {
        host.learn(link);
        return host;
    }
    let host = Host::open(link.clone());
    add(link.poll, host.clone());
    host
}

/// The host of that poll, if this page has one.
#[must_use]
pub fn running(poll: PollId) -> Option<Host> {
    HOSTS.with_borrow(|hosts| {
        hosts
            .iter()
            .find(|(of, _)| *of == poll)
            .map(|(_, host)| host.clone())
    })
}

/// Adds the host of a poll that was made here.
pub fn add(poll: PollId, host: Host) {
    HOSTS.with_borrow_mut(|hosts| hosts.push((poll, host)));
}

/// Calls `each` with every host.
pub fn for_each(each: impl Fn(&Host)) {
    let hosts: Vec<Host> =
        HOSTS.with_borrow(|hosts| hosts.iter().map(|(_, host)| host.clone()).collect());
    hosts.iter().for_each(each);
}
