const maxEvents = 5_000;
const maxBytes = 16 * 1_048_576;

/** One request's share of what is in flight. Both `take…` say whether there was room; `release` gives all of it back, once. */
export interface Share {
  takeBytes(bytes: number): boolean;
  takeEvents(events: number): boolean;
  release(): void;
}

/** What is read and not yet durable, over all requests. */
export interface InFlight {
  /** `undefined` where there is no room for another request. */
  enter(): Share | undefined;
}

/** Bounded to 5,000 events and 16 MiB. */
export function inFlight(): InFlight {
  let events = 0;
  let bytes = 0;
  return {
    enter() {
      if (events >= maxEvents || bytes >= maxBytes) return undefined;
      let ownEvents = 0;
      let ownBytes = 0;
      return {
        takeBytes(count) {
          if (bytes + count > maxBytes) return false;
          bytes += count;
          ownBytes += count;
          return true;
        },
        takeEvents(count) {
          if (events + count > maxEvents) return false;
          events += count;
          ownEvents += count;
          return true;
        },
        release() {
          events -= ownEvents;
          bytes -= ownBytes;
          ownEvents = 0;
          ownBytes = 0;
        },
      };
    },
  };
}
