//! The page and the replica with a command line are in one poll.

use crate::harness::page::SUMMER;
use crate::harness::peer::peer;
use crate::harness::stage::Stage;

#[tokio::test]
async fn a_vote_from_the_command_line_is_shown_and_counted_alike() {
    let stage = Stage::open().await;
    let (chair, voter) = (
        stage.browser.tab("chair").await,
        stage.browser.tab("voter").await,
    );
    let links = chair.make_poll(&SUMMER).await;
    voter.join(&links.voters).await;
    voter.vote(0).await;
    chair.counts(1, &[1, 0, 0]).await;

    let voted = peer(&["vote", &links.voters, "--choice", "Porto"]);
    assert!(voted["seen_by"].as_u64().unwrap() >= 1, "{voted}");
    for tab in [&chair, &voter] {
        tab.counts(2, &[1, 1, 0]).await;
    }

    let tally = peer(&["tally", &links.voters]);
    assert_eq!(tally["counted"], 2, "{tally}");
    assert_eq!(tally["options"][1]["name"], "Porto");
    assert_eq!(tally["options"][1]["count"], 1);
    assert_eq!(
        tally["state_hash"],
        chair.state_hash().await,
        "native and in the browser"
    );

    let revoked = peer(&[
        "revoke",
        &links.chair,
        "--ballot",
        voted["ballot"].as_str().unwrap(),
        "--reason",
        "A test vote",
    ]);
    assert_eq!(revoked["reason"], "A test vote");
    for tab in [&chair, &voter] {
        tab.counts(1, &[1, 0, 0]).await;
        tab.says("log", "A test vote").await;
    }
    stage.close().await;
}
