import type { AlertChannelView, AlertSettingsView, AlertsView } from '../../../api/client.ts';

type Condition = AlertsView['conditions'][number];
type Rule = AlertSettingsView['rules'][number];
type ChannelType = AlertChannelView['type'];

/** A rule as the form shows it: one row for each condition and each further threshold. */
export interface RuleRow {
  readonly on: Condition['on'];
  readonly isEnabled: boolean;
  /** Empty: the default. In percent if the unit is a share. */
  readonly threshold: string;
  readonly sites: readonly string[];
  /** Empty: all channels. */
  readonly channels: readonly string[];
}

export interface AlertFormValue {
  readonly rules: readonly RuleRow[];
  readonly digest: AlertSettingsView['digest'];
  readonly timeZone: string;
  readonly quietFrom: string;
  readonly quietTo: string;
}

/** Returns the rows of the form. If there are no rules, every condition is enabled. A condition without a rule is a row that is not enabled. */
export function toFormValue(settings: AlertSettingsView, conditions: readonly Condition[]): AlertFormValue {
  const shares = new Set(conditions.filter(({ unit }) => unit === 'share').map(({ on }) => on));
  const rules = settings.hasDefaultRules ? listDefaultRules(conditions) : settings.rules;
  const rows = rules.map((rule): RuleRow => {
    const { on, threshold, sites = [], for: channels = [] } = rule;
    const shown = threshold === undefined ? '' : String(shares.has(on) ? round(threshold * 100) : threshold);
    return { on, isEnabled: true, threshold: shown, sites, channels };
  });
  const missing = conditions
    .filter(({ on }) => !rules.some((rule) => rule.on === on))
    .map(({ on }): RuleRow => ({ on, isEnabled: false, threshold: '', sites: [], channels: [] }));
  const order = conditions.map(({ on }) => on);
  return {
    rules: [...rows, ...missing].toSorted((one, other) => order.indexOf(one.on) - order.indexOf(other.on)),
    digest: settings.digest,
    timeZone: settings.timeZone,
    quietFrom: settings.quietHours?.from ?? '',
    quietTo: settings.quietHours?.to ?? '',
  };
}

/** The rules that apply if none are set. */
function listDefaultRules(conditions: readonly Condition[]): readonly Rule[] {
  return conditions.map(({ on }) => ({ on }));
}

/** Returns the settings to save. Channels keep their secrets, which the dashboard does not know. */
export function toAlertSettings(
  { rules, digest, timeZone, quietFrom, quietTo }: AlertFormValue,
  channels: readonly ChannelInput[],
  conditions: readonly Condition[],
): Readonly<Record<string, unknown>> {
  const shares = new Set(conditions.filter(({ unit }) => unit === 'share').map(({ on }) => on));
  return {
    channels,
    rules: rules
      .filter(({ isEnabled }) => isEnabled)
      .flatMap(({ on, threshold, sites, channels: only }) => {
        const kept = only.filter((id) => channels.some((channel) => channel.id === id));
        // A rule that lost its last channel would send to all channels.
        if (only.length > 0 && kept.length === 0) return [];
        return {
          on,
          ...(threshold !== '' && { threshold: shares.has(on) ? round(Number(threshold) / 100) : Number(threshold) }),
          ...(sites.length > 0 && { sites }),
          ...(kept.length > 0 && { for: kept }),
        };
      }),
    digest,
    timeZone,
    ...((quietFrom !== '' || quietTo !== '') && { quietHours: { from: quietFrom, to: quietTo } }),
  };
}

export type ChannelInput = Readonly<Record<string, unknown>> & { readonly id: string };

/** Returns a channel in the form of the settings, without its secrets. */
export function toChannelInput({ id, type, settings }: AlertChannelView): ChannelInput {
  return { ...settings, id, type };
}

/** The fields of a channel's form as text. */
export interface ChannelFormValue {
  readonly id: string;
  readonly type: ChannelType;
  readonly url: string;
  readonly secrets: string;
  readonly host: string;
  readonly port: string;
  readonly security: string;
  readonly user: string;
  readonly password: string;
  readonly from: string;
  readonly to: string;
  readonly sites: readonly string[];
}

export function toChannelForm(channel: AlertChannelView | undefined): ChannelFormValue {
  const settings = channel?.settings ?? {};
  const text = (name: string, other = '') => (settings[name] === undefined ? other : String(settings[name]));
  const list = (name: string) => (Array.isArray(settings[name]) ? settings[name].map(String) : []);
  return {
    id: channel?.id ?? '',
    type: channel?.type ?? 'slack',
    url: text('url'),
    secrets: '',
    host: text('host'),
    port: text('port', '587'),
    security: text('security', 'starttls'),
    user: text('user'),
    password: '',
    from: text('from'),
    to: list('to').join('\n'),
    sites: list('sites'),
  };
}

/** Returns the channel to save. Empty secrets are left out, so that the stored ones stay. */
export function fromChannelForm(value: ChannelFormValue): ChannelInput {
  const { id, type, url, secrets, host, port, security, user, password, from, to, sites } = value;
  const head = { id: id.trim(), type, ...(sites.length > 0 && { sites }) };
  if (type === 'email')
    return {
      ...head,
      host: host.trim(),
      port: Number(port),
      security,
      ...(user !== '' && { user }),
      ...(password !== '' && { password }),
      from: from.trim(),
      to: splitList(to),
    };
  if (type === 'webhook') return { ...head, url: url.trim(), ...(secrets.trim() !== '' && { secrets: splitList(secrets) }) };
  return { ...head, ...(url.trim() !== '' && { url: url.trim() }) };
}

function splitList(text: string): readonly string[] {
  return text
    .split(/[\n,]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

export const channelLabels: Readonly<Record<ChannelType, string>> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  discord: 'Discord',
  email: 'E-mail',
  webhook: 'Webhook',
};

export const conditionLabels: Readonly<Record<Condition['on'], string>> = {
  paused: 'Connection paused',
  retrying: 'Platform does not answer',
  'oldest-undelivered': 'Delivery is behind',
  accuracy: 'Orders are missing',
  'no-events': 'No events',
  'no-orders': 'No orders',
  'rejected-share': 'Many events refused',
  'dead-letters': 'Many dead letters',
  disk: 'Disk nearly full',
  'pixel-missing': 'Pixel reports nothing',
  'goal-missing': 'No goal for orders',
};
