//! The hosts of this page, one a poll, or one for each precinct whose link was opened. They live as
//! long as the page: a tab that shows another poll, or the home page, goes on serving those that it
//! has opened.

use std::cell::RefCell;

use election_core::ids::PollId;
use election_core::wire::link::Link;

use super::host::Host;

thread_local! {
    static HOSTS: RefCell<Vec<(PollId, Host)>> = const { RefCell::new(Vec::new()) };
}

/// The host of that link: the running one, or a new one that finds out who it is first.
#[must_use]
pub fn open(link: &Link) -> Host {
    if let Some(host) = find(|poll, host| poll == link.poll && host.is_led_to_by(link)) {
        host.learn(link);
        return host;
    }
    let host = Host::open(link.clone());
    add(link.poll, host.clone());
    host
}

/// A host of that poll, if this page has one.
#[must_use]
pub fn running(poll: PollId) -> Option<Host> {
    find(|of, _| of == poll)
}

fn find(is_it: impl Fn(PollId, &Host) -> bool) -> Option<Host> {
    HOSTS.with_borrow(|hosts| {
        let found = hosts.iter().find(|(poll, host)| is_it(*poll, host));
        found.map(|(_, host)| host.clone())
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
