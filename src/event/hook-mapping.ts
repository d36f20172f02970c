/**
 * The mapping of a custom webhook as data: from the body of a service's request to the event that it reports. Every place in the body is a
 * JSON Pointer (RFC 6901), such as `/data/order/id`. `hooks/mapping-schema.ts` has its rules.
 */

export type HookScalar = string | number | boolean | null;

/** Fits if the place has one of the values. A place that does not exist has the value null. */
export interface HookCondition {
  readonly at: string;
  readonly in: readonly HookScalar[];
}

/** The unit in which a service writes amounts (`minor` for cents) and times. */
export const moneyUnits = ['major', 'minor'] as const;
export const timeUnits = ['iso', 'seconds', 'ms'] as const;
export type HookUnit = (typeof moneyUnits)[number] | (typeof timeUnits)[number];

/** A place in the body, and how its value is read. */
export interface HookPlace {
  readonly at: string;
  /** If `at` is a list: takes the value at `take` of the first entry that fits the conditions. */
  readonly find?: readonly HookCondition[] | undefined;
  readonly take?: string | undefined;
  /** Absent: `major` for amounts, `iso` for times. */
  readonly unit?: HookUnit | undefined;
  /** Text before the value, such as `purchase-`. */
  readonly prefix?: string | undefined;
  /** Other words for values: `{"yes": "granted"}`. A value that is not listed stays as it is. */
  readonly values?: Readonly<Record<string, string>> | undefined;
}

export interface HookConstant {
  readonly const: string | number | boolean;
}

export type ValueSource = string | HookPlace | HookConstant;

/** One source of a field, or several of which the first with a value counts. */
export type HookExpression = ValueSource | readonly ValueSource[];

export type HookFields = Readonly<Record<string, HookExpression>>;

/** One kind of request, and the event that it reports. */
export interface HookEventMapping {
  /** All of them must fit. None: every request. */
  readonly when?: readonly HookCondition[] | undefined;
  /** By the field's name in a submission: `name`, `user.email`, `commerce.value`. */
  readonly fields: HookFields;
  /** The list of items, and the fields of one, with pointers into the entry. */
  readonly items?: { readonly at: string; readonly fields: HookFields } | undefined;
}
