import { type Clock, WakeSignal } from '../clock/clock.ts';
import type { SiteSubscription } from './delivery.ts';

/** The wake signals of those who follow a site's events and outcomes. */
export class SiteSubscriptions {
  readonly #clock: Clock;
  readonly #signals = new Map<string, Set<WakeSignal>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(site: string): SiteSubscription {
    const signal = new WakeSignal(this.#clock);
    const signals = this.#signals.get(site) ?? new Set();
    this.#signals.set(site, signals.add(signal));
    return { notify: () => signal.notify(), wait: (ms) => signal.wait(ms), end: () => void signals.delete(signal) };
  }

  notify(site: string): void {
    for (const signal of this.#signals.get(site) ?? []) signal.notify();
  }
}
