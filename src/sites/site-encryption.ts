import type { SecretsKey } from '../config/master-key.ts';
import { describeError, type Logger } from '../logger.ts';
import type { KeyRing } from './key-ring.ts';
import type { RunningSites } from './running-sites.ts';
import type { ReencryptionCounts } from './secret-settings.ts';
import { reencryptAll } from './site-secrets.ts';

export interface SiteEncryptionDeps {
  readonly keys: KeyRing;
  /** Encrypts the secrets outside of the registry with another key, before the earlier keys are removed. */
  readonly reencryptOthers?: (key: SecretsKey) => Promise<ReencryptionCounts>;
  readonly logger: Logger;
}

/** The result of encrypting all secrets with another key. */
export interface RotationResult extends ReencryptionCounts {
  readonly source: KeyRing['source'];
}

/** Encrypts the secrets of the stored sites and connections, and rotates their key. */
export class SiteEncryption {
  readonly #running: RunningSites;
  readonly #deps: SiteEncryptionDeps;

  constructor(running: RunningSites, deps: SiteEncryptionDeps) {
    this.#running = running;
    this.#deps = deps;
  }

  /** Returns the key of new secrets; logs an error first. @throws ConveyError if the key cannot be read or written. */
  getKey(): SecretsKey {
    return this.#logKeyError(() => this.#deps.keys.present());
  }

  /** Returns whether the key can be rotated. A key of the environment can be if there is an earlier one to replace. */
  canRotate(): boolean {
    const { source, isChanging } = this.#deps.keys;
    return source === 'file' || isChanging;
  }

  /**
   * Encrypts all secrets with a new key, or with the current key of the environment. A crash loses nothing: earlier keys stay readable until
   * all secrets are stored. @throws ConveyError if the key cannot be changed.
   */
  rotate(): Promise<RotationResult> {
    return this.#running.change(async () => {
      const { keys, logger } = this.#deps;
      const key = this.#logKeyError(() => (keys.source === 'environment' ? keys.present() : keys.renew()));
      const rotated = await this.#reencrypt(key);
      logger.info({ ...rotated }, 'secrets re-encrypted');
      return { source: keys.source, ...rotated };
    });
  }

  /** Logs problems of the key, and finishes an interrupted rotation. Never throws. */
  async start(): Promise<void> {
    const { keys, logger } = this.#deps;
    if (keys.problem !== undefined) logger.error({ problem: keys.problem }, 'secrets key unusable');
    if (keys.risk !== undefined) logger.warn({ risk: keys.risk }, 'key file readable by other users');
    if (keys.source !== 'file' || !keys.isChanging) return;
    await this.#reencrypt(keys.present()).catch((error: unknown) =>
      logger.error({ error: describeError(error) }, 'secrets key rotation failed'),
    );
  }

  async #reencrypt(key: SecretsKey): Promise<ReencryptionCounts> {
    const { keys, reencryptOthers } = this.#deps;
    const { sites, connections, resealed, lost } = reencryptAll(key, this.#running.stored, (id) => keys.find(id));
    await this.#running.versioned.saveSecrets(connections, sites);
    const others = (await reencryptOthers?.(key)) ?? { resealed: 0, lost: 0 };
    this.#running.replaceStored({ ...this.#running.stored, sites, connections });
    keys.settle();
    return { resealed: resealed + others.resealed, lost: lost + others.lost };
  }

  #logKeyError(get: () => SecretsKey): SecretsKey {
    try {
      return get();
    } catch (error) {
      this.#deps.logger.error({ error: describeError(error) }, 'secrets key unusable');
      throw error;
    }
  }
}
