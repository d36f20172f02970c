import type { Condition, Rule } from './rule.ts';
import type { Site } from './site.ts';

/** The fields that distinguish a till, a draft or a renewal from an order of the storefront. */
const originFields: ReadonlySet<string> = new Set(['commerce.channel', 'commerce.subscription']);

/** Returns whether a rule is meant for orders from outside the storefront too: its condition tests the field that distinguishes them. */
export function isForOfflineOrders({ when, enabled }: Rule): boolean {
  return enabled && testsOrigin(when);
}

function testsOrigin(condition: Condition): boolean {
  if ('field' in condition) return originFields.has(condition.field);
  if ('not' in condition) return testsOrigin(condition.not);
  return ('all' in condition ? condition.all : condition.any).some(testsOrigin);
}

/** Returns whether a rule could send such orders under another name. Only then are they stored with the person's hashes. */
export function countsOfflineOrders({ rules, connections }: Pick<Site, 'rules' | 'connections'>): boolean {
  const counts = (rule: Rule) => ('rename' in rule.then || 'also' in rule.then) && isForOfflineOrders(rule);
  return (rules ?? []).some(counts) || connections.some((one) => one.enabled && (one.rules ?? []).some(counts));
}
