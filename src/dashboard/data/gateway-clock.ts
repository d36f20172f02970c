/**
 * The gateway's clock, as its newest answer states it. Every time that the API returns is by this clock, so ages and periods are measured
 * by it: the browser's clock may be minutes off.
 */
export interface GatewayClock {
  /** Records the time that an answer states, on its arrival. Ignores an answer without one, such as a proxy's. */
  recordAnswer(time: string | null): void;
  /** Returns the gateway's time in UNIX milliseconds; the browser's until an answer states it. */
  now(): number;
  /** Converts a time of the browser's clock. */
  toGatewayTime(at: number): number;
}

export function createGatewayClock(readBrowserClock: () => number = Date.now): GatewayClock {
  let ahead = 0;
  const toGatewayTime = (at: number) => at + ahead;
  return {
    recordAnswer(time) {
      if (time !== null && /^\d{1,15}$/.test(time)) ahead = Number(time) - readBrowserClock();
    },
    now: () => toGatewayTime(readBrowserClock()),
    toGatewayTime,
  };
}

/** The clock of this page's gateway. Every request of the page reports to it. */
export const gatewayClock = createGatewayClock();
