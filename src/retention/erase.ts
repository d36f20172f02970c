import type { Platform } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { beginning, type EventLog, type Offset } from '../log/log.ts';
import { type AttemptRecord, type ErasedAttempt, NoRoom, type Store } from '../store/store.ts';
import { describeError, type Logger } from '../telemetry.ts';
import { Finder, type FoundEvents } from './find.ts';
import { attemptPages, deadLetterPages, parts } from './pages.ts';
import type { Wanted } from './person.ts';
import { Received, type ReceivedBy } from './received.ts';
import { erasedVisitor } from './visitors.ts';

export interface EraserParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly platformOf: (connection: Connection) => Platform;
  /** Those of a site by now: one may be made while an erasure looks around. */
  readonly connectionsNow: (site: string) => readonly Connection[];
  readonly now: () => UnixMs;
  /** Does the work while no pump of the site has anything in hand. `stopping`: the pumps are being stopped, and it was not begun. */
  readonly whileStill: <T>(site: string, work: () => Promise<T>) => Promise<T | 'stopping'>;
  readonly logger: Logger;
}

/** What an erasure took away, or would take away. */
export interface ErasureReport {
  readonly dryRun: boolean;
  readonly events: number;
  /** Further reports of the same events. */
  readonly copies: number;
  readonly signals: number;
  /** Visitors whose facts and links went. */
  readonly visitors: number;
  readonly deadLetters: number;
  /** Requests out of whose stored body something was taken. */
  readonly attempts: number;
  /** Who else has events of the person. */
  readonly received: readonly ReceivedBy[];
  /** Traces are left on the disk, because the store could not be written anew. The next erasure of the site ends this one. */
  readonly unfinished?: true;
}

/** Why nothing was erased: another erasure of the site runs, the disk has no room to write the store anew, or the gateway stops. */
export type ErasureRefused = 'busy' | 'no-room' | 'stopping';

export interface Eraser {
  erase(site: Site, wanted: Wanted, dryRun: boolean): Promise<ErasureReport | ErasureRefused>;
  /** How many records and requests the running erasure of the site has looked at. */
  looked(site: Site): number | undefined;
}

export interface RunningEraser extends Eraser {
  /** Ends those that only look, refuses further ones, and waits up to `graceMs` for those that erase. */
  stop(graceMs: number): Promise<void>;
}

const redactedAtOnce = 500;
/** How long the log is waited for before it is asked again, each time. */
const redactAgainAfterMs = [100, 300, 900];

/**
 * Takes from the log what an erasure that was cut off had still to take from it. The rest of that erasure waits for the next one of
 * its site, because which platforms have events of the person is told from what is left.
 */
export async function redactErased(sites: readonly string[], log: EventLog, store: Store): Promise<void> {
  for (const site of sites) {
    for (const some of parts((await store.erasing(site)) ?? [], redactedAtOnce)) await log.redact(site, some);
  }
}

/** Erases one person at a time of each site. An erasure that was interrupted is finished by the next one of its site. */
export function makeEraser(options: EraserParts): RunningEraser {
  const { logger } = options;
  const running = new Map<string, { readonly erasing: Erasing; readonly ended: Promise<unknown> }>();
  const stopping = new AbortController();
  const run = async (erasing: Erasing, dryRun: boolean): Promise<ErasureReport | ErasureRefused> => {
    try {
      return await erasing.run(dryRun);
    } catch (error) {
      if (error instanceof NoRoom) {
        logger.error({ problem: error.message }, 'nothing was erased');
        return 'no-room';
      }
      if (stopping.signal.aborted && error === stopping.signal.reason) return 'stopping';
      throw error;
    }
  };
  return {
    looked: ({ id }) => running.get(id)?.erasing.finder.looked,
    async erase(site, wanted, dryRun) {
      if (stopping.signal.aborted) return 'stopping';
      if (running.has(site.id)) return 'busy';
      const erasing = new Erasing(site, wanted, { ...options, signal: stopping.signal });
      const ended = run(erasing, dryRun);
      running.set(site.id, { erasing, ended });
      try {
        const report = await ended;
        if (!dryRun && typeof report === 'object')
          logger.info({ site: site.id, by: wanted.key, ...report, received: report.received.length }, 'person erased');
        return report;
      } finally {
        running.delete(site.id);
      }
    },
    async stop(graceMs) {
      stopping.abort();
      const ended = Promise.allSettled([...running.values()].map((one) => one.ended));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    },
  };
}

class Erasing {
  readonly finder: Finder;
  readonly #o: EraserParts & { readonly signal: AbortSignal };
  readonly #site: Site;
  readonly #wanted: Wanted;

  constructor(site: Site, wanted: Wanted, options: EraserParts & { readonly signal: AbortSignal }) {
    const { log, store, signal } = options;
    this.#o = options;
    this.#site = site;
    this.#wanted = wanted;
    this.finder = new Finder(wanted, {
      site: site.id,
      log,
      store,
      unpack: (pump, body) => this.#platform(pump)?.unpack(body),
      signal,
    });
  }

