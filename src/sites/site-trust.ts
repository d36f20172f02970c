import type { Sha256 } from '../event/event.ts';
import type { SegmentKeyKind } from '../event/segment-settings.ts';
import type { UnixMs } from '../event/units.ts';
import type { SiteEntry } from './merge-sites.ts';
import type { RunningSites, RunningSitesDeps } from './running-sites.ts';
import type { ChangeRejection } from './site-input.ts';

/** The digits of a key's hash by which people know the key. The key itself is not stored. */
const idDigits = 12;

export function getKeyId(key: Sha256): string {
  return key.slice(0, idDigits);
}

/** A distrusted key as people know it. */
export interface DistrustedKeyView {
  readonly id: string;
  /** Its place in the settings: `secret key file-1`. */
  readonly name: string;
  readonly since: UnixMs;
}

/** Lists the keys of Segment's SDKs with the ids by which people know them. */
export function listSegmentKeys({
  site,
  stored,
  origin,
}: Pick<SiteEntry, 'site' | 'stored' | 'origin'>): readonly ListedSegmentKey[] {
  if (origin === 'dashboard') return stored?.segmentKeys ?? [];
  return (site.segment?.keys ?? []).map((key, index) => ({ ...key, id: `file-${index + 1}` }));
}

interface ListedSegmentKey {
  readonly id: string;
  readonly kind: SegmentKeyKind;
  readonly hash: Sha256;
  /** The key itself, if it is public and of the dashboard. */
  readonly key?: string;
  /** Absent for keys of the config file. */
  readonly createdAt?: UnixMs;
}

/** Lists the distrusted keys of a site. */
export function listDistrustedKeys(
  entry: Pick<SiteEntry, 'site' | 'stored' | 'origin' | 'distrusted'>,
): readonly DistrustedKeyView[] {
  return entry.distrusted.map(({ key, since }) => ({ id: getKeyId(key), name: nameKey(entry, key), since }));
}

function nameKey(entry: Pick<SiteEntry, 'site' | 'stored' | 'origin'>, key: Sha256): string {
  const { site, stored, origin } = entry;
  const index = site.secretKeyHashes.indexOf(key);
  if (index < 0) {
    const { id } = listSegmentKeys(entry).find(({ hash }) => hash === key) ?? {};
    return `Segment key ${id ?? ''}`;
  }
  const own = origin === 'dashboard' ? stored?.secretKeys.find(({ hash }) => hash === key) : undefined;
  return `secret key ${own?.id ?? `file-${index + 1}`}`;
}

/** The trust in the secret keys of sites. A page that uses one ends it, and an owner restores it. */
export class SiteTrust {
  readonly #running: RunningSites;
  readonly #deps: Pick<RunningSitesDeps, 'store' | 'now'>;

  constructor(running: RunningSites, deps: Pick<RunningSitesDeps, 'store' | 'now'>) {
    this.#running = running;
    this.#deps = deps;
  }

  /** Distrusts a secret key of a site. Returns false if it is distrusted already, or the site no longer runs. @throws ChangeNotAppliedError */
  async distrust(site: string, key: Sha256): Promise<boolean> {
    const isTrusted = () => this.#running.list().some((one) => one.id === site && !one.distrustedKeys?.includes(key));
    if (!isTrusted()) return false;
    return this.#running.change(async () => {
      if (!isTrusted()) return false;
      const distrusted = { site, key, since: this.#deps.now() };
      await this.#deps.store.distrustKey(distrusted);
      const others = this.#running.stored.distrusted;
      await this.#running.apply({ site, what: 'secret key distrusted' }, { distrusted: [...others, distrusted] });
      return true;
    });
  }

  /** Trusts a key again, which its id names. */
  restore(site: string, id: string): Promise<SiteEntry | ChangeRejection<'no-such-site' | 'no-such-key'>> {
    return this.#running.change(async () => {
      const entry = this.#running.findEntry(site);
      if (!entry) return { refused: 'no-such-site' };
      const found = entry.distrusted.find(({ key }) => getKeyId(key) === id);
      if (!found) return { refused: 'no-such-key' };
      await this.#running.versioned.trustKey(site, found.key);
      const distrusted = this.#running.stored.distrusted.filter((one) => one.site !== site || one.key !== found.key);
      await this.#running.apply({ site, what: 'secret key trusted again' }, { distrusted });
      return this.#running.getEntry(site);
    });
  }
}
