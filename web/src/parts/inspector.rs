//! The replica's inside, for those who want to see how it works.

use std::rc::Rc;

use election_core::replica::view::Stats;
use yew::prelude::*;

use crate::engine::host::Host;
use crate::engine::snapshot::{Inside, InsideCanvass, Snapshot};
use crate::words::amounts::{ago, bytes};
use crate::words::text::inspector as text;
use crate::words::{explain, precinct};

/// What is looked into.
#[derive(Clone, Properties, PartialEq)]
pub struct Props {
    /// Whose inside.
    pub host: Host,
    /// The poll as of now.
    pub now: Rc<Snapshot>,
}

/// What is in there, which is worked out for as long as it is looked at.
#[component]
pub fn Inspector(props: &Props) -> Html {
    use_effect_with(props.host.clone(), |host| {
        host.want(|wants| wants.inside = true);
        let host = host.clone();
        move || host.want(|wants| wants.inside = false)
    });
    inside(&props.now)
}

fn inside(now: &Snapshot) -> Html {
    let Some(inside) = &now.inside else {
        return html! { <p>{ "…" }</p> };
    };
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let state = now.state_hash.unwrap_or_default();
    // With precincts there are two rooms; what follows is of the precinct's.
    let own = now.poll.as_ref().zip(now.precinct);
    let own = own.map(|(poll, own)| precinct::name(poll.precincts(), own));
    let (heard, since) = own.map_or_else(
        || (text::heard_of().to_owned(), text::since().to_owned()),
        |own| (text::heard_of_in(&own), text::since_in(&own)),
    );
    let is_saved = now.stored && now.unsaved.is_none();
    html! {
        <>
            <dl class="lines">
                { line(text::replica(), inside.replica.to_string()) }
                { line(text::local(), inside.local.clone()) }
                <div><dt>{ text::voter_key() }</dt><dd class="code" data-test="voter-key">{ now.voter.map(|key| key.to_string()) }</dd></div>
                { line(text::ops_held(), inside.ops.to_string()) }
                <div><dt>{ text::state_hash() }</dt><dd class="code" data-test="state-hash">{ hex(&state) }</dd></div>
                { line(text::digest(), text::digest_says(&hex(&state[..16]), inside.ops)) }
                { line(text::saved(), if is_saved { text::yes() } else { text::no() }.to_owned()) }
            </dl>
            { canvass(now, inside) }
            <h3>{ text::heard_number(&heard, inside.peers.len()) }</h3>
            if !inside.peers.is_empty() {
                <div class="scroll" tabindex="0" role="group" aria-label={heard}>
                <table>
                    <thead><tr><th scope="col">{ text::peer() }</th><th scope="col">{ text::agrees() }</th><th scope="col" class="n">{ text::ops() }</th><th scope="col">{ text::heard() }</th></tr></thead>
                    <tbody>{ for inside.peers.iter().take(50).map(|peer| html! {
                        <tr key={peer.replica.to_string()}>
                            <th scope="row" class="code">{ &peer.replica.to_string()[..8] }</th>
                            <td>{ match (peer.agrees, peer.syncing) { (true, _) => text::yes(), (_, true) => text::comparing(), _ => text::no() } }</td>
                            <td class="n">{ peer.ops }</td>
                            <td>{ ago(inside.at - peer.received) }</td>
                        </tr>
                    }) }</tbody>
                </table>
                </div>
            }
            <h3>{ text::held_back(inside.held_back.len()) }</h3>
            if !inside.held_back.is_empty() {
                <ul class="held">{ for inside.held_back.iter().take(20).map(|held| html! {
                    <li>{ text::waits_for(html! { <span class="code">{ &held.id.to_string()[..8] }</span> }, &explain::dependency(&held.waits_for)) }</li>
                }) }</ul>
            }
            <h3>{ since }</h3>
            <dl class="lines">{ for counters(&inside.stats, inside.unsent).into_iter().map(|(name, value)| line(name, value)) }</dl>
        </>
    }
}

fn line(name: &str, value: String) -> Html {
    html! { <div><dt>{ name }</dt><dd class="code">{ value }</dd></div> }
}

