//! The check at the end of every test sees what it is there for.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::stage::Stage;
use crate::harness::tab::PATIENCE;

#[tokio::test]
async fn what_goes_wrong_in_any_tab_is_found_on_the_console() {
    let stage = Stage::open().await;
    let (front, behind) = (
        stage.browser.tab("front").await,
        stage.browser.tab("behind").await,
    );
    behind.open("/").await;
    front.open("/").await;
    front.read("home-make").await;
    assert_eq!(stage.browser.console_errors().await, Vec::<String>::new());
    // An inline script is what the content security policy is there to stop.
    let inline = "const script = document.createElement('script'); script.textContent = 'window.ran = true'; \
        document.body.append(script); return window.ran ?? false";
    assert_eq!(
        behind.run(inline, &[]).await,
        json!(false),
        "the policy stops inline scripts"
    );
    front
        .run("setTimeout(() => { throw new Error('uncaught') })", &[])
        .await;
    let mut found = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while !["Content Security Policy", "uncaught"]
        .iter()
        .all(|part| found.iter().any(|error: &String| error.contains(part)))
    {
        assert!(
            Instant::now() < deadline,
            "only these are on the console: {found:#?}"
        );
        found.extend(stage.browser.console_errors().await);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    stage.close().await;
}
