//! What crosses between precincts: revocations, strikes, and the counting of others' ballots.

use crate::harness::canvass::{WARDS, all_canvass};
use crate::harness::page::SUMMER;
use crate::harness::stage::Stage;
use crate::harness::wards::{HARBOUR, NORTH, OLD_TOWN, Wards};

const REASON: &str = "Voted in two halls";

#[tokio::test]
async fn a_revocation_crosses_to_other_precincts() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    let [_, voter] = wards.of(HARBOUR);
    let absent = wards.of(OLD_TOWN);
    for tab in absent {
        tab.go_offline().await;
    }

    let chair = wards.chair();
    let name = voter.voter().await;
    chair.audit(HARBOUR).await;
    chair.revoke(&name, REASON).await;
    voter.says("revoked-notice", REASON).await;
    let present = wards.without(OLD_TOWN);
    all_canvass(&present, &[1, 0, 1], &[1, 0, 1]).await;
    for tab in &present {
        let log = tab.says("log", REASON).await;
        assert!(log.contains(&name), "{}: {log}", tab.name());
    }
    for tab in absent {
        tab.canvasses(&[Some(1); 3], &[1, 1, 1]).await;
        tab.click("go-offline").await;
    }
    all_canvass(&wards.all(), &[1, 0, 1], &[1, 0, 1]).await;
    for tab in absent {
        tab.says("log", REASON).await;
        assert_eq!(tab.number("revoked-notice").await, 0, "it is another's");
    }

    voter.vote(0).await;
    voter.lacks("revoked-notice").await;
    all_canvass(&wards.all(), &[1, 1, 1], &[2, 0, 1]).await;
    chair.shows("grade-1", "folded").await;
    stage.close().await;
}

#[tokio::test]
async fn a_revocation_reaches_a_precinct_that_was_offline_as_a_whole() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    let (chair, away) = (wards.chair(), wards.of(HARBOUR));
    let name = away[1].voter().await;
    chair.audit(HARBOUR).await;
    for tab in away {
        tab.go_offline().await;
    }
    away[0].vote(2).await;
    chair.revoke(&name, REASON).await;
    // The chair holds the ballots. The others go by what the precinct said last, until it is back.
    let without = [Some(1), Some(0), Some(1)];
    chair.canvasses(&without, &[1, 0, 1]).await;
    for tab in wards.of(OLD_TOWN) {
        tab.says("log", REASON).await;
        tab.canvasses(&[Some(1); 3], &[1, 1, 1]).await;
    }
    let own_vote = [Some(1), Some(2), Some(1)];
    away[0].canvasses(&own_vote, &[1, 1, 2]).await;

    for tab in away {
        tab.click("go-offline").await;
    }
    away[1].says("revoked-notice", REASON).await;
    all_canvass(&wards.all(), &[1, 1, 1], &[1, 0, 2]).await;
    assert_eq!(away[0].number("revoked-notice").await, 0, "it is another's");
    stage.close().await;
}

#[tokio::test]
async fn a_struck_return_counts_for_nothing_until_its_precinct_has_other_ballots() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    let away = wards.of(OLD_TOWN);
    // What a member said before the vote, an empty return, would still stand when the newer one is
    // struck.
    for tab in wards.without(OLD_TOWN) {
        tab.says("grade-2", "by 2").await;
    }
    for tab in away {
        tab.go_offline().await;
    }
    wards.chair().strike(OLD_TOWN, REASON).await;
    for tab in wards.without(OLD_TOWN) {
        let counted = [Some(1), Some(1), None];
        tab.canvasses(&counted, &[1, 1, 0]).await;
        tab.shows("grade-2", "struck").await;
        tab.shows("canvass-reporting", "2 of 3 precincts report")
            .await;
        let log = tab.says("log", REASON).await;
        assert!(log.contains(WARDS[OLD_TOWN]), "the log says whose: {log}");
    }

    away[0].vote(2).await;
    for tab in away {
        tab.click("go-offline").await;
    }
    all_canvass(&wards.all(), &[1, 1, 2], &[1, 1, 2]).await;
    for tab in wards.all() {
        // What happened stays on the record.
        tab.says("precinct-2", "1 return struck").await;
        tab.says("log", REASON).await;
    }

    // Whether the members are there or not: what they hold is struck, until one of them votes.
    wards.chair().strike(HARBOUR, REASON).await;
    for tab in wards.all() {
        tab.canvasses(&[Some(1), None, Some(2)], &[1, 0, 2]).await;
        tab.shows("grade-1", "struck").await;
    }
    wards.of(HARBOUR)[0].says("struck-notice", "struck").await;
    wards.of(HARBOUR)[0].vote(0).await;
    all_canvass(&wards.all(), &[1, 2, 2], &[2, 1, 2]).await;
    stage.close().await;
}

