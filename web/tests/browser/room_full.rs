//! The relay lets no more into a room: whoever is left out reads why, and comes in when somebody
//! leaves.

use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;

#[tokio::test]
async fn who_finds_the_room_full_reads_so_and_comes_in_when_somebody_leaves() {
    let mut stage = Stage::with_relay(&["--max-room-size", "2"]).await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&SUMMER).await;
    let first = stage.browser.tab("first").await;
    first.join(&links.voters).await;
    first.shows("connection", "1 other here").await;

    // Somebody who has not got the poll yet.
    let newcomer = stage.another_browser().await.tab("newcomer").await;
    newcomer.open(&links.voters).await;
    let says = newcomer.says("waiting", "room is full").await;
    assert!(!says.contains("not in reach"), "{says}");
    // Somebody who had it, and was away.
    first.click("go-offline").await;
    newcomer.read("choice-0").await;
    first.click("go-offline").await;
    let says = first.says("offline-banner", "room is full").await;
    assert!(!says.contains("not in reach"), "{says}");
    first.vote(1).await;
    first.says("offline-banner", "waiting here").await;

    newcomer.click("go-offline").await;
    // It keeps trying by itself.
    first.shows("connection", "1 other here").await;
    chair.counts(1, &[0, 1, 0]).await;
    stage.close().await;
}
