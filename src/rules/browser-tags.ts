import type { Condition, Rule } from '../event/rule.ts';
import type { Connection, TagConfig } from '../event/site.ts';

/** One problem of a rule of a site's or a connection's list. */
interface RuleProblem {
  /** Index in its list. */
  readonly index: number;
  readonly field: 'then.rename' | 'then.also';
  readonly message: string;
}

/**
 * Finds rules that rename or add events that a browser tag reports too. The tag knows nothing of the rules, so its report would have another
 * name than the server's, and the platform would count both.
 */
export function findTagConflicts(
  rules: readonly Rule[] | undefined,
  connections: readonly Pick<Connection, 'id' | 'destination'>[],
  tags: Readonly<Record<string, Pick<TagConfig, 'mode'>>>,
): readonly RuleProblem[] {
  const tagged = connections.find(({ destination }) => (tags[destination]?.mode ?? 'off') !== 'off');
  if (!tagged) return [];
  return (rules ?? []).flatMap(({ when, then: action, enabled }, index) => {
    const field = 'rename' in action ? 'then.rename' : 'also' in action ? 'then.also' : undefined;
    if (field === undefined || !enabled || excludesBrowsers(when)) return [];
    return [{ index, field, message: describeConflict(tagged) }];
  });
}

function describeConflict({ id, destination }: Pick<Connection, 'id' | 'destination'>): string {
  return (
    `Is not possible for events of browsers while the tag \`tags.${destination}\` is on. ` +
    `The tag would report another name than connection \`${id}\`, and the platform would count both reports. ` +
    'Turn the tag off, or add the condition `source` not-equals `browser` under `all`.'
  );
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
