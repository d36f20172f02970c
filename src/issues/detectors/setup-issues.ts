import { type BudgetKind, beyondBudget } from '../../event/browser-budget.ts';
import { formatCount, formatDuration, formatPercent } from '../../event/format-numbers.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import { isSilence } from '../conditions/site-conditions.ts';
import { getConnectionPath, noCost } from '../conditions/verdict.ts';
import type { SetupStep, SiteFacts, SiteSetup } from '../facts/facts.ts';
import { getUsualCount } from '../facts/shop-rhythm.ts';
import { detectAccountIssues } from './account-issues.ts';
import { type DetectedIssue, formatIssueKey, type SetupTexts } from './issue.ts';
import { detectDistrustedKeys } from './key-issues.ts';

/** The share and number of rejections that need attention. A few are normal. */
const rejectionLimit = { share: 0.05, least: 5 };
/** A site with this many events in two days is not silent for this long. */
const silenceLimit = { received: 24, forMs: 6 * hourMs };

/** Returns the problems of a site's settings, of its setup and of what it receives. */
export function detectSetupIssues(facts: SiteFacts, now: UnixMs): readonly DetectedIssue[] {
  const create = (kind: string, { part, sentence, connection, ...texts }: SetupTexts): DetectedIssue => ({
    figures: [],
    names: { site: facts.name, ...(connection !== undefined && { connection }) },
    since: now,
    ...noCost,
    ...texts,
    key: formatIssueKey(kind, { site: facts.site, ...(connection !== undefined && { connection }) }, part),
    kind,
    sentence: sentence ?? `${texts.title}.`,
    site: facts.site,
    ...(connection !== undefined && { connection }),
  });
  const { setup } = facts;
  return [
    ...detectNewDataBudgets(facts).map((texts) => create('new-data-budget', texts)),
    ...detectAccountIssues(facts, now).map(([kind, texts]) => create(kind, texts)),
    ...(setup ? detectDistrustedKeys(facts.site, setup).map((texts) => create('key-distrusted', texts)) : []),
    ...(setup ? detectSettings(facts.site, setup).map(([kind, texts]) => create(kind, texts)) : []),
    ...(setup ? detectCounts(facts, setup, now).map(([kind, texts]) => create(kind, texts)) : []),
    ...(setup?.steps ?? []).map((step) => create('setup', describeStep(facts.site, step))),
  ];
}

type Named = readonly (readonly [kind: string, texts: SetupTexts])[];

function detectSettings(site: string, { problem, connections, counts, files }: SiteSetup): Named {
  const found: [string, SetupTexts][] = [];
  const settings = { label: 'Open site settings', path: `/sites/${site}/settings` };
  if (problem !== undefined)
    found.push([
      'site-invalid',
      { severity: 'warning', title: 'The settings of the site have a problem', sentence: problem, action: settings },
    ]);
  for (const one of connections) {
    if (one.problem === undefined) continue;
    const action = { label: 'Open connection', path: getConnectionPath(site, one.id) };
    const title = `The connection ${one.id} has a problem`;
    found.push([
      'connection-invalid',
      { severity: 'warning', title, sentence: `${one.id}: ${one.problem}`, action, connection: one.id },
    ]);
  }
  if (connections.length === 0 && counts.received > 0) {
    const title = 'Events are stored but not sent, because the site has no connection';
    const action = { label: 'Add connection', path: `/sites/${site}/destinations/new` };
    found.push(['no-connection', { severity: 'warning', title, action, events: counts.received }]);
  }
  if (connections.length > 0 && connections.every(({ isEnabled }) => !isEnabled)) {
    // A connection of the dashboard is enabled by a button on its page, one of the config file only there.
    const changeable = connections.find(({ isOfDashboard }) => isOfDashboard);
    const target = changeable ?? connections[0];
    const title = 'Events are stored but not sent, because all connections are disabled';
    const sentence = `${title}. ${changeable ? 'Enable one.' : 'Enable one in the config file, and restart.'}`;
    const action = { label: 'Open connection', path: getConnectionPath(site, target?.id ?? '') };
    found.push(['connections-disabled', { severity: 'note', title, sentence, action, events: counts.received }]);
  }
  if (files > 0) {
    const title =
      files === 1
        ? 'A customer asked the shop for their data'
        : `${formatCount(files, 'customer')} asked the shop for their data`;
    const sentence = `${title}. ${files === 1 ? 'Download the file and send it to them.' : 'Download the files and send them.'}`;
    const action = { label: 'Open files', path: `/sites/${site}/privacy` };
    found.push(['exports', { severity: 'note', title, sentence, action, needs: 'owner' }]);
  }
  return found;
}

