/** Returns a function that ignores its errors, so that a fault of the pixel does not affect the page. */
export function swallowErrors<G extends unknown[], R>(run: (...input: G) => R): (...value: G) => R | undefined {
  return (...raw) => {
    try {
      return run(...raw);
    } catch {} // the page cannot handle it
  };
}
