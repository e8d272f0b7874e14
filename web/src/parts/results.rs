//! What this tab counts: in words, as bars or as a table, and what others say to it.

use std::rc::Rc;

use election_core::ballots::Return;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::words;
use yew::prelude::*;

use super::count::Count;
use crate::engine::snapshot::Agreement;
use crate::words::{leader, others, text};

/// What was counted.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The precinct that was counted, in a poll that has them.
    #[prop_or_default]
    pub precinct: Option<AttrValue>,
    /// Whether the chair struck this very return.
    #[prop_or_default]
    pub struck: bool,
    /// The count.
    pub tally: Return,
    /// This tab's own marks, if its vote counts.
    pub mine: Option<Choice>,
    /// What others say to it.
    pub agree: Agreement,
    /// What two tabs compare.
    pub state_hash: [u8; 32],
}

/// The results so far.
#[component]
pub fn Results(props: &Props) -> Html {
    let Props {
        poll, tally, mine, ..
    } = props;
    let heading = match &props.precinct {
        None => AttrValue::from(text::results::title()),
        Some(name) => text::results::title_of(name).into(),
    };
    html! {
        <section class="card" aria-labelledby="results">
            <div class="row apart">
                <h2 id="results">{ &heading }</h2>
                <span class="row tags">
                    // This tab holds its own precinct in full.
                    if props.struck {
                        <span class="tag bad">{ text::grade::struck() }</span>
                    } else if props.precinct.is_some() {
                        <span class="tag good">{ text::grade::folded() }</span>
                    }
                    <span class="tag">{ text::common::provisional() }</span>
                </span>
            </div>
            if props.struck {
                <p class="note bad" data-test="struck-notice">{ text::results::struck() }</p>
            }
            <p class="lead" data-test="leader">{ leader::sentence(poll.options(), &tally.counts, poll.method().most_marks(tally.counted)) }</p>
            <Count poll={Rc::clone(poll)} total={tally.clone()} mine={*mine} by_option={props.precinct.is_some()} caption={heading} test="result" />
            { facts(props) }
        </section>
    }
}

fn facts(props: &Props) -> Html {
    let fact = |name: &str, value: u64| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <dl class="facts">
            <div><dt>{ text::results::counted() }</dt><dd data-test="results-total">{ props.tally.counted }</dd></div>
            if props.tally.revoked > 0 { { fact(text::results::revoked(), props.tally.revoked) } }
            if props.tally.spoiled > 0 { { fact(text::results::spoiled(), props.tally.spoiled) } }
            <div>
                <dt>{ text::results::agree() }</dt>
                <dd data-test="agree">
                    { others::agreement(props.agree) }
                </dd>
            </div>
            <div class="wide">
                <dt>{ text::results::code() }</dt>
                <dd class="code" data-test="result-code">{ words::code(&props.state_hash).join(" ") }</dd>
            </div>
        </dl>
    }
}
