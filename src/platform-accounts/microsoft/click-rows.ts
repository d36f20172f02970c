import type { PaidClick, PaidClicks } from '../clicks/paid-clicks.ts';

const longestKeyword = 100;

/** Reads the rows of a report. Lines before the names of the columns, and rows of another form, are left out. */
export class ClickRows {
  readonly #columns: readonly string[];
  readonly #clicks = new Map<string, PaidClick>();
  #withoutId = 0;
  #places: ReadonlyMap<string, number> | undefined;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Whether the names of the columns were found. */
  get hasHead(): boolean {
    return this.#places !== undefined;
  }

  get clicks(): PaidClicks {
    return { clicks: [...this.#clicks.values()], withoutId: this.#withoutId };
  }

  read(row: readonly string[]): void {
    if (!this.#places) {
      if (this.#columns.every((column) => row.includes(column)))
        this.#places = new Map(this.#columns.map((column) => [column, row.indexOf(column)]));
      return;
    }
    const places = this.#places;
    const get = (column: string) => row[places.get(column) ?? -1]?.trim() ?? '';
    const day = get('TimePeriod');
    // A later day may list the click again for its conversions.
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !(Number(get('Clicks')) > 0)) return;
    const clickId = readMsclkid(get('MSClickId'));
    if (clickId === undefined) this.#withoutId += 1;
    else if (!this.#clicks.has(clickId))
      this.#clicks.set(clickId, {
        day,
        clickId,
        campaign: readCampaign(get('CampaignId')),
        keyword: readKeyword(get('Keyword')),
      });
  }
}

/** Returns the form in which Convey stores a `msclkid`. Reports may have dashes (an assumption). */
function readMsclkid(text: string): string | undefined {
  const id = text.replace(/[{}-]/g, '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(id) ? id : undefined;
}

const readCampaign = (text: string) => (/^\d{1,20}$/.test(text) ? text : '');

const readKeyword = (text: string) => text.replace(/\p{Cc}/gu, ' ').slice(0, longestKeyword);
