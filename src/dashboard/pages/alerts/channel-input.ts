import type { AlertChannelView } from '../../../api/client.ts';

type ChannelType = AlertChannelView['type'];

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

export const channelLabels: Readonly<Record<ChannelType, string>> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  discord: 'Discord',
  email: 'E-mail',
  webhook: 'Webhook',
};
