//! One precinct in the canvass: its count, how far that can be trusted, and what can be done about
//! it.

use std::rc::Rc;

use election_core::ballots::Return;
use election_core::board::ReturnId;
use election_core::board::canvassed::Part;
use election_core::ids::PrecinctId;
use election_core::poll::genesis::Genesis;
use yew::prelude::*;

use super::focus;
use super::reason::{Closed, Reason, Taken};
use super::tone::tone;
use crate::engine::host::Host;
use crate::engine::snapshot::AuditView;
use crate::words::text::{common, precincts as text};
use crate::words::{grade, marks, precinct, refusal};

/// What is known of it.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Who counts it.
    pub host: Host,
    /// The poll.
    pub poll: Rc<Genesis>,
    /// The precinct.
    pub part: Part,
    /// Whether it is this tab's own.
    pub own: bool,
    /// How far this tab is with counting it, if it does.
    pub audit: Option<AuditView>,
    /// What the chair can strike, in the chair's tab.
    pub return_id: Option<ReturnId>,
    /// What the chair is about to strike here, as it was shown when the form opened: another return
    /// may be shown by the time the reason is written.
    pub striking: Option<ReturnId>,
    /// Opens the form for a precinct, and closes that of any other.
    pub strike: UseStateSetter<Option<(PrecinctId, ReturnId)>>,
}

/// The row, and under it the form that strikes.
#[component]
pub fn PrecinctRow(props: &Props) -> Html {
    let Props {
        poll, part, own, ..
    } = props;
    let error = use_state(|| None::<String>);
    let name = precinct::name(poll.precincts(), part.precinct);
    let id = part.precinct.0;
    let close = {
        let strike = props.strike.clone();
        Callback::from(move |closed: Closed| {
            match closed {
                Closed::Kept => focus::on(&format!("#strike-{id}")),
                Closed::Done => focus::on("#precincts"),
            }
            strike.set(None);
        })
    };
    let ask = {
        let strike = props.strike.clone();
        let asked = props.return_id.filter(|_| props.striking.is_none());
        let asked = asked.map(|return_id| (part.precinct, return_id));
        Callback::from(move |_: MouseEvent| strike.set(asked))
    };
    let (shown, counted) = part.shown.as_ref().map_or_else(
        || (Html::default(), "–".to_owned()),
        |shown| (votes(poll, &shown.total), shown.total.counted.to_string()),
    );
    let graded = part.shown.as_ref().map(|shown| shown.grade);
    html! {
        <>
            <tr role="row" data-test={format!("precinct-{id}")}>
                <th scope="row" role="rowheader">
                    { &name }
                    if *own { <span class="mine">{ " " }{ text::your_precinct() }</span> }
                </th>
                <td role="cell" class="votes">{ shown }</td>
                <td role="cell" class="n counted">if part.shown.is_some() { <span class="label" aria-hidden="true">{ text::counted_beside() }{ " " }</span> }{ counted }</td>
                <td role="cell" class="graded">
                    <span class={classes!("tag", tone(graded), (graded.is_none() && part.struck > 0).then_some("bad"))}
                        data-test={format!("grade-{id}")}>{ grade::tag(part) }</span>
                    { for grade::marks(part).into_iter().map(|mark| html! { <>{ " " }<span class="tag bad">{ mark }</span></> }) }
                </td>
                <td role="cell" class="act">
                    if !*own { { audit(props, &name, &error) } }
                    if props.return_id.is_some() {
                        <button type="button" class="btn small quiet" onclick={ask} aria-expanded={props.striking.is_some().to_string()}
                            aria-label={text::strike_which(&name)} id={format!("strike-{id}")}
                            data-test={format!("strike-{id}")}>{ text::strike() }</button>
                    }
                </td>
            </tr>
            if let Some(return_id) = props.striking {
                <tr><td colspan="5">
                    if props.return_id != Some(return_id) {
                        <p class="note" role="status">{ changed(props.return_id) }</p>
                    }
                    <Reason host={props.host.clone()} on_close={close}
                        taken={Taken::Return { precinct: part.precinct, name: name.into(), return_id }} />
                </td></tr>
            }
        </>
    }
}

