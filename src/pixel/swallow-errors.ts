/** Whatever fails in here fails alone: the page has a shop to run. */
export function swallowErrors<G extends unknown[], R>(run: (...given: G) => R): (...given: G) => R | undefined {
  return (...given) => {
    try {
      return run(...given);
    } catch {} // nobody can mend it here
  };
}
