import { z } from 'zod';

const goalSchema = z.strictObject({
  /** As it is called in the account. */
  name: z.string().trim().min(1).max(100),
  /** What an event's name must equal, in any case. */
  action: z.string().trim().min(1).max(100),
});

/** An Event goal, of the one kind that the simulator knows: Action equals. */
export type Goal = z.infer<typeof goalSchema>;

/** All goals at once; whatever was there before is replaced. */
export const goalsSchema = z.strictObject({
  goals: z
    .array(goalSchema)
    .max(100)
    .refine((goals) => new Set(goals.map(({ name }) => name)).size === goals.length, 'must not hold two goals of one name'),
});

/** What shops make most often. The names are the actions. */
export const defaultGoals: readonly Goal[] = ['purchase', 'add_to_cart', 'begin_checkout', 'lead', 'sign_up'].map((action) => ({
  name: action,
  action,
}));

/** The goals that stand, for every tag. */
export class Goals {
  #goals: readonly Goal[];
  #byAction: ReadonlyMap<string, readonly string[]>;
  #revision = 0;

  constructor(goals: readonly Goal[] = defaultGoals) {
    this.#goals = goals;
    this.#byAction = named(goals);
  }

  /** Changes with every call of `set`. */
  get revision(): number {
    return this.#revision;
  }

  set(goals: readonly Goal[]): void {
    this.#revision += 1;
    this.#goals = goals;
    this.#byAction = named(goals);
  }

  present(): readonly Goal[] {
    return this.#goals;
  }

  /** The names of those that the action matches; each counts. */
  match(action: string): readonly string[] {
    return this.#byAction.get(action.toLowerCase()) ?? [];
  }
}

function named(goals: readonly Goal[]): ReadonlyMap<string, readonly string[]> {
  const byAction = new Map<string, string[]>();
  for (const { name, action } of goals) {
    const key = action.toLowerCase();
    const names = byAction.get(key);
    if (names === undefined) byAction.set(key, [name]);
    else names.push(name);
  }
  return byAction;
}
