//! The count: in words, as bars, and as a table.

use std::rc::Rc;

use election_core::canvass::Return;
use election_core::poll::choice::Choice;
use election_core::poll::genesis::Genesis;
use election_core::poll::words;
use yew::prelude::*;

use crate::words::{leader, percent};

/// What was counted.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The count.
    pub tally: Return,
    /// This tab's own marks, if its vote counts.
    pub mine: Option<Choice>,
    /// How many others agree, of how many.
    pub agree: (usize, usize),
    /// What two tabs compare.
    pub state_hash: [u8; 32],
}

/// The results so far.
#[component]
pub fn Results(props: &Props) -> Html {
    let as_table = use_state(|| false);
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |_: MouseEvent| as_table.set(!*as_table))
    };
    let Props { poll, tally, .. } = props;
    // The most marks first, else as in the poll.
    let mut order: Vec<usize> = (0..poll.options().len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(tally.counts[index]));
    html! {
        <section class="card" aria-labelledby="results">
            <div class="row apart">
                <h2 id="results">{ "Results so far" }</h2>
                <span class="tag">{ "provisional" }</span>
            </div>
            <p class="lead" data-test="leader">{ leader::sentence(poll.options(), &tally.counts, tally.counted) }</p>
            if *as_table { { table(props, &order) } } else { { bars(props, &order) } }
            <div>
                <button type="button" class="btn small quiet" onclick={toggle}>
                    { if *as_table { "Show as bars" } else { "Show as a table" } }
                </button>
            </div>
            { facts(props) }
        </section>
    }
}

fn bars(props: &Props, order: &[usize]) -> Html {
    let Props { poll, tally, .. } = props;
    let leaders: Vec<usize> = leader::leaders(&tally.counts).collect();
    html! {
        <ul class="result">
            { for order.iter().map(|&index| {
                let count = tally.counts[index];
                html! {
                    <li key={index} class={classes!("bar", leaders.contains(&index).then_some("lead"))}>
                        <b>{ &poll.options()[index] }</b>
                        <span class="n">
                            <b data-test={format!("result-{index}")}>{ count }</b>
                            { " · " }{ percent::text(count, tally.counted) }{ " %" }
                        </span>
                        <div class="track" aria-hidden="true">
                            <div class="fill" style={format!("width:{}%", percent::share(count, tally.counted))} />
                        </div>
                        if props.mine.is_some_and(|mine| mine.marks(index)) { <span class="mine">{ "your vote" }</span> }
                    </li>
                }
            }) }
        </ul>
    }
}

fn table(props: &Props, order: &[usize]) -> Html {
    let Props { poll, tally, .. } = props;
    html! {
        <table data-test="results-table">
            <caption class="unseen">{ "Results so far" }</caption>
            <thead><tr><th scope="col">{ "Option" }</th><th scope="col" class="n">{ "Votes" }</th><th scope="col" class="n">{ "Share" }</th></tr></thead>
            <tbody>
                { for order.iter().map(|&index| {
                    let count = tally.counts[index];
                    html! {
                        <tr key={index}>
                            <th scope="row">
                                { &poll.options()[index] }
                                if props.mine.is_some_and(|mine| mine.marks(index)) { <span class="mine">{ " (your vote)" }</span> }
                            </th>
                            <td class="n" data-test={format!("result-{index}")}>{ count }</td>
                            <td class="n">{ percent::text(count, tally.counted) }{ " %" }</td>
                        </tr>
                    }
                }) }
            </tbody>
        </table>
    }
}

fn facts(props: &Props) -> Html {
    let (agree, others) = props.agree;
    let fact = |name: &str, value: u64| {
        html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
    };
    html! {
        <dl class="facts">
            <div><dt>{ "Ballots counted" }</dt><dd data-test="results-total">{ props.tally.counted }</dd></div>
            if props.tally.revoked > 0 { { fact("Revoked", props.tally.revoked) } }
            if props.tally.spoiled > 0 { { fact("Spoiled", props.tally.spoiled) } }
            <div>
                <dt>{ "Tabs that agree" }</dt>
                <dd data-test="agree">
                    { if others == 0 { "none in reach".to_owned() } else { format!("{agree} of {others}") } }
                </dd>
            </div>
            <div class="wide">
                <dt>{ "Result code: tabs with the same four words hold the same ballots" }</dt>
                <dd class="code" data-test="result-code">{ words::code(&props.state_hash).join(" ") }</dd>
            </div>
        </dl>
    }
}
