import { z } from 'zod';

const goalSchema = z.strictObject({
  /** The name in the account. */
  name: z.string().trim().min(1).max(100),
  /** The event name that the goal matches, ignoring case. */
  action: z.string().trim().min(1).max(100),
});

/** An event goal of the only kind that the simulator supports: the action equals a text. */
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

/** The current goals, for every tag. */
export class Goals {
  #goals: readonly Goal[];
  #byAction: ReadonlyMap<string, readonly string[]>;
  #revision = 0;

  constructor(goals: readonly Goal[] = defaultGoals) {
    this.#goals = goals;
    this.#byAction = groupByAction(goals);
  }

  /** Changes with every call of `set`. */
  get revision(): number {
    return this.#revision;
  }

  set(goals: readonly Goal[]): void {
    this.#revision += 1;
    this.#goals = goals;
    this.#byAction = groupByAction(goals);
  }

  current(): readonly Goal[] {
    return this.#goals;
  }

  /** Returns the names of the goals that match the action. Each of them counts. */
  match(action: string): readonly string[] {
    return this.#byAction.get(action.toLowerCase()) ?? [];
  }
}

function groupByAction(goals: readonly Goal[]): ReadonlyMap<string, readonly string[]> {
  const byAction = new Map<string, string[]>();
  for (const { name, action } of goals) {
    const key = action.toLowerCase();
    const names = byAction.get(key);
    if (names === undefined) byAction.set(key, [name]);
    else names.push(name);
  }
  return byAction;
}
