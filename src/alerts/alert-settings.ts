import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Mutex } from 'async-mutex';
import { findAlertProblems, findUnknownSites } from '../config/alert-problems.ts';
import { type AlertChannel, type AlertsConfig, alertsSchema, secretChannelSettings } from '../config/alerts.ts';
import type { SecretsKey } from '../config/master-key.ts';
import { type ConfigProblem, toProblems } from '../config/sites.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { decryptSecret, encryptionKeyId, encryptSecret, reencryptSecret } from '../sites/envelope-encryption.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import type { AlertMute, AlertStore, StoredAlertSettings } from '../storage/store/alerts.ts';
import type { StoredConfig } from '../storage/store/dashboard-sites.ts';

export interface AlertSettingsDeps {
  /** The settings of the config file. If present, the dashboard cannot change them. */
  readonly file?: AlertsConfig;
  readonly store: Pick<AlertStore, 'getAlertSettings' | 'saveAlertSettings'>;
  readonly keys: KeyRing;
  readonly allowPrivateDestinations: boolean;
  /** Returns the ids of all sites. */
  readonly siteIds: () => readonly string[];
  readonly now: () => UnixMs;
  readonly logger: Logger;
}

export type AlertChange =
  | 'done'
  | { readonly refused: 'file-made' | 'changed-meanwhile' }
  | { readonly refused: 'parameter-invalid'; readonly problems: readonly ConfigProblem[] };

/** A channel without its secrets. */
export interface ChannelView {
  readonly id: string;
  readonly type: AlertChannel['type'];
  readonly settings: StoredConfig;
  /** The names of the secret settings that are stored. */
  readonly secrets: readonly string[];
  /** The reason why the channel cannot be used. */
  readonly problem?: string;
}

const noAlerts = alertsSchema.parse({});
const maxTries = 10;

/** The alert settings of the config file or the dashboard, and the muted connections. Changes run one after another, also those of other processes. */
export class AlertSettings {
  readonly #deps: AlertSettingsDeps;
  #stored: StoredAlertSettings;
  #settings: AlertsConfig = noAlerts;
  #lost: ReadonlySet<string> = new Set();
  readonly #changes = new Mutex();

  /** Use `open`, which reads the stored settings. */
  constructor(deps: AlertSettingsDeps, stored: StoredAlertSettings) {
    this.#deps = deps;
    this.#stored = stored;
    this.#read();
  }

