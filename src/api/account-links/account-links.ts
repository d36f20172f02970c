import { createHash, randomBytes } from 'node:crypto';
import type { BoundAccountLink, CodeExchange } from '../../destinations/kit/account-link.ts';
import type { Issue } from '../../event/issue.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';

/** The time for the operator's consent. Codes of platforms live about as long. */
const consentMs = 10 * minuteMs;
/** The time until the settings must be saved. */
const keptMs = hourMs;
/** Beyond it the oldest is forgotten. */
const maxLinks = 100;

/** The settings of a connection that an operator has entered, and for which connection. */
export interface LinkDraft {
  readonly site: string;
  readonly destination: string;
  /** Absent: a new connection. */
  readonly connection?: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** An attempt to connect an account. Exists only in memory: it holds secrets that are not stored before the connection is saved. */
export interface AccountLinkRecord extends LinkDraft {
  readonly id: string;
  /** The hash of the session that began it. */
  readonly session: string;
  readonly result: 'waiting' | 'connected' | Issue;
}

interface PendingConsent {
  readonly link: string;
  readonly session: string;
  readonly exchange: Omit<CodeExchange, 'code'>;
  readonly bound: BoundAccountLink;
  readonly expiresAt: UnixMs;
}

/** The attempts of all sessions to connect accounts, in memory. */
export class AccountLinks {
  readonly #now: () => UnixMs;
  readonly #links = new Map<string, { readonly record: AccountLinkRecord; readonly expiresAt: UnixMs }>();
  readonly #consents = new Map<string, PendingConsent>();

  constructor(now: () => UnixMs) {
    this.#now = now;
  }

  /** Begins an attempt. Returns its id, and the address of the platform's page. */
  start(session: string, draft: LinkDraft, bound: BoundAccountLink, redirectUrl: string): { link: string; url: string } {
    this.#removeExpired();
    const [id, state, codeVerifier] = [createToken(), createToken(), createToken()];
    this.#put({ ...draft, id, session, result: 'waiting' });
    const exchange = { redirectUrl, codeVerifier };
    this.#consents.set(state, { link: id, session, exchange, bound, expiresAt: this.#now() + consentMs });
    removeOldest(this.#consents);
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    return { link: id, url: bound.authorize({ redirectUrl, state, codeChallenge }) };
  }

  /** Returns the attempt to which a state belongs. A state counts once, in its own session, and until it expires. */
  takeConsent(
    session: string,
    state: string,
  ): (Omit<PendingConsent, 'link'> & { readonly record: AccountLinkRecord }) | undefined {
    this.#removeExpired();
    const consent = this.#consents.get(state);
    if (consent?.session !== session) return undefined;
    this.#consents.delete(state);
    const record = this.find(session, consent.link);
    return record && { ...consent, record };
  }

  /** Adds the credential to the attempt. */
  connect(record: AccountLinkRecord, { settings, secrets }: Pick<LinkDraft, 'settings' | 'secrets'>): void {
    this.#put({
      ...record,
      settings: { ...record.settings, ...settings },
      secrets: { ...record.secrets, ...secrets },
      result: 'connected',
    });
  }

  fail(record: AccountLinkRecord, issue: Issue): void {
    this.#put({ ...record, result: issue });
  }

  find(session: string | undefined, id: string): AccountLinkRecord | undefined {
    this.#removeExpired();
    const record = this.#links.get(id)?.record;
    return record?.session === session ? record : undefined;
  }

  remove(id: string): void {
    this.#links.delete(id);
  }

  #put(record: AccountLinkRecord): void {
    this.#links.set(record.id, { record, expiresAt: this.#now() + keptMs });
    removeOldest(this.#links);
  }

  #removeExpired(): void {
    const now = this.#now();
    for (const all of [this.#links, this.#consents])
      for (const [key, { expiresAt }] of all) if (expiresAt <= now) all.delete(key);
  }
}

/** Returns 256 random bits: enough for a state, and the length of a PKCE verifier. */
function createToken(): string {
  return randomBytes(32).toString('base64url');
}

function removeOldest(all: Map<string, unknown>): void {
  const [oldest] = all.keys();
  if (all.size > maxLinks && oldest !== undefined) all.delete(oldest);
}
