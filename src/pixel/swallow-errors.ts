/** Returns a function that ignores its errors, so that a fault of the pixel does not affect the page. */
export function swallowErrors<G extends unknown[], R>(run: (...given: G) => R): (...given: G) => R | undefined {
  return (...given) => {
    try {
      return run(...given);
    } catch {} // the page cannot handle it
  };
}