  static async open(deps: AlertSettingsDeps): Promise<AlertSettings> {
    const settings = new AlertSettings(deps, await deps.store.getAlertSettings());
    const { file } = deps;
    if (file)
      await settings.#change(async () => {
        const changed = settings.#findChanged(file.channels);
        return changed.length === 0 || settings.#save({}, changed);
      });
    return settings;
  }

  /** Takes in the changes of other processes. */
  refresh(): Promise<void> {
    return this.#changes.runExclusive(() => this.#readAnew());
  }

  /** Warns of settings that name no site. A site of the dashboard may have been removed. */
  warnOfUnknownSites(): void {
    for (const { path } of findUnknownSites(this.#settings, this.#deps.siteIds()))
      this.#deps.logger.warn({ setting: `alerts.${path}` }, 'alert settings name an unknown site: correct or remove it');
  }

  get origin(): 'file' | 'dashboard' {
    return this.#deps.file ? 'file' : 'dashboard';
  }

  /** Identifies the stored settings, so that two people do not overwrite each other's changes. */
  get revision(): string {
    return createHash('sha256').update(JSON.stringify(this.#stored)).digest('hex').slice(0, 16);
  }

  /** Returns the settings with their secrets. */
  current(): AlertsConfig {
    return this.#settings;
  }

  /** Returns when a channel last changed. Attempts before that say nothing about it. */
  changedAt(channel: string): UnixMs {
    return this.#stored.channels?.[channel]?.changedAt ?? 0;
  }

  mutes(): readonly AlertMute[] {
    return this.#stored.mutes;
  }

  listChannels(): readonly ChannelView[] {
    const { file } = this.#deps;
    if (file) return file.channels.map((channel) => toView(channel, namesOfSecrets(channel)));
    return readChannels(this.#stored.config).map((channel) => ({
      ...toView(channel, Object.keys(this.#stored.secrets[channel.id] ?? {})),
      ...(this.#lost.has(channel.id) && { problem: keyMissing }),
    }));
  }

  /** Replaces the settings. A channel keeps its stored secrets that the input leaves out. */
  change(input: unknown, revision: string | undefined): Promise<AlertChange> {
    return this.#change(async () => {
      if (this.#deps.file) return { refused: 'file-made' };
      if (revision !== undefined && revision !== this.revision) return { refused: 'changed-meanwhile' };
      const given = this.#withStoredSecrets(input);
      const parsed = alertsSchema.safeParse(given);
      const problems = [
        ...(parsed.error?.issues ?? []).flatMap(toProblems),
        ...findAlertProblems(given, '', this.#deps.allowPrivateDestinations),
        ...(parsed.success ? findUnknownSites(parsed.data, this.#deps.siteIds()) : []),
      ];
      if (!parsed.success || problems.length > 0) return { refused: 'parameter-invalid', problems };
      const key = this.#deps.keys.present();
      const { config, secrets } = splitSecrets(parsed.data, key);
      return (await this.#save({ config, secrets }, this.#findChanged(parsed.data.channels))) && 'done';
    });
  }

  /** Mutes a connection until a time, or until it is unmuted. */
  mute(mute: AlertMute): Promise<void> {
    return this.#changeMutes((mutes) => [...mutes.filter((one) => !isSame(one, mute)), mute]);
  }

  unmute(connection: Pick<AlertMute, 'site' | 'connection'>): Promise<void> {
    return this.#changeMutes((mutes) => mutes.filter((one) => !isSame(one, connection)));
  }

  /** Encrypts all secrets with `key`, and counts the changed ones. Secrets that cannot be decrypted stay unchanged. */
  reencrypt(key: SecretsKey): Promise<{ readonly resealed: number; readonly lost: number }> {
    return this.#change(async () => {
      let [resealed, lost] = [0, 0];
      const change = (encrypted: string, alertChannel: string, setting: string) => {
        if (encryptionKeyId(encrypted) === key.id) return encrypted;
        const next = reencryptSecret(encrypted, { alertChannel, setting }, (id) => this.#deps.keys.find(id), key);
        if (next === undefined) lost += 1;
        else resealed += 1;
        return next ?? encrypted;
      };
      const secrets = mapSecrets(this.#stored.secrets, change);
      return (resealed === 0 || (await this.#save({ secrets }))) && { resealed, lost };
    });
  }

  /** Returns the channels whose settings differ from the current ones, or from those of the last start. */
  #findChanged(channels: readonly AlertChannel[]): readonly AlertChannel[] {
    const before = new Map(this.#settings.channels.map((channel) => [channel.id, channel]));
    return channels.filter((channel) => {
      const known = this.#stored.channels?.[channel.id]?.digest;
      return known !== digestChannel(channel) || getPassword(channel) !== getPassword(before.get(channel.id));
    });
  }

  async #changeMutes(change: (mutes: readonly AlertMute[]) => readonly AlertMute[]): Promise<void> {
    await this.#change(() => this.#save({ mutes: change(this.#stored.mutes) }));
  }

  /** Runs a change on the settings as they are stored. It runs again if it returns false, because another process was faster. */
  #change<T>(work: () => Promise<T | false>): Promise<T> {
    return this.#changes.runExclusive(async () => {
      for (let tries = 0; tries < maxTries; tries += 1) {
        await this.#readAnew();
        const result = await work();
        if (result !== false) return result;
      }
      throw new Error('other processes keep changing the alert settings');
    });
  }

  async #readAnew(): Promise<void> {
    const stored = await this.#deps.store.getAlertSettings();
    if (isDeepStrictEqual(stored, this.#stored)) return;
    this.#stored = stored;
    this.#read();
  }

  /** Saves a part of the settings. Returns false if another process has changed them since they were read. */
  async #save(part: Partial<StoredAlertSettings>, changed: readonly AlertChannel[] = []): Promise<boolean> {
    const now = this.#deps.now();
    const versions = changed.map((channel) => [channel.id, { digest: digestChannel(channel), changedAt: now }] as const);
    const next = { ...this.#stored, ...part, channels: { ...this.#stored.channels, ...Object.fromEntries(versions) } };
    const isSaved = await this.#deps.store.saveAlertSettings(next, { channels: changed.map(({ id }) => id), now });
    if (isSaved) await this.#readAnew();
    return isSaved;
  }

  /** Reads the stored settings. Channels whose secret is unreadable are left out; settings that are invalid count as none. */
  #read(): void {
    const { file, keys, logger } = this.#deps;
    const lost = new Set<string>();
    if (file) {
      this.#settings = file;
      return;
    }
    const channels = readChannels(this.#stored.config).flatMap((channel) => {
      const opened = Object.entries(this.#stored.secrets[channel.id] ?? {}).map(([setting, encrypted]) => {
        const text = decryptSecret(encrypted, { alertChannel: channel.id, setting }, (id) => keys.find(id));
        if (text === undefined) lost.add(channel.id);
        return [setting, text === undefined ? undefined : JSON.parse(text)];
      });
      return lost.has(channel.id) ? [] : [{ ...channel, ...Object.fromEntries(opened) }];
    });
    const rules = readRules(this.#stored.config, lost);
    const parsed = alertsSchema.safeParse({ ...this.#stored.config, channels, ...(rules && { rules }) });
    if (!parsed.success) logger.error({ error: describeError(parsed.error) }, 'stored alert settings ignored');
    this.#settings = parsed.data ?? noAlerts;
    for (const channel of lost)
      if (!this.#lost.has(channel)) logger.error({ channel }, 'alert channel left out: its secret is unreadable, enter it again');
    this.#lost = lost;
  }

  /**
   * Completes channels with their stored secrets. A password is only kept for the same account on the same server, or a changed host would
   * receive it.
   */
  #withStoredSecrets(input: unknown): unknown {
    if (!isRecord(input) || !Array.isArray(input.channels)) return input;
    const before = new Map(this.#settings.channels.map((channel) => [channel.id, channel]));
    return {
      ...input,
      channels: input.channels.map((given: unknown) => {
        const stored = isRecord(given) && typeof given.id === 'string' ? before.get(given.id) : undefined;
        if (!isRecord(given) || !stored || stored.type !== given.type || !keepsReceiver(stored, given)) return given;
        const all: Readonly<Record<string, unknown>> = stored;
        const missing = namesOfSecrets(stored).filter((name) => given[name] === undefined);
        return { ...given, ...Object.fromEntries(missing.map((name) => [name, all[name]])) };
      }),
    };
  }
}

const keyMissing = 'The key that encrypted its secret is missing. Restore the key, or enter the secret again.';

/** Returns the digest of what decides whether messages arrive. It leaves out a password, which could be guessed from the digest. */
function digestChannel(channel: AlertChannel): string {
  const settings = Object.entries(channel).filter(([name]) => name !== 'password' && name !== 'sites');
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

function getPassword(channel: AlertChannel | undefined): string | undefined {
  return channel?.type === 'email' ? channel.password : undefined;
}

function keepsReceiver(stored: AlertChannel, given: Readonly<Record<string, unknown>>): boolean {
  if (stored.type !== 'email') return true;
  const { host, port = 587, security = 'starttls', user } = given;
  return stored.host === host && stored.port === port && stored.security === security && stored.user === user;
}

function namesOfSecrets(channel: AlertChannel): readonly string[] {
  const all: Readonly<Record<string, unknown>> = channel;
  return secretChannelSettings[channel.type].filter((name) => all[name] !== undefined);
}

function splitSecrets(settings: AlertsConfig, key: SecretsKey): Pick<StoredAlertSettings, 'config' | 'secrets'> {
  const { channels, ...rest } = settings;
  const secrets = channels.map((channel) => {
    const all: Readonly<Record<string, unknown>> = channel;
    const encrypted = namesOfSecrets(channel).map((setting) => [
      setting,
      encryptSecret(JSON.stringify(all[setting]), { alertChannel: channel.id, setting }, key),
    ]);
    return [channel.id, Object.fromEntries(encrypted)];
  });
  const config: StoredConfig = JSON.parse(JSON.stringify({ ...rest, channels: channels.map(withoutSecrets) }));
  return { config, secrets: Object.fromEntries(secrets) };
}

function withoutSecrets(channel: AlertChannel): Readonly<Record<string, unknown>> {
  const hidden: readonly string[] = secretChannelSettings[channel.type];
  return Object.fromEntries(Object.entries(channel).filter(([name]) => !hidden.includes(name)));
}

function toView(channel: AlertChannel | StoredChannel, secrets: readonly string[]): ChannelView {
  const hidden: readonly string[] = ['id', 'type', ...secretChannelSettings[channel.type]];
  const settings: StoredConfig = JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(channel).filter(([name]) => !hidden.includes(name)))),
  );
  return { id: channel.id, type: channel.type, settings, secrets };
}

interface StoredChannel {
  readonly id: string;
  readonly type: AlertChannel['type'];
}

function readChannels(config: StoredConfig | null): readonly StoredChannel[] {
  const channels: unknown = config?.channels;
  return Array.isArray(channels) ? channels.filter(isStoredChannel) : [];
}

function isStoredChannel(value: unknown): value is StoredChannel {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.type === 'string' &&
    Object.hasOwn(secretChannelSettings, value.type)
  );
}

/** Returns the stored rules without the channels that are left out. */
function readRules(config: StoredConfig | null, lost: ReadonlySet<string>): readonly unknown[] | undefined {
  const rules: unknown = config?.rules;
  if (!Array.isArray(rules)) return undefined;
  return rules.map((rule: unknown) =>
    isRecord(rule) && Array.isArray(rule.for) ? { ...rule, for: rule.for.filter((id) => !lost.has(String(id))) } : rule,
  );
}

function mapSecrets(
  secrets: StoredAlertSettings['secrets'],
  change: (encrypted: string, channel: string, setting: string) => string,
): StoredAlertSettings['secrets'] {
  const changed = Object.entries(secrets).map(([channel, ofChannel]) => [
    channel,
    Object.fromEntries(Object.entries(ofChannel).map(([setting, text]) => [setting, change(text, channel, setting)])),
  ]);
  return Object.fromEntries(changed);
}

function isSame(one: Pick<AlertMute, 'site' | 'connection'>, other: Pick<AlertMute, 'site' | 'connection'>): boolean {
  return one.site === other.site && one.connection === other.connection;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
