// Keeps the page's text the page's own.
//
// Translators wrap each text on a page in a <font>: they put one with a copy in its place, or move the text into it.
// Yew goes on writing into the nodes that it made, which nobody sees any more, and fails where it looks for them: counts
// and leaders would stand still. The page asks not to be translated; for what does it anyway, this puts the nodes back.
"use strict";
(() => {
    // A translator may answer at once, for ever. So many rounds in so many milliseconds, then a rest.
    const ROUNDS = 10;
    const SPAN = 1000;

    const app = document.getElementById("app");
    const { insertBefore, removeChild } = Node.prototype;
    const isFont = node => node?.nodeName === "FONT";

    // What stands in our nodes' place, each with the nodes that it stands for; null as long as those are not known.
    const standIns = new Map();
    const behind = node => standIns.get(node) ?? [node];

    const read = records => {
        // Texts that were taken away, and nothing is in their place yet.
        const adrift = [];
        for (const { target, addedNodes, removedNodes, previousSibling, nextSibling } of records) {
            if (target.closest?.("font")) continue;
            if (addedNodes.length && removedNodes.length) {
                // Yew never does both at once.
                const [first, ...others] = addedNodes;
                standIns.set(first, [...removedNodes].flatMap(behind));
                for (const other of others) standIns.set(other, []);
            } else if (addedNodes.length) {
                for (const font of [...addedNodes].filter(isFont)) {
                    const place = text => text.target === target && text.previousSibling === previousSibling && text.nextSibling === nextSibling;
                    const at = adrift.findIndex(text => font.contains(text.node) || place(text));
                    standIns.set(font, at < 0 ? null : behind(adrift.splice(at, 1)[0].node));
                }
            } else {
                for (const node of removedNodes) {
                    if (node.nodeType !== Node.TEXT_NODE && !isFont(node)) continue;
                    const font = [previousSibling, nextSibling].find(sibling => standIns.get(sibling) === null);
                    if (font) standIns.set(font, behind(node));
                    else adrift.push({ node, target, previousSibling, nextSibling });
                }
            }
        }
    };

    // The newest first: a stand-in may stand for another.
    const putBack = () => {
        for (const [standIn, nodes] of [...standIns].reverse()) {
            const parent = standIn.parentNode;
            if (!parent || !app.contains(parent)) standIns.delete(standIn);
            else if (nodes) {
                for (const node of nodes)
                    if (!node.isConnected || standIn.contains(node)) insertBefore.call(parent, node, standIn);
                removeChild.call(parent, standIn);
                standIns.delete(standIn);
            }
        }
        // What was done just now is nobody else's.
        observer.takeRecords();
    };

    let rounds = 0;
    let began = 0;
    let resting = false;
    const observer = new MutationObserver(records => {
        read(records);
        if (!standIns.size || resting) return;
        const now = performance.now();
        if (now - began > SPAN) [began, rounds] = [now, 0];
        if (++rounds <= ROUNDS) return putBack();
        resting = true;
        setTimeout(() => {
            resting = false;
            read(observer.takeRecords());
            putBack();
        }, SPAN);
    });
    observer.observe(app, { childList: true, subtree: true });

    // Whoever works on our nodes finds them where they belong, in a rest too.
    const settle = parent => {
        if (!app.contains(parent)) return;
        read(observer.takeRecords());
        if (standIns.size) putBack();
    };
    Node.prototype.insertBefore = function (node, next) {
        if (node && !isFont(node)) settle(this);
        return insertBefore.call(this, node, next);
    };
    Node.prototype.removeChild = function (node) {
        settle(this);
        return removeChild.call(this, node);
    };
})();
