//! The replica's inside, for those who want to see how it works.

use std::rc::Rc;

use election_core::replica::view::Stats;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::cover::Cover;
use crate::engine::host::Host;
use crate::engine::snapshot::{Inside, InsideCanvass, Snapshot};
use crate::words::amounts::{ago, bytes, count};
use crate::words::precinct;

/// What is looked into.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Whose inside.
    pub host: Host,
    /// The poll as of now.
    pub now: Rc<Snapshot>,
    /// When it is closed.
    pub on_close: Callback<()>,
}

/// The drawer. It takes the focus when it opens; Escape closes it.
#[component]
pub fn Inspector(props: &Props) -> Html {
    let Props {
        host,
        now,
        on_close,
    } = props;
    let heading = use_node_ref();
    {
        let heading = heading.clone();
        use_effect_with(host.clone(), move |host| {
            host.want(|wants| wants.inside = true);
            if let Some(heading) = heading.cast::<HtmlElement>() {
                let _ = heading.focus();
            }
            let host = host.clone();
            move || host.want(|wants| wants.inside = false)
        });
    }
    let cover = use_mut_ref(|| None::<Cover>);
    {
        let cover = cover.clone();
        use_effect_with((), move |()| {
            cover.replace(Cover::new());
            move || drop(cover.take())
        });
    }
    let on_close = {
        let close = on_close.clone();
        Callback::from(move |()| {
            // First, so that the page can take the focus back.
            drop(cover.take());
            close.emit(());
        })
    };
    let escape = {
        let close = on_close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    let close = {
        let close = on_close.clone();
        Callback::from(move |_: MouseEvent| close.emit(()))
    };
    html! {
        <aside class="drawer" aria-labelledby="inspector" onkeydown={escape} data-test="inspector">
            <div class="row apart">
                <h2 id="inspector" ref={heading} tabindex="-1">{ "This tab's replica" }</h2>
                <button type="button" class="dismiss" aria-label="Close the inspector" onclick={close}>{ "✕" }</button>
            </div>
            { inside(now) }
        </aside>
    }
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
        || ("Others heard of".to_owned(), "Since".to_owned()),
        |own| {
            (
                format!("Others heard of in {own}'s room"),
                format!("{own}'s room since"),
            )
        },
    );
    html! {
        <>
            <dl class="lines">
                { line("Replica, until the page closes", inside.replica.to_string()) }
                { line("Name on this device", inside.local.clone()) }
                <div><dt>{ "Voter's key" }</dt><dd class="code" data-test="voter-key">{ now.voter.map(|key| key.to_string()) }</dd></div>
                { line("Ops held", inside.ops.to_string()) }
                <div><dt>{ "State hash" }</dt><dd class="code" data-test="state-hash">{ hex(&state) }</dd></div>
                { line("Digest, sent with every frame", format!("{} + {} ops", hex(&state[..16]), inside.ops)) }
                { line("Saved on this device", if now.stored && now.unsaved.is_none() { "yes" } else { "no" }.to_owned()) }
            </dl>
            { canvass(now, inside) }
            <h3>{ format!("{heard}: {}", inside.peers.len()) }</h3>
            if !inside.peers.is_empty() {
                <div class="scroll" tabindex="0" role="group" aria-label={heard}>
                <table>
                    <thead><tr><th scope="col">{ "Replica" }</th><th scope="col">{ "Agrees" }</th><th scope="col" class="n">{ "Ops" }</th><th scope="col">{ "Heard" }</th></tr></thead>
                    <tbody>{ for inside.peers.iter().take(50).map(|peer| html! {
                        <tr key={peer.replica.to_string()}>
                            <th scope="row" class="code">{ &peer.replica.to_string()[..8] }</th>
                            <td>{ match (peer.agrees, peer.syncing) { (true, _) => "yes", (_, true) => "comparing", _ => "no" } }</td>
                            <td class="n">{ peer.ops }</td>
                            <td>{ ago(inside.at - peer.heard) }</td>
                        </tr>
                    }) }</tbody>
                </table>
                </div>
            }
            <h3>{ format!("Held back: {}", inside.held_back.len()) }</h3>
            if !inside.held_back.is_empty() {
                <ul class="held">{ for inside.held_back.iter().take(20).map(|held| html! {
                    <li><span class="code">{ &held.id.to_string()[..8] }</span>{ " waits for " }{ &held.waits_for }</li>
                }) }</ul>
            }
            <h3>{ format!("{since} the page was opened") }</h3>
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
        None => "not in it: others of this precinct are".to_owned(),
        Some(0) => "in it, alone".to_owned(),
        Some(others) => format!("in it, with {}", count(u64::from(others), "other")),
    };
    let known = [
        ("Claims of returns", canvass.claims.to_string()),
        ("Signatures under them", canvass.attestations.to_string()),
        ("Disputes", canvass.disputes.to_string()),
        ("Claims that wait for others", canvass.waiting.to_string()),
        ("Waiting to be passed on", canvass.queued.to_string()),
        ("The council's room", council),
    ];
    html! {
        <>
            <h3>{ "Precincts held in full" }</h3>
            <table data-test="held">
                <thead><tr><th scope="col">{ "Precinct" }</th><th scope="col" class="n">{ "Ops" }</th><th scope="col" class="n">{ "Ballots" }</th></tr></thead>
                <tbody>{ for canvass.held.iter().map(|held| html! {
                    <tr key={held.precinct.0}>
                        <th scope="row">{ precinct::name(poll.precincts(), held.precinct) }</th>
                        <td class="n">{ held.ops }</td><td class="n">{ held.ballots }</td>
                    </tr>
                }) }</tbody>
            </table>
            <h3>{ "Of the others, only known" }</h3>
            <dl class="lines" data-test="known">{ for known.into_iter().map(|(name, value)| line(name, value)) }</dl>
            <details>
                <summary>{ "The council's room since the page was opened" }</summary>
                <dl class="lines">{ for of_council(canvass).into_iter().map(|(name, value)| line(name, value)) }</dl>
            </details>
        </>
    }
}