/// In a poll with precincts: what this tab holds in full, and what it only knows.
fn canvass(now: &Snapshot, inside: &Inside) -> Html {
    let (Some(canvass), Some(poll)) = (&inside.canvass, &now.poll) else {
        return Html::default();
    };
    let council = match now.canvass.as_ref().and_then(|canvass| canvass.council) {
        None => text::council_out().to_owned(),
        Some(0) => text::council_alone().to_owned(),
        Some(others) => text::council_in(others),
    };
    let known = [
        (text::claims(), canvass.claims.to_string()),
        (text::attestations(), canvass.attestations.to_string()),
        (text::disputes(), canvass.disputes.to_string()),
        (text::queued(), canvass.queued.to_string()),
        (text::council(), council),
    ];
    html! {
        <>
            <h3>{ text::precincts_held() }</h3>
            <table data-test="held">
                <thead><tr><th scope="col">{ text::precinct() }</th><th scope="col" class="n">{ text::ops() }</th><th scope="col" class="n">{ text::ballots() }</th></tr></thead>
                <tbody>{ for canvass.held.iter().map(|held| html! {
                    <tr key={held.precinct.0}>
                        <th scope="row">{ precinct::name(poll.precincts(), held.precinct) }</th>
                        <td class="n">{ held.ops }</td><td class="n">{ held.ballots }</td>
                    </tr>
                }) }</tbody>
            </table>
            <h3>{ text::only_known() }</h3>
            <dl class="lines" data-test="known">{ for known.into_iter().map(|(name, value)| line(name, value)) }</dl>
            <details>
                <summary>{ text::council_since() }</summary>
                <dl class="lines">{ for of_council(canvass).into_iter().map(|(name, value)| line(name, value)) }</dl>
            </details>
        </>
    }
}

fn of_council(canvass: &InsideCanvass) -> Vec<(&'static str, String)> {
    let (stats, kept) = (&canvass.council, &canvass.counters);
    let mut lines = vec![
        (
            text::frames_out(),
            frames(stats.frames_out, stats.bytes_out),
        ),
        (text::frames_in(), frames(stats.frames_in, stats.bytes_in)),
    ];
    let numbers = [
        (text::stated(), stats.proposed),
        (text::attested(), stats.attested),
        (text::disputed(), stats.disputed),
        (text::news(), stats.news),
        (text::known(), stats.known),
        (text::too_early(), stats.too_early),
        (text::unsealed(), stats.unsealed),
        (text::malformed_messages(), stats.malformed),
        (text::bad_signatures(), stats.bad_signatures),
        (text::muted(), stats.muted),
        (text::queue_dropped(), stats.queue_dropped),
        (text::unanswered(), stats.unanswered),
        (text::crowded_out(), kept.crowded_out),
        (text::disputes_dropped(), kept.disputes_dropped),
    ];
    lines.extend(numbers.map(|(name, number)| (name, number.to_string())));
    lines
}

/// So many frames, and how much that was.
fn frames(number: u64, of_bytes: u64) -> String {
    text::frames(number, &bytes(of_bytes))
}

fn counters(stats: &Stats, unsent: u64) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        (
            text::frames_out(),
            frames(stats.frames_out, stats.bytes_out),
        ),
        (text::frames_in(), frames(stats.frames_in, stats.bytes_in)),
    ];
    let numbers = [
        (text::unsent(), unsent),
        (text::unsealed(), stats.unsealed),
        (text::malformed_frames(), stats.malformed),
        (text::invalid_ops(), stats.invalid_ops),
        (text::bad_signatures(), stats.bad_signatures),
        (text::muted_frames(), stats.muted),
        (text::duplicates(), stats.duplicates),
        (text::foreign(), stats.foreign),
        (text::no_room(), stats.full),
        (text::held_dropped(), stats.held_dropped),
        (text::gossip_dropped(), stats.gossip_dropped),
        (text::syncs(), stats.syncs),
        (text::syncs_failed(), stats.syncs_failed),
    ];
    lines.extend(numbers.map(|(name, number)| (name, number.to_string())));
    lines
}