function detectCounts({ site, silences }: SiteFacts, { counts }: SiteSetup, now: UnixMs): Named {
  const { received, rejected, unexplained } = counts;
  const found: [string, SetupTexts][] = [];
  if (unexplained > 0) {
    const title = `Convey cannot account for ${formatCount(unexplained, 'event')} of the last two days`;
    const sentence = `${title}. This is a bug in Convey. Please report it.`;
    const action = { label: 'See events', path: `/sites/${site}/events` };
    found.push(['unexplained', { severity: 'warning', title, sentence, action, events: unexplained }]);
  }
  const all = rejected + received;
  if (rejected >= rejectionLimit.least && rejected > rejectionLimit.share * all) {
    const title = `${formatCount(rejected, 'event')} of the last two days (${formatPercent(rejected, all)}) ${rejected === 1 ? 'was' : 'were'} rejected`;
    const action = { label: 'See rejected events', path: `/sites/${site}/rejections` };
    const sentence = `${title}. Check which field is invalid.`;
    found.push(['rejections', { severity: 'note', title, sentence, action, events: rejected }]);
  }
  const silence = silences.events;
  // A shop with a known rhythm has the condition `no-events`.
  const isNew = isSilence(silence) && getUsualCount(silence.earlier) === undefined;
  if (isNew && now - silence.since >= silenceLimit.forMs && received >= silenceLimit.received) {
    const title = 'No events arrive';
    const sentence = `No event has arrived for ${formatDuration(now - silence.since)}, after ${formatCount(received, 'event')} in two days. Check that the pixel is still on the pages.`;
    const action = { label: 'Check setup', path: `/sites/${site}` };
    found.push(['no-events', { severity: 'note', title, sentence, action, since: silence.since }]);
  }
  return found;
}

function describeStep(site: string, { id, says, guide }: SetupStep): SetupTexts {
  const title = /^.*?[.!?](?=\s|$)/.exec(says)?.[0].replace(/[.]$/, '') ?? says;
  const action =
    id === 'consent-told'
      ? { label: 'Run the consent doctor', path: `/sites/${site}/consent` }
      : { label: 'Open setup', path: `/sites/${site}` };
  return {
    severity: 'note',
    title,
    sentence: says,
    action: guide === undefined ? action : { label: 'How to fix it', path: `/sites/${site}/guides/${guide}` },
    part: id,
  };
}

function detectNewDataBudgets({ site, budget }: SiteFacts): readonly SetupTexts[] {
  const kinds: readonly BudgetKind[] = ['visitors', 'links'];
  return kinds
    .filter((kind) => !Object.hasOwn(beyondBudget, kind) && budget[kind].used >= budget[kind].limit)
    .map((kind) => {
      const title = `Browsers reached today's limit of ${budget[kind].limit.toLocaleString('en-GB')} new ${kind}`;
      const rest = `Events are sent, but no new ${kind} are stored until midnight UTC. If they are real, raise \`collector.browserBudget.${kind}\`. If not, the site is being flooded.`;
      const action = { label: 'See events', path: `/sites/${site}/events` };
      return { severity: 'note', title, sentence: `${title}. ${rest}`, action, part: kind };
    });
}
