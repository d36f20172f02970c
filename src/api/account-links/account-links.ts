import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { AuthorizationRequest, CodeExchange } from '../../destinations/kit/account-link.ts';
import type { Issue } from '../../event/issue.ts';
import { hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import { decryptSecret, encryptSecret } from '../../sites/envelope-encryption.ts';
import type { KeyRing } from '../../sites/key-ring.ts';
import type { AccountLinkStore, StoredAccountLink } from '../../storage/ports/account-links.ts';

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
  /** The service with which the operator signs in. Absent if the credential becomes a setting. */
  readonly identityProvider?: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

/** An attempt to connect an account. */
export interface AccountLinkRecord extends LinkDraft {
  readonly id: string;
  /** The hash of the session that began it. */
  readonly session: string;
  readonly result: 'waiting' | 'signed-in' | 'connected' | Issue;
  /** The stored grant that the sign-in gave. */
  readonly grant?: string | undefined;
}

interface AccountLinksDeps {
  readonly store: AccountLinkStore;
  readonly keys: Pick<KeyRing, 'present' | 'find'>;
  readonly now: () => UnixMs;
}

type Content = Omit<AccountLinkRecord, 'id' | 'session' | 'site'> & { readonly exchange: Omit<CodeExchange, 'code'> };

/** The encrypted part of an attempt. */
const contentSchema: z.ZodType<Content> = z.lazy(() =>
  z.object({
    destination: z.string(),
    connection: z.string().optional(),
    identityProvider: z.string().optional(),
    settings: z.record(z.string(), z.unknown()),
    secrets: z.record(z.string(), z.unknown()),
    result: z.union([
      z.literal(['waiting', 'signed-in', 'connected']),
      z.object({ field: z.string(), code: z.string(), message: z.string() }),
    ]),
    grant: z.string().optional(),
    exchange: z.object({ redirectUrl: z.string(), codeVerifier: z.string() }),
  }),
);

/** An attempt with the values that its exchange needs. */
type OpenedLink = AccountLinkRecord & Pick<Content, 'exchange'>;

/**
 * The attempts of all sessions to connect accounts, encrypted in the store, so that a platform may redirect to another gateway. An attempt
 * whose key has been replaced counts as expired.
 */
export class AccountLinks {
  readonly #deps: AccountLinksDeps;

  constructor(deps: AccountLinksDeps) {
    this.#deps = deps;
  }

  /** Begins an attempt. Returns its id, and the address of the platform's page. @throws ConveyError if the key cannot be read */
  async start(
    session: string,
    draft: LinkDraft,
    redirectUrl: string,
    authorize: (request: AuthorizationRequest) => string,
  ): Promise<{ link: string; url: string }> {
    const { store, now } = this.#deps;
    const [id, state, codeVerifier] = [createToken(), createToken(), createToken()];
    const link = this.#encrypt({ ...draft, id, session, result: 'waiting', exchange: { redirectUrl, codeVerifier } });
    const at = now();
    await store.addAccountLink(link, { state: hash(state), until: at + consentMs }, { now: at, most: maxLinks });
    return { link: id, url: authorize({ redirectUrl, state, codeChallenge: hash(codeVerifier) }) };
  }

  /** Returns the attempt to which a state belongs. A state counts once, in its own session, and until it expires. */
  async takeConsent(session: string, state: string): Promise<OpenedLink | undefined> {
    const link = await this.#deps.store.takeConsent(session, hash(state), this.#deps.now());
    return link && this.#decrypt(link);
  }

  /** Stores a change of an attempt. @throws ConveyError if the key cannot be read */
  async change(
    record: OpenedLink,
    change: Partial<Pick<Content, 'settings' | 'secrets' | 'result' | 'grant'>>,
  ): Promise<OpenedLink> {
    const changed = { ...record, ...change };
    await this.#deps.store.saveAccountLink(this.#encrypt(changed));
    return changed;
  }

  async find(session: string | undefined, id: string): Promise<OpenedLink | undefined> {
    if (session === undefined) return undefined;
    const link = await this.#deps.store.findAccountLink(session, id, this.#deps.now());
    return link && this.#decrypt(link);
  }

  remove(id: string): Promise<void> {
    return this.#deps.store.removeAccountLink(id);
  }

  #encrypt({ id, session, site, ...content }: OpenedLink): StoredAccountLink {
    const secret = encryptSecret(JSON.stringify(content), toPlace(id), this.#deps.keys.present());
    return { id, session, site, secret, expiresAt: this.#deps.now() + keptMs };
  }

  #decrypt({ id, session, site, secret }: StoredAccountLink): OpenedLink | undefined {
    const text = decryptSecret(secret, toPlace(id), (key) => this.#deps.keys.find(key));
    return text === undefined ? undefined : { id, session, site, ...contentSchema.parse(JSON.parse(text)) };
  }
}

const toPlace = (id: string) => ({ table: 'account_links', row: id }) as const;

/** Returns 256 random bits: enough for a state, and the length of a PKCE verifier. */
function createToken(): string {
  return randomBytes(32).toString('base64url');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
