import type { Condition, Rule, SetValue } from '../event/rule.ts';
import type { Site } from '../event/site.ts';

/** A rule that reads fields which only the shop's reports fill in for an event that the shop reports too. */
export interface ShopOnlyRule {
  /** The connection's id, if the rule is of a connection. */
  readonly connection?: string;
  readonly rule: string;
  readonly says: string;
}

/**
 * Returns the enabled rules that read fields which an unconfirmed browser's report does not fill in for rules. Returns none if the site has
 * no secret key: a webhook's ids cannot be guessed, so webhooks confirm the browser's report.
 */
export function listShopOnlyRules({ secretKeyHashes, rules = [], connections }: Site): readonly ShopOnlyRule[] {
  if (secretKeyHashes.length === 0) return [];
  const ofConnections = connections.flatMap(({ id, rules: own = [] }) => own.map((rule) => ({ rule, connection: id })));
  return [...rules.map((rule) => ({ rule })), ...ofConnections].flatMap(({ rule, ...origin }) => {
    const fields = rule.enabled ? listReadFields(rule) : [];
    if (fields.length === 0) return [];
    const says = `Rule “${rule.name}” reads ${fields.map((field) => `\`${field}\``).join(', ')}. For an event that the shop's server reports, a browser's report counts here only if the server's confirms it. Send these fields from the server, or the visitor id in \`user.anonymousId\``;
    return [{ ...origin, rule: rule.id, says }];
  });
}

/** Returns the fields that a rule reads, except the event's name, which the reports of an event share. */
function listReadFields({ when, then: action }: Rule): readonly string[] {
  const sources = 'set' in action ? Object.values(action.set).flatMap(listSources) : [];
  return [...new Set([...listTested(when), ...sources])].filter((field) => field !== 'name');
}

function listTested(condition: Condition): readonly string[] {
  if ('field' in condition) return [condition.field];
  if ('not' in condition) return listTested(condition.not);
  return ('all' in condition ? condition.all : condition.any).flatMap(listTested);
}

function listSources(value: SetValue): readonly string[] {
  if (typeof value !== 'object') return [];
  return 'from' in value ? [value.from] : value.minus;
}
