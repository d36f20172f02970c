import type { AlertChannelView, AlertSettingsView, AlertsView, Issue } from '../../../api/client.ts';
import { getFieldError } from '../../components/forms/field-errors.ts';
import type { ChannelInput } from './channel-input.ts';

type Condition = AlertsView['conditions'][number];
type Rule = AlertSettingsView['rules'][number];

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
  const ids = channels.map(({ id }) => id);
  return {
    channels,
    rules: rules
      .filter((row) => isSaved(row, ids))
      .map(({ on, threshold, sites, channels: only }) => {
        const kept = only.filter((id) => ids.includes(id));
        return {
          on,
          ...(threshold.trim() !== '' && { threshold: shares.has(on) ? round(Number(threshold) / 100) : Number(threshold) }),
          ...(sites.length > 0 && { sites }),
          ...(kept.length > 0 && { for: kept }),
        };
      }),
    digest,
    timeZone,
    ...((quietFrom !== '' || quietTo !== '') && { quietHours: { from: quietFrom, to: quietTo } }),
  };
}

/** Returns whether a row is saved as a rule. A rule that lost its last channel would send to all channels. */
function isSaved({ isEnabled, channels: only }: RuleRow, channels: readonly string[]): boolean {
  return isEnabled && (only.length === 0 || only.some((id) => channels.includes(id)));
}

/** Returns the field of each row in the issues of saved settings, such as `rules[2]`. A row that was not saved has none. */
export function listRuleFields(rows: readonly RuleRow[], channels: readonly string[]): readonly (string | undefined)[] {
  const saved = rows.filter((row) => isSaved(row, channels));
  return rows.map((row) => {
    const position = saved.indexOf(row);
    return position === -1 ? undefined : `rules[${position}]`;
  });
}

/** Returns the error of each row, with thresholds in the unit of the form. */
export function getRuleErrors(
  issues: readonly Issue[],
  rows: readonly RuleRow[],
  channels: readonly string[],
  conditions: readonly Condition[],
): readonly (string | undefined)[] {
  return listRuleFields(rows, channels).map((field, at) => {
    if (field === undefined) return undefined;
    const condition = conditions.find(({ on }) => on === rows[at]?.on);
    const toForm = (issue: Issue) =>
      condition && issue.field === `${field}.threshold` ? { ...issue, message: describeThreshold(condition) } : issue;
    return getFieldError(issues.map(toForm), field);
  });
}

function describeThreshold({ unit }: Condition): string {
  return unit === 'share' ? 'Must be a percentage from 0 to 100.' : `Must be a number of ${unit}, 0 or more.`;
}

/** Returns the effect of a threshold of 0. Undefined for another threshold. */
export function describeZero({ on, threshold }: Pick<RuleRow, 'on' | 'threshold'>): string | undefined {
  return threshold.trim() !== '' && Number(threshold) === 0 ? zeroTexts[on] : undefined;
}

const atFirst = '0 alerts at the first one.';
const atNextCheck = '0 alerts at the next check, without a delay.';
const zeroTexts: Readonly<Record<Condition['on'], string>> = {
  paused: atNextCheck,
  retrying: atNextCheck,
  'oldest-undelivered': atNextCheck,
  accuracy: '0 never alerts.',
  'no-events': '0 alerts at every silence.',
  'no-orders': '0 alerts at every silence.',
  'rejected-share': atFirst,
  'dead-letters': atFirst,
  disk: '0 alerts only when events are refused.',
  'pixel-missing': '0 alerts at every silence.',
  'goal-missing': atFirst,
  'goal-uncounted': atFirst,
  'consent-differs': atFirst,
  'over-budget': '0 alerts at the first use.',
  'key-distrusted': atFirst,
};

/** An alert that no other channel reports. `sites` is absent if that is so for every site. */
export interface UnreportedAlert {
  readonly on: Condition['on'];
  readonly sites?: readonly string[];
}

/** Finds the alerts that no channel reports any more when one is removed. */
export function findUnreportedAlerts(
  settings: AlertSettingsView,
  removed: string,
  conditions: readonly Condition[],
  siteIds: readonly string[],
): readonly UnreportedAlert[] {
  const rules = settings.hasDefaultRules ? listDefaultRules(conditions) : settings.rules;
  const isReported = (on: Condition['on'], site: string | undefined, channels: readonly AlertChannelView[]) =>
    channels.some(({ id, settings: { sites } }) => {
      const isReceiver = !Array.isArray(sites) || sites.includes(site);
      return isReceiver && rules.some((rule) => rule.on === on && coversSite(rule, site) && (rule.for?.includes(id) ?? true));
    });
  const others = settings.channels.filter(({ id }) => id !== removed);
  return conditions.flatMap(({ on, scope }) => {
    const subjects = scope === 'gateway' ? [undefined] : siteIds;
    const lost = subjects.filter((site) => isReported(on, site, settings.channels) && !isReported(on, site, others));
    if (lost.length === 0) return [];
    return [{ on, ...(lost.length < subjects.length && { sites: lost.filter((site) => site !== undefined) }) }];
  });
}

/** Returns whether a rule covers a site, or the gateway itself. */
function coversSite({ sites }: Rule, site: string | undefined): boolean {
  return site === undefined || (sites?.includes(site) ?? true);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

export const conditionLabels: Readonly<Record<Condition['on'], string>> = {
  paused: 'Connection paused',
  retrying: 'Platform does not answer',
  'oldest-undelivered': 'Delivery is behind',
  accuracy: 'Orders are missing',
  'no-events': 'No events',
  'no-orders': 'No orders',
  'rejected-share': 'Many events refused',
  'dead-letters': 'Many failed events',
  disk: 'Disk nearly full',
  'pixel-missing': 'Pixel reports nothing',
  'goal-missing': 'No goal for orders',
  'goal-uncounted': 'Accepted, not counted',
  'consent-differs': 'Orders that browsers deny',
  'over-budget': 'Daily budget for browsers',
  'key-distrusted': 'Secret key in a page',
};
