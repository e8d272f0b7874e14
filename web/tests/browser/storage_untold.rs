//! A tab that stored a ballot and told nobody: another tab of that browser finds it and sends it,
//! when somebody looks at it and when the first one ends.

use crate::harness::page::ORDINARY;
use crate::harness::stage::Stage;

/// Neither the browser's other tabs nor anybody else hears of this tab.
const MUTE: &str =
    "BroadcastChannel.prototype.postMessage = () => {}; WebSocket.prototype.send = () => {};";

/// This tab notices nothing of what people do with it.
const DEAF: &str = "window.deaf = true; \
    for (const hint of ['visibilitychange', 'focus', 'pageshow', 'resume', 'online', 'offline']) \
        addEventListener(hint, event => { if (deaf) event.stopImmediatePropagation(); }, true);";
/// Somebody looks at it, once.
const LOOK: &str = "window.deaf = false; \
    Object.defineProperty(document, 'visibilityState', { value: 'visible' }); \
    document.dispatchEvent(new Event('visibilitychange')); \
    window.deaf = true;";

#[tokio::test]
async fn what_a_tab_stored_and_told_nobody_is_found_by_another() {
    let mut stage = Stage::open().await;
    let chair = stage.browser.tab("chair").await;
    let links = chair.make_poll(&ORDINARY).await;
    let phone = stage.another_browser().await;
    let (mute, stays) = (phone.tab("mute").await, phone.tab("stays").await);
    for tab in [&mute, &stays] {
        tab.join(&links.voters).await;
    }
    mute.run(MUTE, &[]).await;
    stays.run(DEAF, &[]).await;
    mute.vote(1).await;
    for tab in [&stays, &chair] {
        tab.counts(0, &[0, 0, 0]).await;
    }
    stays.run(LOOK, &[]).await;
    for tab in [&stays, &chair] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    stays
        .shows("voted", "You voted for Porto in this browser")
        .await;

    // Nobody looks any more; but that somebody left the room is heard.
    mute.vote(2).await;
    for tab in [&stays, &chair] {
        tab.counts(1, &[0, 1, 0]).await;
    }
    mute.close().await;
    for tab in [&stays, &chair] {
        tab.counts(1, &[0, 0, 1]).await;
    }
    stage.close().await;
}
