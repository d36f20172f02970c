import { type Fields, getText } from '../../kit/fields.ts';

/** Clicks beyond the newest are forgotten. */
const maxClicks = 10_000;

/** A click on an ad, as events of the shop named it. */
export interface Click {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly tagId: string;
  /** When an event first named it, in milliseconds since 1970. The click itself is not seen. */
  readonly firstSeenAt: number;
  lastSeenAt: number;
  /** Hashes of the people whose events named it. */
  readonly hashes: Set<string>;
}

/** The click ids that events named, and the hashes beside them. */
export class Clicks {
  readonly #clicks = new Map<string, Click>();
  /** The click of each hash. */
  readonly #byHash = new Map<string, Click>();

  see(tagId: string, { userData }: Fields, now: number): void {
    const id = normalizeClickId(getText(userData, 'msclkid') ?? '');
    if (id === undefined) return;
    const click = this.#clicks.get(id) ?? { id, tagId, firstSeenAt: now, lastSeenAt: now, hashes: new Set() };
    click.lastSeenAt = now;
    this.#clicks.set(id, click);
    for (const hash of [getText(userData, 'em'), getText(userData, 'ph')]) {
      if (hash === null) continue;
      click.hashes.add(hash.toLowerCase());
      this.#byHash.set(hash.toLowerCase(), click);
    }
    const [oldest] = this.#clicks.values();
    if (this.#clicks.size > maxClicks && oldest !== undefined) this.#forget(oldest);
  }

  /** Returns the click of a click id, or else of one of the hashes. */
  find(clickId: string | undefined, hashes: readonly string[]): Click | undefined {
    const byId = clickId === undefined ? undefined : this.#clicks.get(clickId);
    return byId ?? hashes.map((hash) => this.#byHash.get(hash.toLowerCase())).find((click) => click !== undefined);
  }

  list(): readonly Click[] {
    return [...this.#clicks.values()];
  }

  clear(): void {
    this.#clicks.clear();
    this.#byHash.clear();
  }

  #forget(click: Click): void {
    this.#clicks.delete(click.id);
    for (const hash of click.hashes) if (this.#byHash.get(hash) === click) this.#byHash.delete(hash);
  }
}

/** Returns the 32 hexadecimal digits of a click id in lower case, with or without dashes; undefined for another text. */
export function normalizeClickId(text: string): string | undefined {
  const id = text.toLowerCase();
  return /^[0-9a-f]{32}$|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id.replaceAll('-', '') : undefined;
}
