// Runs in a page before anything else: notes when the whole poll is counted, and the tasks that held the page up.
(() => {
  const bench = window.bench = { shown: null, ready: null, tasks: [] };
  const text = hook => document.querySelector(`[data-test="${hook}"]`)?.textContent;
  const observer = new PerformanceObserver(list => {
    for (const task of list.getEntries()) bench.tasks.push([task.startTime, task.duration]);
  });
  observer.observe({ type: 'longtask', buffered: true });
  new MutationObserver(() => {
    if (bench.ready === null && text('choice-0') !== undefined) bench.ready = performance.now();
    const counted = text('results-total')?.replace(/\D/g, '');
    if (bench.shown === null && counted === 'BALLOTS') bench.shown = performance.now();
  }).observe(document, { subtree: true, childList: true, characterData: true });
})();
