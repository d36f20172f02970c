/**
 * The part of a browser tag that notices a view without a document load. `watchNavigation(getUrl, onChange)` calls `onChange` after the URL
 * changed.
 */
export const tagNavigation = `
function watchNavigation(getUrl, onChange) {
  let last = getUrl();
  const check = () => setTimeout(() => {
    if (getUrl() === last) return;
    last = getUrl();
    onChange();
  });
  for (const name of ['pushState', 'replaceState']) {
    const native = history[name];
    history[name] = function (...given) {
      const done = native.apply(this, given);
      check();
      return done;
    };
  }
  addEventListener('popstate', check);
}
`;
