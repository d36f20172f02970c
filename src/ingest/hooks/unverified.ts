/** One request's bytes that nobody has verified yet. `release` gives them back, and may be called again. */
export interface Held {
  take(bytes: number): boolean;
  release(): void;
}

/** Of one caller: two of the largest bodies, which is far more than a shop sends at a time. */
const mostBytes = 4 * 1_048_576;

/**
 * A signature is of the whole body, so anybody's body is held until it is there. Each caller holds at most 4 MiB of them: whoever sends
 * slowly, or what no secret signed, takes no other's room.
 */
export function unverified(): (caller: string | undefined) => Held {
  const held = new Map<string, number>();
  return (caller) => {
    let own = 0;
    const add = (bytes: number) => {
      if (caller === undefined) return;
      own += bytes;
      const all = (held.get(caller) ?? 0) + bytes;
      if (all > 0) held.set(caller, all);
      else held.delete(caller);
    };
    return {
      take(bytes) {
        if (caller !== undefined && (held.get(caller) ?? 0) + bytes > mostBytes) return false;
        add(bytes);
        return true;
      },
      release: () => add(-own),
    };
  };
}
