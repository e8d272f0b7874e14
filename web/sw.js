// The service worker: the page opens and reloads with no network and no relay.
//
// A template. `cargo xtask post-build` fills in the two marked constants at build time and writes the
// result beside the built files. A build's files never change, so a cache belongs to one build.
//
// What a network gives need not be this app: a hotel's login page comes with 200 under any address, a
// proxy sends an error or nothing. So each file is kept only if it is what the build made, and a page
// is shown only if it says that it is this app. Anything else leaves what is kept as it is.
"use strict";

// The name of this build's cache, derived from what the build holds.
const PREFIX = "election-voter-";
const CACHE = PREFIX + "__BUILD__";
// The page ("./") and every file that it needs, each with the SHA-256 of what it holds.
const FILES = { "__FILES__": "" };
// What index.html says of itself: another version of the app says it too.
const MARK = '<meta name="application-name" content="Election Voter">';
// How long a navigation waits for the network before the kept page answers, in milliseconds.
const PATIENCE = 3000;
// What is the relay's alone: never kept, never answered from here.
const RELAY = ["/relay/", "/healthz"];

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== CACHE))
      // The newest of them stays: tabs of that build may still want what they have not fetched.
      .then((old) => Promise.all(old.slice(0, -1).map((name) => caches.delete(name))))
      .then(() => self.clients.claim())
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (RELAY.some((prefix) => url.pathname.startsWith(prefix))) return;
  event.respondWith(request.mode === "navigate" ? page(request) : file(request));
});

// All files of this build, or none: with one that is not what the build made, the build before stays.
async function keepAll() {
  const all = await Promise.all(Object.entries(FILES).map(async ([file, hash]) => {
    // "no-cache" asks the server whether the browser's own copy is still right: what the first visit
    // has fetched a moment ago is not fetched twice, and an old page is never kept.
    const response = await fetch(file, { cache: "no-cache" });
    const bytes = await response.clone().arrayBuffer();
    if (!isWell(response) || await digest(bytes) !== hash) {
      throw new Error(`${file} is not what this build made`);
    }
    return [file, response];
  }));
  const cache = await caches.open(CACHE);
  await Promise.all(all.map(([file, response]) => cache.put(file, response)));
}

// The newest page if the network is quick and gives this app, else the kept one.
async function page(request) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(request, { signal: patience.signal });
    const text = await response.clone().text();
    if (isWell(response) && text.includes(MARK)) return response;
  } catch {
    // No network, no relay, or too slow: the kept page answers.
  } finally {
    clearTimeout(timer);
  }
  return (await kept("./")) ?? fetch(request);
}

// A file's name carries a hash of what it holds, so a kept one is as good as a new one.
async function file(request) {
  return (await kept(request)) ?? (await caches.match(request)) ?? fetch(request);
}

function isWell(response) {
  return response.ok && !response.redirected && response.type === "basic";
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function kept(request) {
  const cache = await caches.open(CACHE);
  return cache.match(request);
}
