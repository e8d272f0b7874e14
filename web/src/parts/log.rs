//! What happened, newest first, and why anything in it counts or does not.

use std::rc::Rc;

use election_core::ids::{OpId, VoterKey};
use election_core::poll::genesis::Genesis;
use yew::prelude::*;

use super::name;
use super::receipt::ReceiptSearch;
use crate::engine::activity::{Cast, Entry, Happening};
use crate::engine::clock;
use crate::engine::host::Host;
use crate::words::amounts::count;
use crate::words::{explain, precinct};

/// How many entries are shown at first.
const SHORT: usize = 10;

/// The log and what is needed to read it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who can explain it.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The entries, oldest first.
    pub entries: Rc<Vec<Entry>>,
    /// Revocations that are not among them, because they are too many.
    pub older_revocations: u64,
    /// Who votes here.
    pub voter: VoterKey,
}

/// The log.
#[component]
pub fn Log(props: &Props) -> Html {
    let all = use_state(|| false);
    let number = props.entries.len();
    let shown = if *all { number } else { SHORT };
    let show = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <section class="card" aria-labelledby="log">
            <div class="row apart">
                <h2 id="log">{ "What happened" }</h2>
                if number > SHORT {
                    <button type="button" class="btn small quiet" onclick={show}>
                        { if *all { "Show the latest".to_owned() } else { format!("All {number} entries") } }
                    </button>
                }
            </div>
            if number == 0 {
                <p class="small">{ "Nothing yet. Every ballot, change and revocation is listed here, in every tab." }</p>
            }
            if number > 0 { <ReceiptSearch host={props.host.clone()} poll={Rc::clone(&props.poll)} /> }
            <ul class="log" data-test="log">
                { for props.entries.iter().rev().take(shown).map(|entry| line(props, entry)) }
            </ul>
            if props.older_revocations > 0 && *all {
                <p class="small">{ "Before these: " }{ count(props.older_revocations, "older revocation") }{ ", which the page has no room to list." }</p>
            }
        </section>
    }
}

/// One entry.
fn line(props: &Props, entry: &Entry) -> Html {
    let Props {
        host, poll, voter, ..
    } = props;
    let cast = |cast: &Cast| ballot(cast, poll, *voter);
    let (text, why) = match &entry.what {
        Happening::Ballot(one) => (cast(one), Some(one.id)),
        Happening::Batch { named, number: 1 } => (
            named.iter().map(cast).collect(),
            named.first().map(|one| one.id),
        ),
        Happening::Batch { named, number } => (
            html! {
                <details>
                    <summary>{ count(*number, "ballot") }{ " came in together" }</summary>
                    <ul>{ for named.iter().map(|one| html! { <li>{ cast(one) }</li> }) }</ul>
                    if *number > named.len() as u64 { <p class="small">{ format!("and {} more", number - named.len() as u64) }</p> }
                </details>
            },
            None,
        ),
        Happening::Revocation {
            id,
            voter: whose,
            choice,
            reason,
            precinct: of,
        } => (
            html! {
                <>
                    <span class="tag bad">{ "revoked" }</span>{ " " }
                    if let Some(choice) = choice { <span class="struck">{ explain::choice(*choice, poll) }</span>{ " from " } }
                    { name::voter(whose) }{ you(whose, voter) }
                    if let Some(of) = of { { format!(" of {}", precinct::name(poll.precincts(), *of)) } }
                    { ". The chair: “" }{ &**reason }{ "”" }
                </>
            },
            Some(*id),
        ),
        Happening::Strike {
            id,
            precinct: of,
            reason,
            ..
        } => (
            html! {
                <>
                    <span class="tag bad">{ "struck" }</span>{ " A return of " }<b>{ precinct::name(poll.precincts(), *of) }</b>
                    { ". The chair: “" }{ &**reason }{ "”" }
                </>
            },
            Some(*id),
        ),
        Happening::Dispute {
            precinct: of,
            by,
            number,
        } => (
            html! {
                <>
                    <span class="tag bad">{ "disputed" }</span>{ " What was claimed of " }<b>{ precinct::name(poll.precincts(), *of) }</b>
                    { match number {
                        1 => ": by ".to_owned(),
                        more => format!(": {more} times, last by "),
                    } }
                    { name::voter(by) }{ ", who votes there" }
                </>
            },
            None,
        ),
        Happening::Unknown(id) => (
            html! { <><span class="tag">{ "newer" }</span>{ " An entry that needs a newer version of this page" }</> },
            Some(*id),
        ),
    };
    html! {
        <li key={entry.serial} data-test="log-entry">
            <time datetime={clock::machine_time(entry.at)}>{ clock::time_of_day(entry.at) }</time>
            <div>
                { text }
                if let Some(id) = why { <Why host={host.clone()} op={id} /> }
            </div>
        </li>
    }
}

fn ballot(cast: &Cast, poll: &Genesis, voter: VoterKey) -> Html {
    html! {
        <>
            { name::voter(&cast.voter) }{ you(&cast.voter, &voter) }
            { if cast.seq == 0 { " voted " } else { " changed to " } }
            <b>{ explain::choice(cast.choice, poll) }</b>
            { " " }<span class="small code">{ name::receipt(&cast.id) }</span>
        </>
    }
}

fn you(whose: &VoterKey, voter: &VoterKey) -> &'static str {
    if whose == voter { " (you)" } else { "" }
}

#[derive(Properties, PartialEq)]
struct WhyProps {
    host: Host,
    op: OpId,
}

/// A button that asks why, and the answer as of the moment it was asked.
#[component]
fn Why(props: &WhyProps) -> Html {
    let answer = use_state(|| None::<String>);
    let onclick = {
        let (answer, host, op) = (answer.clone(), props.host.clone(), props.op);
        Callback::from(move |_: MouseEvent| {
            answer.set(if answer.is_some() {
                None
            } else {
                Some(explain::explain(&host.explain(op)))
            });
        })
    };
    html! {
        <>
            { " " }
            <button type="button" class="why" aria-expanded={answer.is_some().to_string()} {onclick}>{ "Why?" }</button>
            if let Some(answer) = &*answer { <p class="small answer" role="status">{ answer }</p> }
        </>
    }
}
