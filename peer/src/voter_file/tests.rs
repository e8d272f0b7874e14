use super::*;
use crate::random;

const POLL: PollId = PollId([7; 32]);

fn reopened(path: &Path) -> Result<VoterFile, VoterFileError> {
    match VoterFile::open(path, POLL, || Ok(SigningKey::from(random::bytes()?))) {
        Ok(file) => Ok(file),
        Err(Failure::VoterFile(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_ballot_that_is_appended_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let mut file = reopened(&path).unwrap();
    assert!(!path.exists(), "there is no file before the first ballot");
    file.append(b"first").unwrap();
    file.append(b"second").unwrap();
    let seed = file.seed;
    drop(file);
    let file = reopened(&path).unwrap();
    assert_eq!(
        (file.seed, file.ballots()),
        (seed, &[b"first".to_vec(), b"second".to_vec()][..])
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_voter_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let mut file = reopened(&path).unwrap();
    for ballot in [b"first", b"later"] {
        file.append(ballot).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn two_runs_cannot_use_one_voter_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let (mut first, mut second) = (reopened(&path).unwrap(), reopened(&path).unwrap());
    first.append(b"first").unwrap();
    assert!(
        matches!(second.append(b"other"), Err(VoterFileError::InUse { .. })),
        "another run made the file first"
    );
    assert!(matches!(reopened(&path), Err(VoterFileError::InUse { .. })));
    first.append(b"second").unwrap();
    assert!(
        matches!(reopened(&path), Err(VoterFileError::InUse { .. })),
        "its replacement is locked too"
    );
    drop(first);
    assert_eq!(reopened(&path).unwrap().ballots().len(), 2);
}

#[test]
fn what_is_no_voter_file_of_this_poll_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let (poll, seed) = ("07".repeat(32), "01".repeat(32));
    for text in [
        "hello".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"poll":"{poll}","seed":"01","ballots":[]}}"#),
        format!(r#"{{"poll":"07","seed":"{seed}","ballots":[]}}"#),
        format!(r#"{{"poll":"{poll}","seed":"{seed}","ballots":["xy"]}}"#),
        format!(
            r#"{{"poll":"{poll}","seed":"{seed}","ballots":[{}]}}"#,
            vec![r#""00""#; 257].join(",")
        ),
        format!(
            r#"{{"poll":"{poll}","seed":"{seed}","ballots":["{}"]}}"#,
            "0".repeat(2_000_000)
        ),
    ] {
        fs::write(&path, &text).unwrap();
        assert!(
            matches!(reopened(&path), Err(VoterFileError::Broken { .. })),
            "{:.100}",
            text
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(
        reopened(&path),
        Err(VoterFileError::Broken { .. })
    ));
    let other = format!(
        r#"{{"poll":"{}","seed":"{seed}","ballots":[]}}"#,
        "08".repeat(32)
    );
    fs::write(&path, other).unwrap();
    assert!(matches!(
        reopened(&path),
        Err(VoterFileError::OtherPoll { .. })
    ));
}

#[test]
fn an_empty_file_and_one_that_is_cut_off_are_refused_with_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let mut file = reopened(&path).unwrap();
    file.append(&[7; 100]).unwrap();
    drop(file);
    let whole = fs::read_to_string(&path).unwrap();
    for end in 0..whole.len() - 2 {
        fs::write(&path, &whole[..end]).unwrap();
        let error = reopened(&path).unwrap_err();
        let says = error.to_string();
        if end == 0 {
            assert!(matches!(error, VoterFileError::Empty { .. }), "{says}");
            assert!(says.contains("remove it"), "{says}");
        } else {
            assert!(
                matches!(error, VoterFileError::CutOff { .. }),
                "{end}: {says}"
            );
            assert!(says.contains("restore it from a copy"), "{says}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), whole[..end]);
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(reopened(&path).is_ok(), "only the line's end is missing");
}

#[cfg(unix)]
#[test]
fn a_file_behind_links_is_one_file_with_one_lock_and_the_links_stay() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (there, here) = (folder.path().join("there"), folder.path().join("here"));
    fs::create_dir(&there).unwrap();
    symlink(&there, &here).unwrap();
    let real = there.join("me.json");
    let (link, second) = (folder.path().join("link"), folder.path().join("second"));
    // Also while there is no file yet.
    symlink("here/me.json", &link).unwrap();
    symlink(&link, &second).unwrap();
    let mut file = reopened(&second).unwrap();
    for ballot in [b"first", b"later"] {
        file.append(ballot).unwrap();
        for path in [&real, &here.join("me.json"), &link, &second] {
            assert!(
                matches!(reopened(path), Err(VoterFileError::InUse { .. })),
                "{}",
                path.display()
            );
        }
    }
    drop(file);
    for path in [&link, &second] {
        assert!(fs::symlink_metadata(path).unwrap().is_symlink());
        assert_eq!(reopened(path).unwrap().ballots().len(), 2);
    }
    assert!(fs::symlink_metadata(&real).unwrap().is_file());
    assert_eq!(fs::read_dir(&there).unwrap().count(), 1);

    let round = folder.path().join("round");
    symlink(&round, &round).unwrap();
    assert!(matches!(reopened(&round), Err(VoterFileError::Disk { .. })));
}

#[cfg(unix)]
#[test]
fn a_file_of_several_names_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    reopened(&path).unwrap().append(b"first").unwrap();
    let other = folder.path().join("other.json");
    fs::hard_link(&path, &other).unwrap();
    for path in [&path, &other] {
        assert!(matches!(
            reopened(path),
            Err(VoterFileError::SeveralNames { names: 2, .. })
        ));
    }
    fs::remove_file(&other).unwrap();
    assert_eq!(reopened(&path).unwrap().ballots().len(), 1);
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file_is_refused_at_once() {
    use std::os::unix::net::UnixListener;
    let folder = tempfile::tempdir().unwrap();
    let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let _listener = UnixListener::bind(&socket).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    for (path, expected) in [
        (folder.path(), "a folder"),
        (&pipe, "a pipe"),
        (&socket, "a socket"),
        (Path::new("/dev/null"), "a device"),
        (&link, "a device"),
    ] {
        match reopened(path) {
            Err(VoterFileError::NotAFile { what, .. }) => assert_eq!(what, expected),
            other => panic!("{}: {other:?}", path.display()),
        }
    }
}

#[test]
fn a_first_ballot_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    let path = inner.join("me.json");
    let mut file = reopened(&path).unwrap();
    fs::remove_dir(&inner).unwrap();
    assert!(matches!(
        file.append(b"first"),
        Err(VoterFileError::Disk { .. })
    ));
    assert!(file.ballots().is_empty());
    fs::create_dir(&inner).unwrap();
    file.append(b"first").unwrap();
    let nowhere = inner.join("none").join("me.json");
    assert!(matches!(
        reopened(&nowhere),
        Err(VoterFileError::Disk { .. })
    ));
}

#[cfg(unix)]
#[test]
fn what_took_the_place_of_the_file_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("me.json");
    let mut file = reopened(&path).unwrap();
    file.append(b"first").unwrap();
    fs::rename(&path, folder.path().join("moved.json")).unwrap();
    assert!(matches!(
        file.append(b"next"),
        Err(VoterFileError::InUse { .. })
    ));
    fs::write(&path, "another's").unwrap();
    assert!(matches!(
        file.append(b"next"),
        Err(VoterFileError::InUse { .. })
    ));
    assert_eq!(fs::read_to_string(&path).unwrap(), "another's");
}
