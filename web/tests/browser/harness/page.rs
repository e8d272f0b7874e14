//! What people do with the page: make a poll, vote, read the result, revoke.

use serde_json::json;

use super::tab::Tab;

/// What a poll is made of.
pub struct Poll<'a> {
    /// The question.
    pub title: &'a str,
    /// The options as they are pasted, one a line.
    pub options: &'a str,
    /// Whether a voter may mark several.
    pub approval: bool,
    /// Whether each tab is a voter. Otherwise each browser is one, and other people are
    /// [`Stage::another_browser`](super::stage::Stage::another_browser).
    pub one_vote_a_tab: bool,
}

/// A poll of one choice, with three options, in which each tab is a voter: one browser plays many
/// people.
pub const SUMMER: Poll<'static> = Poll {
    title: "Where do we go this summer?",
    options: "Bergen\nPorto\nStay here",
    approval: false,
    one_vote_a_tab: true,
};

/// The same as people make it who want to know: each browser is a voter, however many tabs it
/// opens.
#[allow(dead_code)]
pub const ORDINARY: Poll<'static> = Poll {
    one_vote_a_tab: false,
    ..SUMMER
};

/// The links of a poll.
pub struct Links {
    /// For voters.
    pub voters: String,
    /// For the chair alone.
    pub chair: String,
}

/// What a tab shows of the result, all of it from one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Results {
    /// Ballots that count.
    pub total: String,
    /// The count of each option.
    pub counts: Vec<String>,
    /// The four words.
    pub code: String,
}

impl Tab {
    /// Fills in the form for a new poll.
    pub async fn write_poll(&self, poll: &Poll<'_>) {
        self.open("/make").await;
        self.fill("make-title", poll.title).await;
        self.fill("make-options", poll.options).await;
        if poll.approval {
            self.click("make-method-approval").await;
        }
        if poll.one_vote_a_tab {
            self.click("make-holder-tab").await;
        }
    }

    /// Makes a poll; the tab is its chair's desk afterwards.
    pub async fn make_poll(&self, poll: &Poll<'_>) -> Links {
        self.write_poll(poll).await;
        self.click("make-submit").await;
        self.links().await
    }

    /// The poll's links, from the chair's desk.
    pub async fn links(&self) -> Links {
        Links {
            voters: self.read("share-link").await,
            chair: self.chair_link().await,
        }
    }

    /// The chair's link, which the desk shows when it is asked, and hides again.
    pub async fn chair_link(&self) -> String {
        self.click("share-show-chair").await;
        let link = self.read("share-chair-link").await;
        self.click("share-show-chair").await;
        self.lacks("share-chair-link").await;
        link
    }

    /// Opens a poll's link and waits until the ballot paper is there.
    pub async fn join(&self, link: &str) -> &Self {
        self.open(link).await;
        self.read("choice-0").await;
        self
    }

    /// Marks an option and casts the ballot; waits until it is saved.
    pub async fn vote(&self, option: usize) {
        let before = self.text("receipt").await;
        self.click(&format!("choice-{option}")).await;
        self.click("vote").await;
        self.until("another receipt", async || {
            let after = self.text("receipt").await;
            (after.is_some() && after != before).then_some(())
        })
        .await;
        self.until("the vote to be saved", async || {
            let state = self.text("vote-state").await?;
            (!state.starts_with("Saving")).then_some(())
        })
        .await;
    }

    /// The name under which this tab votes.
    pub async fn voter(&self) -> String {
        self.read("voter-name").await
    }

    /// The result, as soon as there is one.
    pub async fn results(&self) -> Results {
        const SCRIPT: &str = "const at = hook => document.querySelector(`[data-test=\"${hook}\"]`)?.textContent.trim(); \
             const counts = []; \
             while (at(`result-${counts.length}`) !== undefined) counts.push(at(`result-${counts.length}`)); \
             return [at('results-total') ?? null, counts, at('result-code') ?? null];";
        self.until("a result", async || {
            let seen = self.run(SCRIPT, &[]).await;
            Some(Results {
                total: seen[0].as_str()?.to_owned(),
                counts: seen[1]
                    .as_array()?
                    .iter()
                    .filter_map(|count| Some(count.as_str()?.to_owned()))
                    .collect(),
                code: seen[2].as_str()?.to_owned(),
            })
        })
        .await
    }

