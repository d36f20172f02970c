import { createHash } from 'node:crypto';
import { type AlertChannel, type AlertsConfig, secretChannelSettings } from '../config/alerts.ts';
import type { SecretsKey } from '../config/master-key.ts';
import type { KeyRing } from '../sites/key-ring.ts';
import { decryptSettings, encryptSettings } from '../sites/secret-settings.ts';
import type { StoredAlertSettings } from '../storage/ports/alerts.ts';
import type { StoredConfig } from '../storage/ports/dashboard-sites.ts';

/** Channels with their secrets, as they are stored, and as the dashboard shows them. */

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

type StoredChannel = Pick<AlertChannel, 'id' | 'type'>;
type Members = Readonly<Record<string, unknown>>;

/** Separates the settings to store from the secrets of the channels, which are encrypted. */
export function splitSecrets(
  { channels, ...others }: AlertsConfig,
  key: SecretsKey,
): Pick<StoredAlertSettings, 'config' | 'secrets'> {
  const secrets = channels.map((channel) => [
    channel.id,
    encryptSettings(pickSecrets(channel), { alertChannel: channel.id }, key),
  ]);
  const config: StoredConfig = JSON.parse(JSON.stringify({ ...others, channels: channels.map(omitSecrets) }));
  return { config, secrets: Object.fromEntries(secrets) };
}

/** Returns the stored settings with their secrets, in the form of the config file. Leaves out the channels whose secrets are `lost`. */
export function openStoredSettings(
  { config, secrets }: Pick<StoredAlertSettings, 'config' | 'secrets'>,
  findKey: KeyRing['find'],
): { readonly settings: Members; readonly lost: ReadonlySet<string> } {
  const lost = new Set<string>();
  const channels = listStoredChannels(config).flatMap((channel) => {
    const result = decryptSettings(secrets[channel.id] ?? {}, { alertChannel: channel.id }, findKey);
    if (result.lost.length === 0) return [{ ...channel, ...result.opened }];
    lost.add(channel.id);
    return [];
  });
  const rules = readRules(config, lost);
  return { settings: { ...config, channels, ...(rules && { rules }) }, lost };
}

/** Returns the stored rules without the channels that are left out. */
function readRules(config: StoredConfig | null, lost: ReadonlySet<string>): readonly unknown[] | undefined {
  const rules: unknown = config?.rules;
  if (!Array.isArray(rules)) return undefined;
  return rules.map((rule: unknown) =>
    isRecord(rule) && Array.isArray(rule.for) ? { ...rule, for: rule.for.filter((id) => !lost.has(String(id))) } : rule,
  );
}

/**
 * Completes the channels of an input with the secrets of the current ones. A password is only kept for the same account on the same server,
 * or a changed host would receive it.
 */
export function completeChannels(input: unknown, current: readonly AlertChannel[]): unknown {
  if (!isRecord(input) || !Array.isArray(input.channels)) return input;
  return { ...input, channels: input.channels.map((given: unknown) => completeChannel(given, current)) };
}

function completeChannel(given: unknown, current: readonly AlertChannel[]): unknown {
  const stored = isRecord(given) ? current.find(({ id }) => id === given.id) : undefined;
  if (!isRecord(given) || !stored || stored.type !== given.type || !keepsReceiver(stored, given)) return given;
  const missing = Object.entries(pickSecrets(stored)).filter(([name]) => given[name] === undefined);
  return { ...given, ...Object.fromEntries(missing) };
}

function keepsReceiver(stored: AlertChannel, given: Members): boolean {
  if (stored.type !== 'email') return true;
  const { host, port = 587, security = 'starttls', user } = given;
  return stored.host === host && stored.port === port && stored.security === security && stored.user === user;
}

/** Returns the digest of what decides whether messages arrive. It leaves out a password, which could be guessed from the digest. */
export function digestChannel(channel: AlertChannel): string {
  const settings = Object.entries(channel).filter(([name]) => name !== 'password' && name !== 'sites');
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

export function getPassword(channel: AlertChannel | undefined): string | undefined {
  return channel?.type === 'email' ? channel.password : undefined;
}

const keyMissing = 'The key that encrypted its secret is missing. Restore the key, or enter the secret again.';

/** Lists the channels of the config file, or the stored ones. Those that are `lost` have an unreadable secret. */
export function listChannelViews(
  file: AlertsConfig | undefined,
  { config, secrets }: Pick<StoredAlertSettings, 'config' | 'secrets'>,
  lost: ReadonlySet<string>,
): readonly ChannelView[] {
  if (file) return file.channels.map((channel) => toChannelView(channel, Object.keys(pickSecrets(channel))));
  return listStoredChannels(config).map((channel) => ({
    ...toChannelView(channel, Object.keys(secrets[channel.id] ?? {})),
    ...(lost.has(channel.id) && { problem: keyMissing }),
  }));
}

function toChannelView(channel: StoredChannel, secrets: readonly string[]): ChannelView {
  const { id: _, type: __, ...shown } = omitSecrets(channel);
  const settings: StoredConfig = JSON.parse(JSON.stringify(shown));
  return { id: channel.id, type: channel.type, settings, secrets };
}

function listStoredChannels(config: StoredConfig | null): readonly StoredChannel[] {
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

function pickSecrets(channel: AlertChannel): Members {
  const secrets = Object.entries(channel).filter(([name, value]) => isSecret(channel, name) && value !== undefined);
  return Object.fromEntries(secrets);
}

function omitSecrets(channel: StoredChannel): Members {
  return Object.fromEntries(Object.entries(channel).filter(([name]) => !isSecret(channel, name)));
}

function isSecret({ type }: StoredChannel, setting: string): boolean {
  const secrets: readonly string[] = secretChannelSettings[type];
  return secrets.includes(setting);
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
