import type { Condition, Rule } from '../event/rule.ts';
import type { Connection, TagConfig } from '../event/site.ts';

/** One problem of a rule of a site's or a connection's list. */
interface RuleProblem {
  /** Index in its list. */
  readonly index: number;
  readonly field: 'then.rename' | 'then.also';
  readonly message: string;
}

type ConnectionRef = Pick<Connection, 'id' | 'destination'>;
/** A connection with the event names that the browser tag of its platform reports. */
export interface ReportingConnection extends ConnectionRef {
  readonly reportedNames: readonly string[];
}
type TagModes = Readonly<Record<string, Pick<TagConfig, 'mode'>>>;

/**
 * Finds rules that rename what a browser tag reports too, or add an event of a name that it reports. The tag knows nothing of the rules, so
 * the platform would count both reports. No condition makes `rename` safe: the server's report may be delivered first.
 */
export function findTagConflicts(
  rules: readonly Rule[] | undefined,
  connections: readonly ReportingConnection[],
  tags: TagModes,
): readonly RuleProblem[] {
  const tagged = findTagged(connections, tags);
  if (!tagged) return [];
  const findReporting = (name: string) =>
    connections.find((one) => isTagged(one, tags) && one.reportedNames.some((own) => isSameName(own, name)));
  return (rules ?? []).flatMap((rule, index): readonly RuleProblem[] => {
    const { when, then: action, enabled } = rule;
    if (!enabled) return [];
    if ('rename' in action) return [{ index, field: 'then.rename', message: describeRenameConflict(rule, tagged) }];
    if (!('also' in action) || excludesBrowsers(when)) return [];
    const { name } = action.also;
    const reporting = findReporting(name);
    return reporting ? [{ index, field: 'then.also', message: describeNameConflict(rule, name, reporting) }] : [];
  });
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Returns why a rule does not reach all reports of its events, and what to do, if a browser tag reports them too. */
export function describeTagReports(
  { when, then: action, enabled }: Rule,
  connections: readonly ConnectionRef[],
  tags: TagModes,
): string | undefined {
  const tagged = findTagged(connections, tags);
  if (!tagged || !enabled || !('skip' in action || 'set' in action) || excludesBrowsers(when)) return undefined;
  const effect = 'skip' in action ? 'still reports the events that this rule skips' : 'still reports the values before this rule';
  return `The tag \`tags.${tagged.destination}\` ${effect}. Turn the tag off if the platform must not get them.`;
}

function findTagged(connections: readonly ConnectionRef[], tags: TagModes): ConnectionRef | undefined {
  return connections.find((one) => isTagged(one, tags));
}

function isTagged({ destination }: ConnectionRef, tags: TagModes): boolean {
  return (tags[destination]?.mode ?? 'off') !== 'off';
}

function describeRenameConflict(rule: Rule, tagged: ConnectionRef): string {
  const reason = `The tag would report another name than connection \`${tagged.id}\``;
  const remedy = selectsByName(rule.when)
    ? 'or set the name in `eventNames` of the connection, which the tag follows'
    : 'or add an event with `also`';
  return describeConflict(rule, tagged, reason, remedy);
}

function describeNameConflict(rule: Rule, name: string, reporting: ConnectionRef): string {
  const remedy = 'choose another name, or add the condition `source` `not-equals` `browser` under `all`';
  return describeConflict(rule, reporting, `The tag reports ${name} itself`, remedy);
}

function describeConflict({ name }: Rule, { destination }: ConnectionRef, reason: string, remedy: string): string {
  return (
    `Is not possible in rule “${name}” while the tag \`tags.${destination}\` is on. ` +
    `${reason}, and the platform would count both reports. ` +
    `Turn the tag off, ${remedy}.`
  );
}

/** Returns whether the condition selects events by their names alone, as the setting `eventNames` does. */
function selectsByName(condition: Condition): boolean {
  if ('not' in condition) return false;
  if ('field' in condition) return condition.field === 'name' && (condition.is === 'equals' || condition.is === 'in');
  return ('all' in condition ? condition.all : condition.any).every(selectsByName);
}

/** Returns whether the condition holds only for events that no browser reported. */
function excludesBrowsers(condition: Condition): boolean {
  if ('all' in condition) return condition.all.some(excludesBrowsers);
  if ('any' in condition) return condition.any.every(excludesBrowsers);
  if ('not' in condition) return isBrowserTest(condition.not, 'equals');
  return isBrowserTest(condition, 'not-equals');
}

function isBrowserTest(condition: Condition, operator: 'equals' | 'not-equals'): boolean {
  return (
    'field' in condition &&
    condition.field === 'source' &&
    condition.is === operator &&
    String(condition.value).toLowerCase() === 'browser'
  );
}
