import type { PageFields } from './commands.ts';

/**
 * The command that reports a page view. A part may replace it. The second argument is the previous URL of a navigation on the page; a call
 * of the page's own has none.
 */
export type PageCommand = { page: (fields?: PageFields, referrer?: string) => unknown };

/** Returns the URL without a plain anchor. A fragment that holds a route is part of it. */
function route(): string {
  return location.href.replace(/#(?![!/]).*/, '');
}

/**
 * Calls `view` for every page view after the first: a navigation by the History API or the Navigation API, with the previous URL, and a
 * return from the back-forward cache, without one. Returns a function that checks the URL at once, in case another script handled a navigation before the pixel did.
 */
export function watchPageViews(view: (referrer?: string) => void): () => void {
  let last = route();
  const check = () => {
    const before = last;
    last = route();
    if (last !== before) view(before);
  };
  for (const method of ['pushState', 'replaceState'] as const) {
    const original = history[method];
    history[method] = function (this: History, ...input) {
      original.apply(this, input);
      check();
    };
  }
  addEventListener('popstate', check);
  // Old browsers lack it.
  window.navigation?.addEventListener('currententrychange', check);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) view();
  });
  return check;
}