    /// Waits until the tab counts that much for each option, and shows so many ballots in all.
    pub async fn counts(&self, total: u64, counts: &[u64]) {
        let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
        self.until(
            &format!("the result to be {counts:?} of {total}"),
            async || {
                let results = self.results().await;
                (results.total == total.to_string() && results.counts == counts).then_some(())
            },
        )
        .await;
    }

    /// The state hash, from the inspector, which is opened for it if it is closed.
    pub async fn state_hash(&self) -> String {
        if self.number("inspector").await == 0 {
            self.click("inspector-toggle").await;
        }
        self.until("a state hash", async || {
            self.text("state-hash")
                .await
                .filter(|hash| !hash.is_empty())
        })
        .await
    }

    /// As the chair: opens the form that revokes the ballot of that voter.
    pub async fn ask_to_revoke(&self, voter: &str) {
        self.ask_of_ballot("revoke", voter).await;
    }

    /// As the chair: presses the button that does `what` in the row of that voter's ballot.
    async fn ask_of_ballot(&self, what: &str, voter: &str) {
        const SCRIPT: &str = "const rows = document.querySelectorAll('[data-test=\"ballots-table\"] tr'); \
             const row = [...rows].find(row => row.querySelector('th')?.textContent.includes(arguments[0])); \
             return row?.querySelector(`[data-test^=\"${arguments[1]}-\"]`)?.dataset.test ?? null;";
        let hook = self
            .until(&format!("the ballot of {voter} in the table"), async || {
                let hook = self.run(SCRIPT, &[json!(voter), json!(what)]).await;
                hook.as_str().map(str::to_owned)
            })
            .await;
        self.click(&hook).await;
        self.read(&format!("{what}-reason")).await;
    }

    /// As the chair: bars that voter, of whom a ballot is here.
    pub async fn bar(&self, voter: &str, reason: &str) {
        self.ask_of_ballot("bar", voter).await;
        self.fill("bar-reason", reason).await;
        self.click("bar-confirm").await;
        self.lacks("bar-reason").await;
    }

    /// As the chair: revokes the ballot of that voter.
    pub async fn revoke(&self, voter: &str, reason: &str) {
        self.ask_to_revoke(voter).await;
        self.fill("revoke-reason", reason).await;
        self.click("revoke-confirm").await;
        self.lacks("revoke-reason").await;
    }

    /// From now on the browser's other tabs hear from this one half a second late, as from a page
    /// that is at work.
    pub async fn answers_late(&self) {
        const SCRIPT: &str = "const { postMessage } = BroadcastChannel.prototype; \
             BroadcastChannel.prototype.postMessage = function (text) { setTimeout(() => postMessage.call(this, text), 500); }";
        self.run(SCRIPT, &[]).await;
    }

    /// Waits until the service worker has the page: from then on it reloads with no network.
    pub async fn is_kept(&self) {
        let script = "return Boolean(navigator.serviceWorker.controller)";
        self.until("the service worker to take the page over", async || {
            self.run(script, &[]).await.as_bool()?.then_some(())
        })
        .await;
    }
}

/// Waits until all tabs show the same result, down to the state hash, and say that they agree.
pub async fn all_agree(tabs: &[&Tab]) -> Results {
    let [first, others @ ..] = tabs else {
        panic!("nobody to agree");
    };
    let others_of_each = tabs.len() - 1;
    for tab in tabs {
        tab.shows("agree", &format!("{others_of_each} of {others_of_each}"))
            .await;
    }
    // Nothing is cast while this looks, so what they agree on does not change in between.
    let (results, hash) = (first.results().await, first.state_hash().await);
    assert_eq!(hash.len(), 64, "a state hash has 32 bytes: {hash}");
    for tab in others {
        assert_eq!(
            tab.results().await,
            results,
            "{} and {}",
            tab.name(),
            first.name()
        );
        assert_eq!(
            tab.state_hash().await,
            hash,
            "{} and {}",
            tab.name(),
            first.name()
        );
    }
    results
}
