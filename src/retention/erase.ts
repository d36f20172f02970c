import type { Platform } from '../destinations/kit/destination.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { beginning, type EventLog, type Offset } from '../log/log.ts';
import type { AttemptRecord, ErasedAttempt, Store } from '../store/store.ts';
import type { Logger } from '../telemetry.ts';
import { Finder, type FoundEvents } from './find.ts';
import { attemptPages, deadLetterPages, parts } from './pages.ts';
import type { Wanted } from './person.ts';
import { Received, type ReceivedBy } from './received.ts';
import { erasedVisitor } from './visitors.ts';

export interface EraserParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly platformOf: (connection: Connection) => Platform;
  readonly now: () => UnixMs;
  /** Does the work while no pump of the site has anything in hand. */
  readonly whileStill: <T>(site: string, work: () => Promise<T>) => Promise<T>;
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
}

export interface Eraser {
  /** `busy` while another erasure of the site runs. */
  erase(site: Site, wanted: Wanted, dryRun: boolean): Promise<ErasureReport | 'busy'>;
  /** How many records and requests the running erasure of the site has looked at. */
  looked(site: Site): number | undefined;
}

const redactedAtOnce = 500;

/** Erases one person at a time of each site. An erasure that was interrupted is finished by the next one of its site. */
export function makeEraser(options: EraserParts): Eraser {
  const running = new Map<string, Finder | undefined>();
  return {
    looked: ({ id }) => running.get(id)?.looked,
    async erase(site, wanted, dryRun) {
      if (running.has(site.id)) return 'busy';
      running.set(site.id, undefined);
      try {
        const erasing = new Erasing(site, wanted, options);
        running.set(site.id, erasing.finder);
        const report = await erasing.run(dryRun);
        if (!dryRun)
          options.logger.info({ site: site.id, by: wanted.key, ...report, received: report.received.length }, 'person erased');
        return report;
      } finally {
        running.delete(site.id);
      }
    },
  };
}

class Erasing {
  readonly finder: Finder;
  readonly #o: EraserParts;
  readonly #site: Site;
  readonly #wanted: Wanted;
  readonly #platforms: ReadonlyMap<string, Platform>;

  constructor(site: Site, wanted: Wanted, options: EraserParts) {
    const { log, store, platformOf } = options;
    this.#o = options;
    this.#site = site;
    this.#wanted = wanted;
    this.#platforms = new Map(site.connections.map((one) => [`${site.id}/${one.id}`, platformOf(one)]));
    this.finder = new Finder(wanted, {
      site: site.id,
      log,
      store,
      unpack: (pump, body) => this.#platforms.get(pump)?.unpack(body),
    });
  }

  async run(dryRun: boolean): Promise<ErasureReport> {
    const { whileStill } = this.#o;
    // Most is looked at while events flow; what came meanwhile is little.
    await this.finder.look(await this.#head());
    if (dryRun) return this.#report(await this.finder.events(), dryRun);
    return whileStill(this.#site.id, async () => {
      await this.finder.look(await this.#head());
      return this.#report(await this.finder.events(), dryRun);
    });
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
      for (const some of parts([...offsets], redactedAtOnce)) await this.#o.log.redact(site, some);
    }
    const received = new Received(this.#site);
    let attempts = 0;
    for await (const page of attemptPages(store, site)) {
      const touched = page.attempts.flatMap((attempt) => this.#without(attempt, offsets, found.opaqueAttempts, received));
      attempts += touched.length;
      if (!dryRun && touched.length > 0) await store.eraseAttempts(touched, now());
    }
    if (!dryRun && (offsets.size > 0 || visitors.length > 0 || attempts > 0 || unfinished)) await store.endErasure(site);
    const { events, copies, signals } = found;
    return { dryRun, events, copies, signals, visitors: visitors.length, deadLetters, attempts, received: received.all() };
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
    const platform = this.#platforms.get(pump);
    const payloads = platform?.unpack(body) ?? [];
    // One that cannot be taken apart goes whole.
    if (!platform || rest.length === 0 || payloads.length !== offsets.length) return [{ id, offsets: rest, body: '' }];
    const kept = payloads.filter((_, index) => !gone.has(offsets[index] ?? beginning));
    return [{ id, offsets: rest, body: platform.encode(kept).body }];
  }
}
