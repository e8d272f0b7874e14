use super::*;

fn link(chair: bool) -> Link {
    Link {
        poll: PollId([7; 32]),
        secret: Secret([9; 16]),
        chair: chair.then(|| SigningKey::from([3; 32])),
        precincts: None,
    }
}

fn with_precincts(chair: bool, count: u16, precinct: Option<u16>) -> Link {
    Link {
        precincts: Some(LinkPrecincts {
            count,
            precinct: precinct.map(PrecinctId),
        }),
        ..link(chair)
    }
}

#[test]
fn a_link_round_trips() {
    for chair in [false, true] {
        let url = link(chair).url("http://127.0.0.1:8080/");
        let read = Link::parse(&format!("  {url}\n")).unwrap();
        assert_eq!(read.url("http://127.0.0.1:8080"), url);
        assert_eq!(read.chair.is_some(), chair);
        assert_eq!(Link::parse(&read.token()).unwrap().token(), read.token());
    }
}

#[test]
fn a_link_to_a_precinct_round_trips() {
    for (chair, precinct) in [
        (false, None),
        (true, None),
        (false, Some(0)),
        (true, Some(4095)),
    ] {
        let link = with_precincts(chair, 4096, precinct);
        let read = Link::parse(&link.url("http://127.0.0.1:8080")).unwrap();
        assert_eq!(read.token(), link.token());
        assert_eq!(
            (read.precincts, read.chair.is_some()),
            (link.precincts, chair)
        );
    }
    let link = with_precincts(true, 2, None);
    let there = Link::parse(&link.for_precinct(PrecinctId(1)).for_voters().token()).unwrap();
    assert_eq!(there.token(), with_precincts(false, 2, Some(1)).token());
}

#[test]
fn a_link_without_a_precinct_leads_each_key_to_its_own() {
    let by_key = with_precincts(false, 7, None);
    for voter in (0..50).map(|byte| VoterKey([byte; 32])) {
        let own = Place::of(by_key.poll, voter).precinct(7);
        assert_eq!(by_key.precinct(voter), Some((7, own)));
        let given = by_key.for_precinct(PrecinctId(3));
        assert_eq!(given.precinct(voter), Some((7, PrecinctId(3))));
        assert_eq!(link(false).precinct(voter), None);
    }
}

#[test]
fn no_two_rooms_of_a_poll_have_one_name() {
    let (secret, poll) = (Secret([9; 16]), PollId([7; 32]));
    let mut rooms: Vec<_> = (0..4096)
        .map(|p| secret.precinct_room(poll, PrecinctId(p)))
        .collect();
    rooms.extend([secret.room(poll), secret.council_room(poll)]);
    assert!(rooms.iter().all(|room| room.len() == 32));
    rooms.sort_unstable();
    rooms.dedup();
    assert_eq!(rooms.len(), 4096 + 2);
}

#[test]
fn a_link_to_a_precinct_that_no_poll_has_is_refused() {
    for (count, precinct) in [
        (0, None),
        (1, None),
        (1, Some(0)),
        (4097, Some(0)),
        (2, Some(2)),
        (4096, Some(0xfffe)),
    ] {
        for chair in [false, true] {
            let token = with_precincts(chair, count, precinct).token();
            assert!(
                matches!(Link::parse(&token), Err(BadLink::Damaged { .. })),
                "{count} {precinct:?}"
            );
        }
    }
}

#[test]
fn a_link_that_is_cut_anywhere_is_refused_and_never_panics() {
    for link in [link(true), with_precincts(true, 9, Some(8))] {
        let url = link.url("http://127.0.0.1:8080");
        // Its end mark is no part of what the check proves.
        for end in 0..url.len() - 1 {
            assert!(Link::parse(&url[..end]).is_err(), "{}", &url[..end]);
        }
        assert!(Link::parse(&url[..url.len() - 1]).is_ok());
    }
    for (link, whole) in [(link(false), 72), (with_precincts(false, 9, None), 78)] {
        let token = link.token();
        assert_eq!(token.len(), whole + 1);
        for seen in 8..whole {
            assert_eq!(
                Link::parse(&token[..seen]).err(),
                Some(BadLink::Damaged { seen, whole })
            );
        }
    }
}

#[test]
fn a_token_of_any_length_under_a_right_check_never_panics() {
    for length in 0..200 {
        // In a link with precincts: 0x0202 of them, and this one is 0x0201.
        let mut bytes = vec![2; length];
        bytes.iter_mut().take(1).for_each(|byte| *byte = VERSION);
        bytes.iter_mut().skip(53).take(1).for_each(|byte| *byte = 1);
        for (kind, whole) in [(VOTER, 50), (CHAIR, 82), (2, 54), (3, 86)] {
            if let Some(byte) = bytes.get_mut(1) {
                *byte = kind;
            }
            let token = [&bytes[..], &check(&bytes)].concat();
            let read = Link::parse(&Base64UrlUnpadded::encode_string(&token));
            assert_eq!(read.is_ok(), length == whole, "{kind} {length}");
        }
    }
}

