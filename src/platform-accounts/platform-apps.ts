import type { PlatformGrantStore } from '../storage/ports/platform-grants.ts';
import type { PlatformApp } from './account-platform.ts';
import type { GrantSecrets } from './grant-secrets.ts';

/** The apps of the config file by platform. One without a client id only has the endpoint. */
export type FileApps = Readonly<Record<string, FileApp | undefined>>;
type FileApp = { readonly [Name in keyof PlatformApp]?: PlatformApp[Name] | undefined };

/** The app of a platform without its secrets, and its place. */
export interface AppDescription {
  /** `unreadable`: the key that encrypted its secrets is missing. */
  readonly source: 'file' | 'dashboard' | 'unreadable' | 'none';
  readonly clientId?: string;
  /** Whether the app has no client secret. */
  readonly isPublic?: boolean;
  /** The client for operators who sign in with Google. */
  readonly google?: { readonly clientId: string };
}

/** An app as an operator enters it. An absent secret stays as it is stored. */
export interface AppInput {
  readonly clientId: string;
  /** Absent: the stored one. Empty: a public client. */
  readonly clientSecret?: string | undefined;
  readonly developerToken?: string | undefined;
  /** Absent: the stored one. Null: none. */
  readonly google?: { readonly clientId: string; readonly clientSecret?: string | undefined } | null | undefined;
}

/** A secret that neither the input nor the store has. */
export type MissingSecret = 'developerToken' | 'google.clientSecret';

interface PlatformAppsDeps {
  readonly file: FileApps;
  readonly store: PlatformGrantStore;
  readonly secrets: GrantSecrets;
}

/** The apps with which the gateway signs operators in at platforms. An app of the config file replaces the dashboard's. */
export class PlatformApps {
  readonly #deps: PlatformAppsDeps;

  constructor(deps: PlatformAppsDeps) {
    this.#deps = deps;
  }

  async find(platform: string): Promise<PlatformApp | undefined> {
    const { clientId, developerToken, endpoint, ...more } = this.#deps.file[platform] ?? {};
    if (clientId !== undefined && developerToken !== undefined) return { clientId, developerToken, endpoint, ...more };
    const stored = await this.#findStored(platform);
    const read = stored && this.#deps.secrets.readClient(stored);
    if (!read) return undefined;
    const { googleSecret, ...secrets } = read;
    const { clientId: storedId = '', googleClientId } = stored.config;
    const google =
      googleClientId !== undefined && googleSecret !== undefined
        ? { clientId: googleClientId, clientSecret: googleSecret }
        : undefined;
    return { clientId: storedId, ...secrets, google, endpoint };
  }

  async describe(platform: string): Promise<AppDescription> {
    const { clientId, clientSecret, google } = this.#deps.file[platform] ?? {};
    if (clientId !== undefined)
      return {
        source: 'file',
        clientId,
        isPublic: clientSecret === undefined,
        ...(google && { google: { clientId: google.clientId } }),
      };
    const stored = await this.#findStored(platform);
    if (!stored) return { source: 'none' };
    const secrets = this.#deps.secrets.readClient(stored);
    const { clientId: storedId = '', googleClientId } = stored.config;
    const named = {
      clientId: storedId,
      ...(googleClientId !== undefined && { google: { clientId: googleClientId } }),
    };
    return secrets
      ? { ...named, source: 'dashboard', isPublic: secrets.clientSecret === undefined }
      : { ...named, source: 'unreadable' };
  }

  /** Stores an app. Returns the secret that it lacks; then nothing is stored. @throws ConveyError if the key cannot be read */
  async save(platform: string, { clientId, clientSecret, developerToken, google }: AppInput): Promise<MissingSecret | undefined> {
    const { store, secrets } = this.#deps;
    const stored = await this.#findStored(platform);
    const held = stored && secrets.readClient(stored);
    const token = developerToken ?? held?.developerToken;
    if (token === undefined) return 'developerToken';
    const secret = clientSecret ?? held?.clientSecret;
    const googleClientId = google === undefined ? stored?.config.googleClientId : google?.clientId;
    const googleSecret = googleClientId === undefined ? undefined : (google?.clientSecret ?? held?.googleSecret);
    if (googleClientId !== undefined && googleSecret === undefined) return 'google.clientSecret';
    const next = {
      developerToken: token,
      ...(secret !== undefined && secret !== '' && { clientSecret: secret }),
      ...(googleSecret !== undefined && { googleSecret }),
    };
    const config = { clientId, ...(googleClientId !== undefined && { googleClientId }) };
    await secrets.saveClient(platform, next, (sealed) => store.savePlatformClient({ platform, config, secret: sealed }));
    return undefined;
  }

  remove(platform: string): Promise<void> {
    return this.#deps.store.removePlatformClient(platform);
  }

  async #findStored(platform: string) {
    return (await this.#deps.store.listPlatformClients()).find((one) => one.platform === platform);
  }
}
