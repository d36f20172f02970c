import type { ConversionGoal } from '../journal/conversion-goal.ts';
import type { Journal } from '../journal/journal.ts';

const dayMs = 86_400_000;

/** When the tags and the goals last had an event. */
export class TagActivity {
  readonly #tags = new Map<string, number>();
  readonly #goals = new Map<string, number>();

  constructor(events: ReturnType<Journal['events']>) {
    for (const { tagId, goals, server, browser } of events) {
      const at = Math.max(...[...server, ...browser].map((report) => Date.parse(report.at)));
      raise(this.#tags, tagId, at);
      for (const goal of goals) raise(this.#goals, goal, at);
    }
  }

  getTagStatus(tagId: string, now: number): 'Unverified' | 'Active' | 'Inactive' {
    const at = this.#tags.get(tagId);
    if (at === undefined) return 'Unverified';
    return now - at < dayMs ? 'Active' : 'Inactive';
  }

  /** @param tagId the tag by which the goal is asked for; null for an offline goal. */
  getGoalStatus({ fields }: ConversionGoal, tagId: string | null, now: number): string {
    const tag = tagId === null ? 'Active' : this.getTagStatus(tagId, now);
    if (tag === 'Unverified') return 'TagUnverified';
    if (tag === 'Inactive') return 'TagInactive';
    const at = this.#goals.get(String(fields.Name));
    return at !== undefined && now - at < 7 * dayMs ? 'RecordingConversions' : 'NoRecentConversions';
  }
}

export const listActivity = (journal: Journal): TagActivity => new TagActivity(journal.events());

function raise(latest: Map<string, number>, key: string, at: number): void {
  latest.set(key, Math.max(latest.get(key) ?? 0, at));
}