#[tokio::test]
async fn nothing_is_struck_without_a_reason_or_by_another_than_the_chair() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    // One form at a time: the chair is never to wonder which of two they are writing in.
    for strike in ["strike-2", "strike-1"] {
        wards.chair().click(strike).await;
        wards.chair().mentions("Why do you strike").await;
    }
    wards.chair().mentions("this return of Harbour?").await;
    assert_eq!(wards.chair().number("strike-reason").await, 1);
    wards.chair().click("strike-confirm").await;
    wards.chair().says("strike-error", "reason").await;
    for tab in wards.all().split_off(1) {
        for precinct in NORTH..=OLD_TOWN {
            let hook = format!("strike-{precinct}");
            assert_eq!(tab.number(&hook).await, 0, "{}: `{hook}`", tab.name());
        }
    }
    all_canvass(&wards.all(), &[1, 1, 1], &[1, 1, 1]).await;
    stage.close().await;
}

#[tokio::test]
async fn whoever_counts_another_precinct_follows_it_until_they_stop() {
    let stage = Stage::open().await;
    let wards = Wards::open(&stage).await;
    wards.vote().await;
    let auditor = wards.of(OLD_TOWN)[0];
    auditor.audit(HARBOUR).await;
    auditor.go_offline().await;
    wards.of(HARBOUR)[0].vote(0).await;
    let later = [Some(1), Some(2), Some(1)];
    wards.chair().canvasses(&later, &[2, 1, 1]).await;
    auditor.canvasses(&[Some(1); 3], &[1, 1, 1]).await;
    auditor.click("go-offline").await;
    auditor.canvasses(&later, &[2, 1, 1]).await;
    auditor.shows("grade-1", "folded").await;
    assert_eq!(
        auditor.number("ballots-table").await,
        0,
        "who counts is not the chair"
    );

    auditor.click("audit-1").await;
    auditor
        .until("the grade of what was heard", async || {
            let grade = auditor.text("grade-1").await?;
            (grade.starts_with("claimed") || grade.starts_with("attested by ")).then_some(())
        })
        .await;
    all_canvass(&wards.all(), &[1, 2, 1], &[2, 1, 1]).await;
    stage.close().await;
}

#[tokio::test]
async fn a_tab_counts_four_other_precincts_at_the_most() {
    let stage = Stage::open().await;
    let tab = stage.browser.tab("auditor").await;
    tab.write_poll(&SUMMER).await;
    tab.click("make-places-automatic").await;
    tab.fill("make-precinct-number", "8").await;
    tab.click("make-submit").await;
    tab.read("canvass").await;
    let mut others = Vec::new();
    for precinct in 0..8 {
        let hook = format!("audit-{precinct}");
        if tab.number(&hook).await == 1 {
            others.push(hook);
        }
    }
    assert_eq!(others.len(), 7, "all but the own one");
    for other in &others[..4] {
        tab.click(other).await;
        tab.shows(other, "Stop").await;
    }
    tab.mentions("Nobody of it is here yet").await;
    tab.click(&others[4]).await;
    tab.says("audit-error", "4 precincts").await;
    tab.shows(&others[4], "Count it myself").await;
    tab.click(&others[0]).await;
    tab.shows(&others[0], "Count it myself").await;
    tab.click(&others[4]).await;
    tab.shows(&others[4], "Stop").await;
    tab.lacks("audit-error").await;
    stage.close().await;
}
