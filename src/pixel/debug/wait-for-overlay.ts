/**
 * Loads the overlay before it starts the pixel, in a tab with a session of the dashboard or a token for one. Without either it starts the
 * pixel at once, and so it does when the overlay cannot be loaded. The import has the nonce of the pixel's own script.
 */
export function waitForOverlay(start: (overlay?: unknown) => unknown, script: HTMLScriptElement): unknown {
  try {
    if (/convey_debug/.test(location.href + Object.keys(sessionStorage)))
      return import(/* @vite-ignore */ new URL('overlay.js', script.src).href).then(start, start);
  } catch {} // a sandboxed page has no storage
  return start();
}
