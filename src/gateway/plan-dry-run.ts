import { Mutex } from 'async-mutex';
import { type ConnectionViewDeps, connectionView } from '../api/connections/connection-view.ts';
import { isOutcomeName, outcomeSentence } from '../api/http/outcome-names.ts';
import { decideUnstored, type UnstoredDecision } from '../delivery/planning/decide-unstored.ts';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import { isSignalName } from '../event/event-names.ts';
import type { Issue } from '../event/issue.ts';
import type { Connection, Site } from '../event/site.ts';
import { secondMs } from '../event/units.ts';
import type { PlanDryRun, PlannedOutcome } from '../ingest/accept/dry-run.ts';
import { compileRules } from '../rules/evaluate.ts';
import { type LogRecord, startOffset } from '../storage/log/event-log.ts';
import { formatConsumerId } from '../storage/ports/consumer-id.ts';

type DryRunDeps = Omit<ConnectionViewDeps, 'isLive'> & { readonly sites: () => readonly Site[] };

/**
 * Creates the planner of dry runs: rules, consent, profiles and mapping decide as in delivery, by the same functions. It reads the store and
 * writes nothing.
 */
export function createDryRunPlanner({ sites, ...deps }: DryRunDeps): PlanDryRun {
  const planOne = async (site: Site, connection: Connection, records: readonly LogRecord[]) => {
    const destination = deps.getPlatform(connection);
    const rules = compileRules(connection.id, site.rules, connection.rules);
    const { health, says } = await connectionView(site, connection, { ...deps, isLive: () => true });
    const decided = await decideUnstored(records, {
      ...{ site, destination, log: deps.log, store: deps.store, now: deps.now },
      ...(rules && { rules }),
      consumer: formatConsumerId(site.id, connection.id),
      beginsAfter: () => startOffset,
    });
    return decided.map((one) => describe(one, connection.id, destination, { health, says }, deps.now()));
  };
  // Dry runs wait for each other, so that they leave time for deliveries.
  const turns = new Mutex();
  const planAll: PlanDryRun = async (id, records) => {
    const site = sites().find((one) => one.id === id);
    const events = records.map(({ key, bytes }, index): LogRecord | undefined =>
      isSignalName(key) ? undefined : { offset: formatDryOffset(index), key, at: deps.now(), body: { bytes } },
    );
    const asked = events.flatMap((event) => event ?? []);
    if (!site || asked.length === 0) return records.map(() => []);
    const plans: (readonly PlannedOutcome[])[] = [];
    for (const connection of site.connections) plans.push(await planOne(site, connection, asked));
    return events.map((event) => (event ? plans.flatMap((outcomes) => outcomes[asked.indexOf(event)] ?? []) : []));
  };
  return (id, records) => turns.runExclusive(() => planAll(id, records));
}

/** Returns an offset that no record of an event log has. */
function formatDryOffset(index: number): string {
  return `dry-run-${index}`;
}

function describe(
  { decision, heldUntil }: UnstoredDecision,
  connection: string,
  destination: BoundDestination,
  health: { readonly health: string; readonly says: string },
  now: number,
): PlannedOutcome {
  const { outcome, says, issues } = readOutcome(decision, destination);
  const checks = destination
    .whyNot({
      reporters: ['server'],
      outcome: outcome === 'sent' ? 'undelivered' : outcome,
      ...{ says, issues, attempts: [], missing: [], connection: health, now },
    })
    .filter(({ answer }) => answer === 'no' || answer === 'skip');
  return {
    connection,
    platform: destination.name,
    outcome,
    says,
    ...(heldUntil !== undefined && { waitSeconds: Math.ceil((heldUntil - now) / secondMs) }),
    issues,
    rules: decision.rules?.effects.map(({ message }) => message) ?? [],
    checks: checks.map(({ title, message }) => ({ title, message })),
  };
}

function readOutcome(
  decision: UnstoredDecision['decision'],
  { name, skipTexts }: BoundDestination,
): { readonly outcome: string; readonly says: string; readonly issues: readonly Issue[] } {
  if ('member' in decision) return { outcome: 'sent', says: `Would be sent to ${name}.`, issues: decision.member.issues };
  if ('skip' in decision) {
    const { outcome, issues } = decision.skip;
    return { outcome, says: isOutcomeName(outcome) ? outcomeSentence(outcome, skipTexts) : '', issues };
  }
  if ('deadLetter' in decision) return { outcome: 'dead', says: outcomeSentence('dead'), issues: decision.deadLetter.issues };
  return { outcome: 'waiting', says: outcomeSentence('waiting'), issues: [] };
}
