import { z } from 'zod';
import type { Fields } from '../../kit/fields.ts';
import { type ConversionGoal, createEventGoal, matchesEvent } from './conversion-goal.ts';

const goalSchema = z.strictObject({
  /** The name in the account. */
  name: z.string().trim().min(1).max(100),
  /** The event name that the goal matches, ignoring case. */
  action: z.string().trim().min(1).max(100),
  /** Absent: the goal counts the events of every tag. */
  tagId: z
    .string()
    .regex(/^\d{1,20}$/, 'must be 1 to 20 digits')
    .exactOptional(),
});

/** An event goal of the short form: the action equals a text. The campaign management API makes goals of more forms. */
export type Goal = z.infer<typeof goalSchema>;

/** The complete list of goals. It replaces the previous list. */
export const goalsSchema = z.strictObject({
  goals: z
    .array(goalSchema)
    .max(100)
    .refine(
      (goals) => new Set(goals.map(({ name }) => name)).size === goals.length,
      'must not contain two goals with the same name',
    ),
});

/** The goals that shops create most often. Their names equal their actions. */
export const defaultGoals: readonly Goal[] = ['purchase', 'add_to_cart', 'begin_checkout', 'lead', 'sign_up'].map((action) => ({
  name: action,
  action,
}));

/** The current goals: those of the list, and those made by the campaign management API. */
export class Goals {
  #listed: readonly ConversionGoal[] = [];
  readonly #made = new Map<string, ConversionGoal>();
  #last = 0;
  #revision = 0;

  constructor(goals: readonly Goal[] = defaultGoals) {
    this.#list(goals);
  }

  /** Changes with every change of a goal. */
  get revision(): number {
    return this.#revision;
  }

  /** Replaces the goals of the list. Goals made by the API stay. */
  set(goals: readonly Goal[]): void {
    this.#revision += 1;
    this.#list(goals);
  }

  /** Returns the goals that count events by their action, in the short form. */
  current(): readonly Goal[] {
    return this.all().flatMap(({ tagId, fields }) => {
      const { Type: type, Name: name, Status: status, ActionExpression: action } = fields;
      if (type !== 'Event' || status !== 'Active' || typeof name !== 'string') return [];
      return [{ name, action: typeof action === 'string' ? action : '', ...(tagId !== null && { tagId }) }];
    });
  }

  /** Returns the names of the goals that match an event of the tag. Each of them counts. */
  match(tagId: string, event: Fields): readonly string[] {
    const matching = this.all().filter((goal) => (goal.tagId === null || goal.tagId === tagId) && matchesEvent(goal, event));
    return matching.map(({ fields }) => String(fields.Name));
  }

  all(): readonly ConversionGoal[] {
    return [...this.#listed, ...this.#made.values()];
  }

  /** Adds a goal, or replaces the one with its id. */
  put(goal: ConversionGoal): void {
    this.#revision += 1;
    if (this.#listed.some(({ id }) => id === goal.id))
      this.#listed = this.#listed.map((one) => (one.id === goal.id ? goal : one));
    else this.#made.set(goal.id, goal);
  }

  createId(): string {
    this.#last += 1;
    return String(32_000_000 + this.#last);
  }

  #list(goals: readonly Goal[]): void {
    this.#listed = goals.map(({ name, action, tagId }, index) =>
      createEventGoal({ id: String(31_000_001 + index), name, action, tagId: tagId ?? null }),
    );
  }
}
