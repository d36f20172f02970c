import type { AlertChannelView } from '../../../api/client.ts';
import { type SettingField, type SettingsForm, toSettings } from '../destinations/settings/setting-fields.ts';

type ChannelType = AlertChannelView['type'];

export type ChannelInput = Readonly<Record<string, unknown>> & { readonly id: string };

/** Returns a channel in the form of the settings, without its secrets. */
export function toChannelInput({ id, type, settings }: AlertChannelView): ChannelInput {
  return { ...settings, id, type };
}

/** The fields that every channel has. */
export interface ChannelHead {
  readonly id: string;
  readonly type: ChannelType;
  readonly sites: readonly string[];
}

export function toChannelHead(channel: AlertChannelView | undefined): ChannelHead {
  const { id = '', type = 'slack', settings: { sites } = {} } = channel ?? {};
  return { id, type, sites: Array.isArray(sites) ? sites.map(String) : [] };
}

/** Returns the channel to save. Empty secrets are left out, so that the stored ones stay. */
export function fromChannelForm(
  { id, type, sites }: ChannelHead,
  fields: readonly SettingField[],
  form: SettingsForm,
): ChannelInput {
  return { id: id.trim(), type, ...(sites.length > 0 && { sites }), ...toSettings(fields, form) };
}

export const channelLabels: Readonly<Record<ChannelType, string>> = {
  slack: 'Slack',
  teams: 'Microsoft Teams',
  discord: 'Discord',
  email: 'E-mail',
  webhook: 'Webhook',
};
