import { html } from 'hono/html';
import { formatClock, formatJson, type Markup, truncate } from './page-elements.ts';

/** One report in a comparison. */
export interface ComparedReport {
  /** ISO 8601. */
  readonly at: string;
  /** Whether the platform uses the report. */
  readonly state: Markup;
  /** Texts by the name of their row, the same names for both reports. */
  readonly rows: ReadonlyMap<string, string>;
}

export interface RowKinds {
  /** Rows in which two values should be equal. */
  readonly compared: ReadonlySet<string>;
  /** Rows with a list of names, separated by spaces. */
  readonly lists: ReadonlySet<string>;
}

/** Compares the reports of browser and server row by row and marks differences. */
export function renderComparison(browser: ComparedReport, server: ComparedReport, kinds: RowKinds): Markup {
  const [left, right] = [browser.rows, server.rows];
  const names = [...left.keys()].filter((name) => left.get(name) !== '' || right.get(name) !== '');
  return html`<table><thead><tr><td></td>${renderHead('Browser', browser)}${renderHead('Server', server)}</tr></thead><tbody>
${names.map((name) => {
  const [a, b] = [left.get(name) ?? '', right.get(name) ?? ''];
  const differs = kinds.compared.has(name) && a !== '' && b !== '' && a !== b;
  const isList = kinds.lists.has(name);
  return html`<tr class="${differs ? 'differs' : ''}"><th scope="row">${name}${differs ? html`<span class="bad"> differs</span>` : ''}</th>${renderCell(a, b, isList)}${renderCell(b, a, isList)}</tr>`;
})}</tbody></table>`;
}

function renderHead(source: string, { state, at }: ComparedReport): Markup {
  return html`<th scope="col"><span class="line">${source} ${state} <span class="quiet">${formatClock(at)}</span></span></th>`;
}

/** Shows one value. In a list of names, those that the other source does not have are bold. */
function renderCell(value: string, other: string, isList: boolean): Markup {
  if (value === '') return html`<td class="quiet">–</td>`;
  if (!isList) return html`<td><bdi>${truncate(value, 120)}</bdi></td>`;
  const others = new Set(other.split(' '));
  const names = value.split(' ').map((each, index, all) => {
    const comma = index === all.length - 1 ? '' : ', ';
    const shown = html`<bdi>${each.split('_').map((part, nth) => (nth === 0 ? part : html`_<wbr>${part}`))}</bdi>`;
    return others.has(each) ? html`${shown}${comma}` : html`<b>${shown}</b>${comma}`;
  });
  return html`<td>${names}</td>`;
}

/** Returns the first names of an object's members as one text for a row with a list. */
export function listNames(object: object): string {
  return Object.keys(object)
    .slice(0, 30)
    .map((name) => truncate(name.replaceAll(' ', '_'), 40))
    .join(' ');
}

interface DetailedReport {
  readonly id: string;
  readonly at: string;
  readonly event: object;
  readonly parameters?: object;
  readonly duplicateOf?: string;
}

/** Shows a report as JSON. `source` is empty if it is the only one. */
export function renderReportDetails({ id, at, event, parameters, duplicateOf }: DetailedReport, source: string): Markup {
  const suffix = duplicateOf === undefined ? '' : ', duplicate';
  return html`<details data-key="event-${id}"><summary>Raw JSON${source === '' ? '' : html` of the ${source}'s report at ${formatClock(at)}${suffix}`}</summary>
<pre tabindex="0">${formatJson(event)}</pre>${parameters === undefined ? '' : html`<p class="quiet">The beacon as received:</p><pre tabindex="0">${formatJson(parameters)}</pre>`}</details>`;
}