/// What is said when what is shown is not what is about to be struck.
fn changed(shown: Option<ReturnId>) -> &'static str {
    match shown {
        Some(_) => text::another_shown(),
        None => text::none_shown(),
    }
}

/// The marks as one bar, and in words: both in the poll's order and each option in its colour, so
/// that the rows can be compared.
fn votes(poll: &Genesis, here: &Return) -> Html {
    let all: u64 = here.counts.iter().sum();
    if all == 0 {
        return html! { <span class="small">{ text::no_marks() }</span> };
    }
    let named = marks::in_short(&here.counts);
    let full = marks::in_full(poll.options(), &here.counts);
    let segments = here.counts.iter().enumerate();
    html! {
        <>
            <div class="stacked" aria-hidden="true">
                { for segments.filter(|(_, marks)| **marks > 0).map(|(option, &marks)| html! {
                    <i class={marks::colour(option)} style={format!("flex-grow:{}", share(marks, all))} />
                }) }
            </div>
            <span class="small" aria-hidden="true" title={full.clone()}>
                { for named.places.iter().filter_map(|&option| Some(html! {
                    <span class="of"><i class={marks::colour(option)} />{ common::marks(poll.options().get(option)?, here.counts[option]) }{ " " }</span>
                })) }
                if named.others > 0 { { common::others(named.others as u64) } }
            </span>
            <span class="unseen">{ full }</span>
        </>
    }
}

/// In thousandths, and at least one: a mark is to be seen.
fn share(marks: u64, all: u64) -> u64 {
    (u128::from(marks) * 1000 / u128::from(all.max(1))).max(1) as u64
}

/// Counting it here: the button, how far that is, and why it cannot be.
fn audit(props: &Props, name: &str, error: &UseStateHandle<Option<String>>) -> Html {
    let (host, precinct) = (props.host.clone(), props.part.precinct);
    let toggle = {
        let (error, running) = (error.setter(), props.audit.is_some());
        Callback::from(move |_: MouseEvent| {
            if running {
                host.end_audit(precinct);
                error.set(None);
            } else {
                let refused = host.audit(precinct).err();
                error.set(refused.map(refusal::says));
            }
        })
    };
    // What is heard begins with what is seen: who speaks to the page says the latter.
    let (label, says) = if props.audit.is_some() {
        (text::stop(), text::stop_which(name))
    } else {
        (text::count(), text::count_which(name))
    };
    html! {
        <>
            { props.audit.map(|audit| progress(&audit)) }
            // One button in both states, so that it keeps the focus.
            <button type="button" class="btn small quiet" onclick={toggle} aria-label={says}
                data-test={format!("audit-{}", precinct.0)}>{ label }</button>
            <span class="unseen" role="status">
                if props.audit.is_some_and(|audit| audit.complete) { { text::is_counted(name) } }
            </span>
            if let Some(error) = &**error { <p class="error" role="alert" data-test="audit-error">{ error }</p> }
        </>
    }
}

fn progress(audit: &AuditView) -> Html {
    let (says, fetched) = match (audit.complete, audit.syncing, audit.others) {
        (true, ..) => (text::counted_here(audit.ballots), None),
        (_, Some((received, total)), _) if received < total => {
            (text::fetched(received, total), Some((received, total)))
        }
        (_, _, None) => (text::dialling().to_owned(), None),
        (_, _, Some(0)) => (text::nobody().to_owned(), None),
        (_, _, Some(_)) => (text::comparing(audit.ballots), None),
    };
    html! {
        <span class="small way-of-audit">
            { &says }
            if let Some((received, total)) = fetched {
                <progress value={received.to_string()} max={total.to_string()} aria-label={says} />
            }
        </span>
    }
}
