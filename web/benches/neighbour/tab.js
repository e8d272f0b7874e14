// A poll as an entry for each tab in a shared map: the least that shows the same.
import * as Y from 'yjs';
import { WebsocketProvider } from 'y-websocket';

const at = hook => document.querySelector(`[data-test="${hook}"]`);
const poll = new Y.Doc();
const votes = poll.getMap('votes');
// Between the tabs of one browser it would not take the network: this is about the network.
const provider = new WebsocketProvider(location.origin.replace('http', 'ws'), 'poll', poll, { disableBc: true });
provider.on('status', ({ status }) => { at('connection').textContent = status; });

const me = String(Math.random());
at('vote').addEventListener('click', () => {
  votes.set(me, [0, 1, 2].find(option => at(`choice-${option}`).checked));
});
votes.observe(() => {
  const counts = [0, 0, 0];
  for (const option of votes.values()) counts[option] += 1;
  counts.forEach((count, option) => { at(`result-${option}`).textContent = count; });
});
