import { swallowErrors } from '../swallow-errors.ts';

/** The parameter of the page's address that holds a token of the dashboard, and the tab's key of its session. */
const name = 'convey_debug';

/**
 * Takes the token of the dashboard out of the page's address. Returns the tab's session: the token with a secret of the tab. Call it before
 * the pixel reads the address.
 */
export const takePageSession: () => string | undefined = swallowErrors(() => {
  const url = new URL(location.href);
  const token = url.searchParams.get(name);
  if (token) {
    url.searchParams.delete(name);
    history.replaceState(history.state, '', url);
    sessionStorage[name] = `${token}.${crypto.getRandomValues(new Uint8Array(16)).join('')}`;
  }
  return sessionStorage[name];
});

/** Ends the session of the tab. */
export const forgetPageSession = swallowErrors(() => {
  delete sessionStorage[name];
});