#[test]
fn a_token_ends_in_a_letter_so_that_no_mail_program_cuts_it() {
    let mut last = std::collections::BTreeSet::new();
    for byte in 0..=255 {
        for chair in [false, true] {
            for precincts in [None, with_precincts(false, 9, None).precincts] {
                let link = Link {
                    secret: Secret([byte; 16]),
                    precincts,
                    ..link(chair)
                };
                let token = link.token();
                let (encoded, end) = token.split_at(token.len() - 1);
                assert_eq!(end, "z");
                last.extend(encoded.chars().last());
            }
        }
    }
    assert!(
        last.contains(&'-') && last.contains(&'_'),
        "without the mark some would end in these: {last:?}"
    );
}

/// Each way in which a link arrives, around `URL`, with the address that is read from it.
const WRAPPINGS: [(&str, Option<&str>); 22] = [
    ("URL", Some("https://poll.example/p")),
    ("  URL\n", Some("https://poll.example/p")),
    ("URL.", Some("https://poll.example/p")),
    ("URL-", Some("https://poll.example/p")),
    ("URL_", Some("https://poll.example/p")),
    ("URLand the next word", Some("https://poll.example/p")),
    ("URL?fbclid=IwAR0", Some("https://poll.example/p")),
    ("(URL)", Some("https://poll.example/p")),
    ("[URL]", Some("https://poll.example/p")),
    ("<URL>", Some("https://poll.example/p")),
    ("<a href=\"URL\">vote</a>", Some("https://poll.example/p")),
    ("[vote here](URL), please", Some("https://poll.example/p")),
    ("*URL*", Some("https://poll.example/p")),
    ("„URL“", Some("https://poll.example/p")),
    (
        "Für alle: URL, bis Freitag!",
        Some("https://poll.example/p"),
    ),
    ("Link:URL", Some("https://poll.example/p")),
    (
        "> > Vote please:\n> > URL\n> > Ann",
        Some("https://poll.example/p"),
    ),
    ("On #choir, AQAB wrote: URL", Some("https://poll.example/p")),
    (
        "HTTPS://Poll.example/p#TOKEN",
        Some("HTTPS://Poll.example/p"),
    ),
    ("TOKEN", None),
    ("the token is TOKEN.", None),
    ("#TOKEN", None),
];

