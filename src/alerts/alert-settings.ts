import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Mutex } from 'async-mutex';
import { findAlertProblems, findUnknownSites } from '../config/alert-problems.ts';
import { type AlertChannel, type AlertsConfig, alertsSchema } from '../config/alerts.ts';
import type { SecretsKey } from '../config/master-key.ts';
import { type ConfigProblem, toProblems } from '../config/sites.ts';
import type { UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import { Reencryption, type ReencryptionCounts } from '../sites/secret-settings.ts';
import type { AlertMute, AlertStore, StoredAlertSettings } from '../storage/ports/alerts.ts';
import {
  type ChannelView,
  completeChannels,
  digestChannel,
  getPassword,
  listChannelViews,
  openStoredSettings,
  splitSecrets,
} from './stored-channels.ts';

export interface AlertSettingsDeps {
  /** The settings of the config file. If present, the dashboard cannot change them. */
  readonly file?: AlertsConfig;
  /** Whether changed channels of the config file are recorded, as by default. If not, another process on the store does it. */
  readonly recordsFileChannels?: boolean;
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
    const { file, recordsFileChannels = true } = deps;
    if (file && recordsFileChannels)
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

  /** Returns when a channel last changed. Earlier attempts do not count. */
  changedAt(channel: string): UnixMs {
    return this.#stored.channels?.[channel]?.changedAt ?? 0;
  }

  mutes(): readonly AlertMute[] {
    return this.#stored.mutes;
  }

  listChannels(): readonly ChannelView[] {
    return listChannelViews(this.#deps.file, this.#stored, this.#lost);
  }

  /** Replaces the settings. A channel keeps its stored secrets that the input leaves out. */
  change(input: unknown, revision: string | undefined): Promise<AlertChange> {
    return this.#change(async () => {
      if (this.#deps.file) return { refused: 'file-made' };
      if (revision !== undefined && revision !== this.revision) return { refused: 'changed-meanwhile' };
      const given = completeChannels(input, this.#settings.channels);
      const parsed = alertsSchema.safeParse(given);
      const problems = [
        ...(parsed.error?.issues ?? []).flatMap(toProblems),
        ...findAlertProblems(given, '', this.#deps.allowPrivateDestinations),
        ...(parsed.success ? findUnknownSites(parsed.data, this.#deps.siteIds()) : []),
      ];
      if (!parsed.success || problems.length > 0) return { refused: 'parameter-invalid', problems };
      const { config, secrets } = splitSecrets(parsed.data, this.#deps.keys.present());
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
  reencrypt(key: SecretsKey): Promise<ReencryptionCounts> {
    return this.#change(async () => {
      const reencryption = new Reencryption(key, (id) => this.#deps.keys.find(id));
      const secrets = Object.entries(this.#stored.secrets).map(([channel, encrypted]) => [
        channel,
        reencryption.reencryptSettings(encrypted, { alertChannel: channel }),
      ]);
      const { counts } = reencryption;
      return (counts.resealed === 0 || (await this.#save({ secrets: Object.fromEntries(secrets) }))) && counts;
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
    if (file) {
      this.#settings = file;
      return;
    }
    const { settings, lost } = openStoredSettings(this.#stored, (id) => keys.find(id));
    const parsed = alertsSchema.safeParse(settings);
    if (!parsed.success) logger.error({ error: describeError(parsed.error) }, 'stored alert settings ignored');
    this.#settings = parsed.data ?? noAlerts;
    for (const channel of lost)
      if (!this.#lost.has(channel)) logger.error({ channel }, 'alert channel left out: its secret is unreadable, enter it again');
    this.#lost = lost;
  }
}

function isSame(one: Pick<AlertMute, 'site' | 'connection'>, other: Pick<AlertMute, 'site' | 'connection'>): boolean {
  return one.site === other.site && one.connection === other.connection;
}
