import { Mutex } from 'async-mutex';
import { z } from 'zod';
import type { SecretsKey } from '../config/master-key.ts';
import { decryptSecret, encryptSecret, type SecretLocation } from '../sites/envelope-encryption.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import { Reencryption, type ReencryptionCounts } from '../sites/secret-settings.ts';
import type { PlatformClient, PlatformGrant, PlatformGrantStore } from '../storage/ports/platform-grants.ts';

/** The tokens of a grant. */
export interface GrantTokens {
  readonly refreshToken: string;
  readonly accessToken?: string | undefined;
  /** The time from which the access token is not used any more. */
  readonly accessUntil?: number | undefined;
}

/** The secrets of an app at a platform. A public client has no client secret. */
export interface ClientSecrets {
  readonly developerToken: string;
  readonly clientSecret?: string | undefined;
  /** The secret of the client at Google. */
  readonly googleSecret?: string | undefined;
}

const tokensSchema = z.lazy(() =>
  z.object({ refreshToken: z.string(), accessToken: z.string().optional(), accessUntil: z.number().optional() }),
);
const clientSchema = z.lazy(() =>
  z.object({ developerToken: z.string(), clientSecret: z.string().optional(), googleSecret: z.string().optional() }),
);

/** A change of the key that meets this many refreshes of one secret is given up. */
const maxTries = 10;

/** Encrypts the tokens of grants and the secrets of apps, each bound to its row, and encrypts them anew when the key changes. */
export class GrantSecrets {
  readonly #store: PlatformGrantStore;
  readonly #keys: Pick<KeyRing, 'present' | 'find'>;
  /** A secret that is encrypted with the earlier key is stored before the key changes. */
  readonly #changes = new Mutex();

  constructor(store: PlatformGrantStore, keys: Pick<KeyRing, 'present' | 'find'>) {
    this.#store = store;
    this.#keys = keys;
  }

  /** Encrypts the tokens of a grant, and stores them by `store`. @throws ConveyError if the key cannot be read */
  save<T>(id: string, tokens: GrantTokens, store: (secret: string) => Promise<T>): Promise<T> {
    return this.#save(toGrantPlace(id), tokens, store);
  }

  /** Encrypts the secrets of an app, and stores them by `store`. @throws ConveyError if the key cannot be read */
  saveClient<T>(platform: string, secrets: ClientSecrets, store: (secret: string) => Promise<T>): Promise<T> {
    return this.#save(toClientPlace(platform), secrets, store);
  }

  /** Decrypts the tokens of a grant. Returns `undefined` if its key is missing. */
  read({ id, secret }: Pick<PlatformGrant, 'id' | 'secret'>): GrantTokens | undefined {
    const content = this.#read(toGrantPlace(id), secret);
    return content === undefined ? undefined : tokensSchema.parse(content);
  }

  /** Decrypts the secrets of an app. Returns `undefined` if their key is missing. */
  readClient({ platform, secret }: Pick<PlatformClient, 'platform' | 'secret'>): ClientSecrets | undefined {
    const content = this.#read(toClientPlace(platform), secret);
    return content === undefined ? undefined : clientSchema.parse(content);
  }

  /** Encrypts all secrets with `key`, and counts the changed ones. Secrets that cannot be decrypted stay unchanged. */
  reencrypt(key: SecretsKey): Promise<ReencryptionCounts> {
    return this.#changes.runExclusive(async () => {
      const reencryption = new Reencryption(key, (id) => this.#keys.find(id));
      for (const { id } of await this.#store.listGrants()) await this.#reencryptGrant(id, reencryption);
      for (const { platform, secret } of await this.#store.listPlatformClients()) {
        const next = reencryption.reencrypt(secret, toClientPlace(platform));
        if (next !== secret) await this.#store.replaceClientSecret(platform, secret, next);
      }
      return reencryption.counts;
    });
  }

  /** Encrypts one secret anew, also if another gateway refreshes the grant meanwhile. */
  async #reencryptGrant(id: string, reencryption: Reencryption): Promise<void> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const grant = await this.#store.findGrant(id);
      if (!grant) return;
      const next = reencryption.reencrypt(grant.secret, toGrantPlace(id));
      if (next === grant.secret || (await this.#store.replaceGrantSecret(id, grant.secret, next))) return;
    }
    throw new Error('other gateways keep refreshing a grant');
  }

  #save<T>(place: SecretLocation, content: object, store: (secret: string) => Promise<T>): Promise<T> {
    return this.#changes.runExclusive(() => store(encryptSecret(JSON.stringify(content), place, this.#keys.present())));
  }

  #read(place: SecretLocation, secret: string): unknown {
    const text = decryptSecret(secret, place, (key) => this.#keys.find(key));
    return text === undefined ? undefined : JSON.parse(text);
  }
}

const toGrantPlace = (id: string) => ({ table: 'grants', row: id }) as const;
const toClientPlace = (platform: string) => ({ table: 'platform_clients', row: platform }) as const;