#[test]
fn a_link_is_found_in_whatever_it_is_pasted_with() {
    for link in [
        link(false),
        link(true),
        with_precincts(false, 9, None),
        with_precincts(true, 9, Some(8)),
    ] {
        let token = link.token();
        for (wrapping, address) in WRAPPINGS {
            let text = wrapping
                .replace("URL", "https://poll.example/p#TOKEN")
                .replace("TOKEN", &token);
            let found = FoundLink::in_text(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(found.link.token(), token, "{text}");
            assert_eq!(found.address.as_deref(), address, "{text}");
        }
    }
}

#[test]
fn a_link_is_found_through_what_programs_do_to_it() {
    // A secret whose token has both signs that are escaped, at the end too.
    let link = Link {
        secret: Secret([
            0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xfe, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
        ]),
        ..with_precincts(true, 9, Some(8))
    };
    let token = link.token();
    assert!(token.contains('-') && token.contains('_'));
    let url = link.url("https://poll.example:8443");
    let escaped = url
        .replace(':', "%3A")
        .replace('/', "%2F")
        .replace('#', "%23");
    let broken = |with: &str| {
        let (lines, rest) = token.split_at(80);
        let lines = lines.as_bytes().chunks(20);
        let mut text = "https://poll.example:8443/p#".to_owned();
        for line in lines {
            text += core::str::from_utf8(line).unwrap();
            text += with;
        }
        text + rest
    };
    for text in [
        url.replace('#', "%23"),
        url.replace('#', "%23")
            .replace('-', "%2D")
            .replace('_', "%5f"),
        format!("https://safe.example/?url={escaped}&data=05%7C01"),
        broken("\n"),
        broken("\r\n> > "),
        broken("=\r\n"),
        broken(" "),
        broken("\u{ad}"),
        broken("\u{200b}"),
        format!("Damaged: {}\n\nAgain: {url}.", &url[..url.len() - 9]),
    ] {
        let found = FoundLink::in_text(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found.link.token(), token, "{text}");
        let address = found.address.as_deref();
        assert_eq!(address, Some("https://poll.example:8443/p"), "{text}");
    }
    // Nothing is made up of what stands far apart.
    assert!(Link::parse(&broken(&" ".repeat(100))).is_err());
}

#[test]
fn a_link_inside_another_sites_address_is_its_own() {
    let token = link(false).token();
    let once = |text: &str| {
        let text = text.replace('%', "%25").replace(':', "%3A");
        text.replace('/', "%2F").replace('#', "%23")
    };
    let url = format!("https://poll.example/p#{token}");
    for text in [
        format!("https://l.facebook.com/l.php?u={}", once(&url)),
        format!("https://l.facebook.com/l.php?u={}&h=AT0AQAB", once(&url)),
        format!("https://l.facebook.com/l.php?u={}", once(&once(&url))),
        format!("https://l.facebook.com/l.php?u={url}"),
        format!("https://l.facebook.com/l.php?u=https%3A%2F%2Fpoll.example%2Fp#{token}"),
        format!(
            "https://a.example/?to=https%3A%2F%2Fb.example%2F%3Fto%3D{}",
            once(&once(&url))
        ),
        format!("https://poll.example/p?from=https://news.example#{token}"),
    ] {
        let found = FoundLink::in_text(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(found.link.token(), token, "{text}");
        let address = found.address.unwrap();
        assert_eq!(
            address.split('?').next(),
            Some("https://poll.example/p"),
            "{text}"
        );
    }
}

#[test]
fn a_link_is_found_however_a_mail_was_broken_into_encoded_lines() {
    let token = with_precincts(true, 9, Some(8)).token();
    let url = format!("https://poll.example/p#{token}");
    // A field of one line loses the breaks, and keeps the signs in front of them.
    for broken in ["=\r\n", "=\n", "="] {
        for at in 1..url.len() {
            let text = format!("Vote: {}{broken}{} please", &url[..at], &url[at..]);
            let found = FoundLink::in_text(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(found.link.token(), token, "{text}");
            let address = found.address.as_deref();
            assert_eq!(address, Some("https://poll.example/p"), "{text}");
        }
    }
    let text = format!("https://poll.example/p=23{token}");
    let found = FoundLink::in_text(&text).unwrap();
    assert_eq!(found.address.as_deref(), Some("https://poll.example/p"));
}

#[test]
fn the_first_link_of_several_is_taken_and_a_long_text_is_refused() {
    let (first, second) = (
        link(false).url("http://a"),
        with_precincts(false, 9, None).url("http://b"),
    );
    let found = FoundLink::in_text(&format!("{first} or {second}")).unwrap();
    assert_eq!(found.address.as_deref(), Some("http://a/p"));
    let filler = "AQA".repeat((MAX_TEXT - first.len() - 1) / 3);
    assert!(Link::parse(&format!("{filler} {first}")[..]).is_ok());
    let text = format!("{filler}{filler}{first}");
    assert_eq!(Link::parse(&text).err(), Some(BadLink::TooLong(text.len())));
}

#[test]
fn each_bad_link_says_what_it_is_and_what_was_seen() {
    let says = |text: &str, what: &str| {
        let error = Link::parse(text).err().unwrap().to_string();
        assert!(error.contains(what), "{text}: {error}");
    };
    says("", "no part after “#”");
    says(
        "https://example.org/",
        "no part after “#” (it reads “https://example.org/”)",
    );
    says("https://example.org/p#", "no part after “#”");
    says("hello\n world", "(it reads “hello world”)");
    says(
        "http://x/p#grüße",
        "does not begin like a poll's (it reads “grüße”)",
    );
    says("http://x/p%23section-2", "(it reads “section-2”)");
    let token = link(false).token();
    says(&token[..40], "40 of 72 characters");
    says(
        &format!("http://x/p#{} please", &token[..40]),
        "40 of 72 characters",
    );
    let mut changed = token.clone().into_bytes();
    changed[20] = if changed[20] == b'A' { b'B' } else { b'A' };
    says(
        core::str::from_utf8(&changed).unwrap(),
        "a character in it is wrong",
    );
    for end in [false, true] {
        let mut bytes = Base64UrlUnpadded::decode_vec(&token[..72]).unwrap();
        bytes.truncate(bytes.len() - 4);
        bytes[0] = 9;
        bytes.extend(check(&bytes));
        let token = Base64UrlUnpadded::encode_string(&bytes) + if end { "z" } else { "" };
        for text in [
            token.clone(),
            format!("(http://x/p#{token})."),
            format!("x/p%23{token}"),
        ] {
            assert_eq!(
                Link::parse(&text).err(),
                Some(BadLink::OtherVersion(9)),
                "{text}"
            );
        }
    }
}

#[test]
fn no_error_repeats_the_secret_part_of_a_token() {
    let token = link(true).token();
    let secret = &token[45..];
    for start in 0..40 {
        for text in [
            &token[start..token.len() - 5],
            &format!("http://x/p#{}", &token[start + 1..110]),
        ] {
            let error = Link::parse(text).err().unwrap().to_string();
            for piece in secret.as_bytes().windows(12) {
                let piece = core::str::from_utf8(piece).unwrap();
                assert!(!error.contains(piece), "{error}");
            }
        }
    }
}