fn of_council(canvass: &InsideCanvass) -> Vec<(&'static str, String)> {
    let (stats, kept) = (&canvass.council, &canvass.counters);
    let frames = |frames: u64, of_bytes: u64| format!("{frames} ({})", bytes(of_bytes));
    let mut lines = vec![
        ("Frames out", frames(stats.frames_out, stats.bytes_out)),
        ("Frames in", frames(stats.frames_in, stats.bytes_in)),
    ];
    let numbers = [
        ("Returns that this tab stated", stats.proposed),
        ("Returns that it attested", stats.attested),
        ("Returns that it disputed", stats.disputed),
        ("Claims and disputes that were news", stats.news),
        ("Claims and disputes that were known", stats.known),
        ("Frames before the poll was here", stats.too_early),
        ("Frames that do not open", stats.unsealed),
        ("Messages that break a rule", stats.malformed),
        ("Wrong signatures", stats.bad_signatures),
        ("From connections that sent one", stats.muted),
        ("Not passed on: too much waited", stats.queue_dropped),
        ("Summaries not answered", stats.unanswered),
        ("Claims left behind by newer ones", kept.older),
        ("Claims crowded out by better ones", kept.crowded_out),
        ("Claims of struck returns", kept.struck),
        ("Claims of precincts that are none", kept.foreign),
        ("Waiting claims dropped", kept.dropped),
        ("Disputes dropped", kept.disputes_dropped),
    ];
    lines.extend(numbers.map(|(name, number)| (name, number.to_string())));
    lines
}

fn counters(stats: &Stats, unsent: u64) -> Vec<(&'static str, String)> {
    vec![
        (
            "Frames out",
            format!("{} ({})", stats.frames_out, bytes(stats.bytes_out)),
        ),
        (
            "Frames in",
            format!("{} ({})", stats.frames_in, bytes(stats.bytes_in)),
        ),
        (
            "Dropped unsent: the line was slow or gone",
            unsent.to_string(),
        ),
        ("Frames that do not open", stats.unsealed.to_string()),
        ("Frames that break the layout", stats.malformed.to_string()),
        ("Ops that break a rule", stats.invalid_ops.to_string()),
        ("Wrong signatures", stats.bad_signatures.to_string()),
        (
            "Frames from connections that sent one",
            stats.muted.to_string(),
        ),
        ("Ops that were here already", stats.duplicates.to_string()),
        (
            "Ballots of other precincts, not kept",
            stats.foreign.to_string(),
        ),
        ("Ops without room", stats.full.to_string()),
        ("Dropped while held back", stats.held_dropped.to_string()),
        (
            "Not passed on, left to comparing",
            stats.gossip_dropped.to_string(),
        ),
        ("Comparisons that ended well", stats.syncs.to_string()),
        ("Comparisons given up", stats.syncs_failed.to_string()),
    ]
}