  async run(dryRun: boolean): Promise<ErasureReport | 'stopping'> {
    const { whileStill } = this.#o;
    // Most is looked at while events flow; what came meanwhile is little.
    await this.finder.look(await this.#head());
    if (dryRun) return this.#report(await this.finder.events(), dryRun);
    return whileStill(this.#site.id, async () => {
      await this.finder.look(await this.#head());
      return this.#report(await this.finder.events(), dryRun);
    });
  }

  #platform(pump: string): Platform | undefined {
    const { id, connections } = this.#site;
    const known = [...this.#o.connectionsNow(id), ...connections].find((one) => pump === `${id}/${one.id}`);
    return known && this.#o.platformOf(known);
  }

  async #head(): Promise<Offset> {
    return (await this.#o.log.heads()).get(this.#site.id) ?? beginning;
  }

  async #report(found: FoundEvents, dryRun: boolean): Promise<ErasureReport> {
    const { store, now } = this.#o;
    const site = this.#site.id;
    const visitors = await this.#visitors();
    // An erasure that was interrupted has noted what it was about.
    const unfinished = await store.erasing(site);
    const offsets = new Set([...found.offsets, ...(unfinished ?? [])]);
    const deadLetters = await this.#countDeadLetters(offsets);
    if (!dryRun && (offsets.size > 0 || visitors.length > 0)) {
      await store.erase({ site, offsets: [...offsets], visitors, now: now() });
      for (const some of parts([...offsets], redactedAtOnce)) await this.#redact(some);
    }
    const received = new Received(this.#site);
    let attempts = 0;
    for await (const page of attemptPages(store, site)) {
      const touched = page.attempts.flatMap((attempt) => this.#without(attempt, offsets, found.opaqueAttempts, received));
      attempts += touched.length;
      if (!dryRun && touched.length > 0) await store.eraseAttempts(touched, now());
    }
    const isAny = offsets.size > 0 || visitors.length > 0 || attempts > 0 || unfinished !== undefined;
    const hasEnded = dryRun || !isAny || (await this.#end());
    const { events, copies, signals } = found;
    const counts = { events, copies, signals, visitors: visitors.length, deadLetters, attempts };
    return { dryRun, ...counts, received: received.all(), ...(!hasEnded && { unfinished: true }) };
  }

  /** The store has said that they are gone by now, so this is not given up at the first fault. */
  async #redact(offsets: readonly Offset[]): Promise<void> {
    for (const waitMs of redactAgainAfterMs) {
      try {
        return await this.#o.log.redact(this.#site.id, offsets);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    await this.#o.log.redact(this.#site.id, offsets);
  }

  /** Who has events of the person can be told only now, so a fault here must not cost the answer. */
  async #end(): Promise<boolean> {
    const { store, logger } = this.#o;
    try {
      await store.endErasure(this.#site.id);
      return true;
    } catch (error) {
      logger.error({ site: this.#site.id, error: describeError(error) }, 'an erasure could not be ended: ask for it again');
      return false;
    }
  }

  async #visitors() {
    const { store } = this.#o;
    const found = await Promise.all(
      parts([...this.finder.visitors], 500).map(async (some) => {
        const facts = await store.facts(this.#site.id, some);
        const links = Map.groupBy(await store.linksOf(this.#site.id, some), ({ visitor }) => visitor);
        const { names } = this.finder;
        return some.flatMap(
          (visitor) =>
            erasedVisitor(visitor, facts.get(visitor), links.get(visitor) ?? [], { names, wanted: this.#wanted }) ?? [],
        );
      }),
    );
    return found.flat();
  }

  async #countDeadLetters(offsets: ReadonlySet<Offset>): Promise<number> {
    let count = 0;
    for await (const letters of deadLetterPages(this.#o.store, this.#site.id))
      count += letters.filter(({ offset }) => offsets.has(offset)).length;
    return count;
  }

  /** The request without the person's payloads, where it holds any. */
  #without(
    attempt: AttemptRecord,
    gone: ReadonlySet<Offset>,
    opaque: ReadonlySet<string>,
    received: Received,
  ): readonly ErasedAttempt[] {
    const { id, pump, offsets, body } = attempt;
    const theirs = offsets.filter((offset) => gone.has(offset));
    if (theirs.length > 0) received.add(attempt, theirs);
    if (theirs.length === 0 && !opaque.has(id)) return [];
    const rest = offsets.filter((offset) => !gone.has(offset));
    const platform = this.#platform(pump);
    const payloads = platform?.unpack(body) ?? [];
    // One that cannot be taken apart goes whole.
    if (!platform || rest.length === 0 || payloads.length !== offsets.length) return [{ id, offsets: rest, body: '' }];
    const kept = payloads.filter((_, index) => !gone.has(offsets[index] ?? beginning));
    return [{ id, offsets: rest, body: platform.encode(kept).body }];
  }
}
