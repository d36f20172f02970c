/** The tests of a field. `matches` is a regular expression of RE2, which takes linear time. */
export const operators = [
  'equals',
  'not-equals',
  'in',
  'contains',
  'starts-with',
  'matches',
  'greater',
  'less',
  'between',
  'present',
  'absent',
] as const;
export type Operator = (typeof operators)[number];

export type TestValue = string | number | boolean | readonly (string | number)[];

/** A test of one field. `present` and `absent` have no value, `in` and `between` have a list. */
export interface FieldTest {
  readonly field: string;
  readonly is: Operator;
  readonly value?: TestValue;
}

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | FieldTest;

/** The new value of a field: a constant, another field, or the field less other fields. */
export type SetValue = number | string | { readonly from: string } | { readonly minus: readonly string[] };

/** `also` adds an event for the one connection that considers the first one. */
export type RuleAction =
  | { readonly skip: true }
  | { readonly rename: string }
  | { readonly set: Readonly<Record<string, SetValue>> }
  | { readonly also: { readonly name: string } };

/** Whether a text can be the id of a rule: 1 to 32 lower-case letters, digits and hyphens, and no hyphen first. */
export function isRuleId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,31}$/.test(text);
}

/** An operator's rule: the action that applies to an event while the condition holds. */
export interface Rule {
  /** See `isRuleId`. Unique among the rules that apply to one connection. */
  readonly id: string;
  readonly name: string;
  readonly when: Condition;
  readonly then: RuleAction;
  readonly enabled: boolean;
}

export const ruleDeeds = ['skip', 'rename', 'set', 'also', 'nothing'] as const;

/** The effect of one rule on one event. `nothing`: the rule could not change a field, and the message has the reason. */
export interface RuleEffect {
  readonly rule: string;
  readonly did: (typeof ruleDeeds)[number];
  /** One sentence that names the rule and its change. It holds no text of the event but its name and id, and no figure of a property. */
  readonly message: string;
}

/** The rules that applied when an event was considered for a connection. */
export interface AppliedRules {
  /** Names the versions of the site's and the connection's rules: see `rule_changes` of the store. */
  readonly digest: string;
  readonly effects: readonly RuleEffect[];
  /** The event's name after the rules, if one of them renamed it. */
  readonly name?: string;
}
