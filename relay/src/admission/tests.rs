use std::time::Duration;

use super::*;
use crate::proxies::parse_proxy;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn config(all: usize, per_address: usize) -> Config {
    Config {
        max_connections: all,
        max_connections_per_address: per_address,
        ..Config::default()
    }
}

fn admit(admission: &Arc<Admission>, peer: &str) -> Result<Slot, Refused> {
    admission.admit(address(peer), Instant::now())
}

fn from(client: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.append("x-forwarded-for", client.parse().unwrap());
    headers
}

fn carry(slot: &Slot, client: &str) -> Option<Refused> {
    slot.carry(&from(client), Instant::now()).err()
}

#[test]
fn an_address_has_its_cap_and_gets_a_slot_back() {
    let admission = Admission::new(&config(10, 2));
    let first = admit(&admission, "192.0.2.1");
    let second = admit(&admission, "192.0.2.1");
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(admit(&admission, "192.0.2.1").err(), Some(TOO_MANY));
    assert_eq!(admit(&admission, "::ffff:192.0.2.1").err(), Some(TOO_MANY));
    assert!(admit(&admission, "192.0.2.2").is_ok());
    drop(first);
    assert!(admit(&admission, "192.0.2.1").is_ok());
}

#[test]
fn loopback_is_bound_by_the_total_only_where_no_proxy_is_named() {
    let admission = Admission::new(&config(3, 1));
    let slots: Vec<_> = (0..5)
        .filter_map(|_| admit(&admission, "127.0.0.1").ok())
        .collect();
    assert_eq!(slots.len(), 3);
    assert_eq!(admit(&admission, "192.0.2.1").err(), Some(FULL));

    let proxies = vec![parse_proxy("192.0.2.9").unwrap()];
    let admission = Admission::new(&Config {
        proxies,
        ..config(3, 1)
    });
    let _slot = admit(&admission, "127.0.0.1").unwrap();
    assert_eq!(admit(&admission, "127.0.0.1").err(), Some(TOO_MANY));
}

#[test]
fn a_proxys_socket_counts_for_whom_it_carries() {
    let proxies = vec![parse_proxy("127.0.0.1").unwrap()];
    let admission = Admission::new(&Config {
        proxies,
        ..config(10, 2)
    });
    let sockets: Vec<Slot> = (0..4)
        .map(|_| admit(&admission, "127.0.0.1").unwrap())
        .collect();
    assert_eq!(carry(&sockets[0], "192.0.2.1"), None);
    assert_eq!(carry(&sockets[1], "192.0.2.1"), None);
    assert_eq!(carry(&sockets[2], "192.0.2.1"), Some(TOO_MANY));
    assert_eq!(carry(&sockets[2], "192.0.2.2"), None);
    // The same again on a socket that counts already, and another client on it.
    assert_eq!(carry(&sockets[0], "192.0.2.1"), None);
    assert_eq!(carry(&sockets[0], "192.0.2.3"), None);
    assert_eq!(carry(&sockets[3], "192.0.2.1"), None);
    drop(sockets);
    let open = lock(&admission.open);
    assert_eq!(open.total, 0);
    assert!(open.by_address.values().all(|of| of.sockets == 0));
}

#[test]
fn a_client_that_is_no_proxy_says_nothing_of_itself() {
    let admission = Admission::new(&config(10, 1));
    let slot = admit(&admission, "192.0.2.1").unwrap();
    let said = slot.carry(&from("192.0.2.7"), Instant::now());
    assert_eq!(said, Ok(Address::of(address("192.0.2.1"))));
}

#[test]
fn an_address_that_comes_too_fast_is_refused_and_the_others_are_not() {
    let admission = Admission::new(&Config {
        accepts_per_second_per_address: 5,
        ..config(1_000, 1_000)
    });
    let start = Instant::now();
    let come = |peer: &str, after| {
        let now = start + Duration::from_millis(after);
        admission.admit(address(peer), now).err()
    };
    for _ in 0..10 {
        assert_eq!(come("192.0.2.1", 0), None);
    }
    assert_eq!(come("192.0.2.1", 0), Some(TOO_FAST));
    assert_eq!(come("192.0.2.2", 0), None);
    assert_eq!(come("192.0.2.1", 200), None);
    assert_eq!(come("192.0.2.1", 200), Some(TOO_FAST));
}

/// A school: each tab has a socket, and before it six to load the page, which stay as long as one
/// may that asks for nothing more.
#[test]
fn five_hundred_tabs_behind_one_address_come_within_half_a_minute_by_default() {
    let config = Config {
        proxies: vec![parse_proxy("127.0.0.1").unwrap()],
        ..Config::default()
    };
    let idle = config.handshake_timeout;
    let half_a_minute = Duration::from_secs(30);
    for span in [Duration::ZERO, half_a_minute] {
        let admission = Admission::new(&config);
        let start = Instant::now();
        let (mut loading, mut tabs) = (Vec::new(), Vec::new());
        for tab in 0..500 {
            let now = start + span * tab / 500;
            let come = || {
                let slot = admission.admit(address("127.0.0.1"), now).unwrap();
                let carried = slot.carry(&from("203.0.113.7"), now);
                assert!(carried.is_ok(), "tab {tab} of {span:?}: {carried:?}");
                slot
            };
            loading.retain(|(came, _)| now - *came < idle);
            // All at once come those who have the page, back to a relay that was restarted.
            let page = if span.is_zero() { 0 } else { 6 };
            loading.extend((0..page).map(|_| (now, come())));
            tabs.push(come());
        }
        assert_eq!(tabs.len(), 500);
    }
}

#[test]
fn little_is_remembered_of_those_who_left() {
    let admission = Admission::new(&Config::default());
    let start = Instant::now();
    for number in 0..100_000_u32 {
        let peer = IpAddr::from((0x0a00_0000 + number).to_be_bytes());
        let now = start + Duration::from_millis(u64::from(number));
        assert!(admission.admit(peer, now).is_ok());
    }
    let open = lock(&admission.open);
    assert_eq!(open.total, 0);
    assert!(open.by_address.len() <= FIRST_SWEEP);
}
