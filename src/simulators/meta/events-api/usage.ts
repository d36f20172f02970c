import type { Settings } from '../settings.ts';

const hourMs = 3_600_000;

/** Counts calls per dataset and hour, and reports them as Meta's usage headers. */
export class CallUsage {
  readonly #callsPerHour: number;
  readonly #counts = new Map<string, number>();
  #hour = 0;

  constructor({ callsPerHour }: Settings) {
    this.#callsPerHour = callsPerHour;
  }

  /**
   * Counts a call and returns its headers. `minutes` is above 0 for a throttled call. Assumption: all three percentages are equal.
   *
   * @source https://developers.facebook.com/docs/marketing-api/overview/rate-limiting (2026-09)
   */
  count(datasetId: string, now: number, minutes = 0): Record<string, string> {
    const hour = Math.floor(now / hourMs);
    if (hour !== this.#hour) this.#counts.clear();
    this.#hour = hour;
    const calls = (this.#counts.get(datasetId) ?? 0) + 1;
    this.#counts.set(datasetId, calls);
    const used = minutes > 0 ? 100 : Math.floor((calls / this.#callsPerHour) * 100);
    const percent = { call_count: used, total_cputime: used, total_time: used };
    const business = [{ type: 'ads_management', ...percent, estimated_time_to_regain_access: minutes }];
    return {
      'x-business-use-case-usage': JSON.stringify({ [datasetId]: business }),
      'x-app-usage': JSON.stringify(percent),
    };
  }
}
