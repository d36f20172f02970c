import { html } from 'hono/html';
import { isFields } from '../../kit/fields.ts';
import { badge, formatClock, formatMoney, type Markup, type Tone, truncate } from '../../kit/page/page-elements.ts';
import type { OfflineAdjustmentRow, OfflineConversions, OfflineRow } from '../campaign-management/offline-conversions.ts';
import { adAccounts } from '../customer-management/customers.ts';
import type { AdjustmentRow } from '../journal/adjustment-row.ts';
import type { ConversionGoal } from '../journal/conversion-goal.ts';
import type { Goals } from '../journal/event-goals.ts';
import type { Journal } from '../journal/journal.ts';
import type { Grants } from '../oauth/grants.ts';

const shownRows = 20;

export interface AdvertisingParts {
  readonly journal: Journal;
  readonly goals: Goals;
  readonly offline: OfflineConversions;
  readonly grants: Grants;
  readonly autoTagged: ReadonlySet<string>;
}

/** Why a row counts, or why it has no effect. */
const outcomeTexts: Readonly<Record<AdjustmentRow['outcome'], readonly [label: string, tone: Tone, why: string]>> = {
  Success: ['applied', 'good', ''],
  AdjustmentOriginalNotFound: ['no conversion', 'doubt', 'No counted conversion has this goal and transaction or click id.'],
  ClickTimestampAfterConversion: ['click too late', 'doubt', 'The click came after the conversion.'],
  ConversionAlreadyRetracted: ['already retracted', 'doubt', 'The conversion was retracted before, so nothing changed.'],
  DuplicateConversionKey: ['duplicate', 'plain', 'A row of the same name, time and id was uploaded before. This one is ignored.'],
  GoalNotFoundOrInactive: ['no goal', 'bad', 'No active goal has this name.'],
  NoMatchingClickFound: [
    'no click',
    'doubt',
    'No event of the last 90 days named this click, so the conversion is not attributed.',
  ],
  OutsideGoalLookbackWindow: ['outside the window', 'doubt', 'The click is older than the conversion window of the goal.'],
};

/** Shows the accounts, the goals that the API made, and the adjustments and offline conversions that it took. */
export function advertisingSections({ journal, goals, offline, grants, autoTagged }: AdvertisingParts): Markup {
  const made = goals.all().filter(({ customerId }) => customerId !== null);
  return html`${renderSection('Goals made by the API', made, 'goals', goalCard)}${renderSection(
    'Adjustments',
    journal.adjustments.list(),
    'journal/adjustments',
    adjustmentCard,
  )}${renderSection('Offline conversions', offline.list(), 'journal/offline', offlineCard)}${
    grants.count === 0 ? '' : accountSection(autoTagged)
  }`;
}

function renderSection<T>(title: string, all: readonly T[], path: string, render: (one: T) => Markup): Markup | '' {
  if (all.length === 0) return '';
  const shown = all.slice(-shownRows).reverse();
  const id = title.toLowerCase().replaceAll(' ', '-');
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${all.length > shown.length ? html`<p class="note">The newest ${shown.length}. All: <a href="${path}">/${path}</a></p>` : ''}
<ol class="cards">${shown.map(render)}</ol></section>
`;
}

function accountSection(autoTagged: ReadonlySet<string>): Markup {
  return html`<section aria-labelledby="accounts"><h2 id="accounts">Ad accounts</h2>
<ol class="cards small">${adAccounts.map(
    ({ id, name, number, parentCustomerId, currency }) =>
      html`<li class="card"><div class="line"><strong>${name}</strong><span class="value">${currency}</span></div>
<div class="line quiet"><span>account ${id}</span><span>number ${number}</span><span>customer ${parentCustomerId}</span><span>auto-tagging ${autoTagged.has(id) ? 'on' : 'off'}</span></div></li>`,
  )}</ol></section>
`;
}

function goalCard({ id, tagId, fields }: ConversionGoal): Markup {
  const text = (name: string): string => truncate(String(fields[name] ?? ''));
  const isOffline = fields.Type === 'OfflineConversion';
  const isActive = fields.Status === 'Active';
  const isCounting = isActive && (isOffline || fields.Type === 'Event');
  const revenue = isFields(fields.Revenue) ? fields.Revenue : {};
  const pairs = ['Action', 'Category', 'Label']
    .filter((name) => text(`${name}Operator`) !== '')
    .map((name) => `${name} ${text(`${name}Operator`)} ${text(`${name}Expression`)}`);
  const value = text('ValueOperator') === '' ? [] : [`Value ${text('ValueOperator')} ${text('Value')}`];
  const why = isOffline
    ? 'Counts uploaded rows of this name.'
    : isCounting
      ? `Counts events with ${[...pairs, ...value].join(', ')}.`
      : isActive
        ? 'The simulator counts no goal of this type.'
        : 'Counts nothing until it is active.';
  return html`<li class="card ${isCounting ? 'good' : 'doubt'}"><div class="line"><strong><bdi>${text('Name')}</bdi></strong>${badge(text('Status').toLowerCase(), isActive ? 'good' : 'doubt')}</div>
<p><bdi>${why}</bdi></p>
<div class="line quiet"><span>goal ${id}</span><span>${tagId === null ? 'no tag' : `tag ${tagId}`}</span><span><bdi>${text('GoalCategory')}</bdi></span><span>counts <bdi>${text('CountType')}</bdi></span><span><bdi>${truncate(String(revenue.Type ?? 'NoValue'))}</bdi></span></div></li>`;
}

interface RowCard {
  readonly title: string;
  readonly at: string;
  readonly outcome: AdjustmentRow['outcome'];
  /** Replaces the label of an outcome that succeeded. */
  readonly success: string;
  readonly value: string;
  readonly facts: readonly string[];
}

function rowCard({ title, at, outcome, success, value, facts }: RowCard): Markup {
  const [label, tone, why] = outcomeTexts[outcome];
  return html`<li class="card ${tone}"><div class="line"><strong><bdi>${truncate(title)}</bdi></strong>${badge(outcome === 'Success' ? success : label, tone)}<span class="value"><bdi>${truncate(value)}</bdi></span></div>
${why === '' ? '' : html`<p>${why}</p>`}
<div class="line quiet">${formatClock(at)}${facts.map((fact) => html`<span><bdi>${truncate(fact)}</bdi></span>`)}</div></li>`;
}

function adjustmentCard(row: AdjustmentRow): Markup {
  const { conversionName, adjustmentType, transactionId, value, currency, at, outcome } = row;
  return rowCard({
    title: `${adjustmentType} of ${conversionName}`,
    at,
    outcome,
    success: 'applied',
    value: formatMoney(value, currency),
    facts: [`transaction ${transactionId}`],
  });
}

function offlineCard(row: OfflineRow | OfflineAdjustmentRow): Markup {
  const { conversionName, conversionTime, clickId, hashes, value, currency, at, outcome } = row;
  const isRetracted = row.kind === 'conversion' && row.isRetracted;
  return rowCard({
    title: row.kind === 'conversion' ? conversionName : `${row.adjustmentType} of ${conversionName}`,
    at,
    outcome,
    success: row.kind === 'adjustment' ? 'applied' : isRetracted ? 'retracted' : 'attributed',
    value: formatMoney(value, currency),
    facts: [
      `conversion at ${conversionTime}`,
      clickId === null ? `${hashes.length === 1 ? 'a hash' : 'hashes'} without a click id` : `click ${clickId}`,
    ],
  });
}
