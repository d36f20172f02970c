import { toText } from '../../kit/fields.ts';
import type { Action, Settings } from '../settings.ts';
import type { ReceivedReport, ReportGroup } from './report.ts';

/**
 * Groups the reports of one conversion: those of the same action with the same transaction id. The tag names the action by its label.
 *
 * Assumptions: there is no window; if no action has the label of a beacon, the conversion of the same transaction id is meant.
 *
 * @source https://developers.google.com/data-manager/api/devguides/events/adjustments (2026-08-18)
 */
export class Conversions {
  readonly #byLabel: ReadonlyMap<string, Action>;
  readonly #byKey = new Map<string, ReportGroup>();

  constructor({ actions }: Settings) {
    this.#byLabel = new Map(actions.flatMap((action) => (action.label === undefined ? [] : [[action.label, action] as const])));
  }

  /** Adds a report to an action, or a beacon to a label. Returns its group, and whether it is new. */
  add(account: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    return received.source === 'server' ? this.#addServer(account, received) : this.#addBeacon(account, received);
  }

  #addServer(actionId: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    const id = toText(received.report.event.transactionId);
    const labelled = this.#byKey.get(toKey('label', id));
    const found = this.#byKey.get(toKey(actionId, id)) ?? (labelled?.actionId === null ? labelled : undefined);
    if (id !== null && found !== undefined) {
      found.actionId = actionId;
      found.reports.push(received);
      this.#addKey(found, toKey(actionId, id));
      return { group: found, isNew: false };
    }
    return { group: this.#create({ actionId, sendTo: null, id }, received), isNew: true };
  }

  #addBeacon(sendTo: string, received: ReceivedReport): { readonly group: ReportGroup; readonly isNew: boolean } {
    const id = toText(received.report.event.transactionId);
    const actionId = this.#byLabel.get(sendTo)?.id ?? null;
    const found =
      this.#byKey.get(actionId === null ? toKey('server', id) : toKey(actionId, id)) ?? this.#byKey.get(toKey(sendTo, id));
    if (id !== null && found !== undefined) {
      found.sendTo ??= sendTo;
      found.reports.push(received);
      this.#addKey(found, toKey(sendTo, id));
      return { group: found, isNew: false };
    }
    return { group: this.#create({ actionId, sendTo, id }, received), isNew: true };
  }

  /** Forgets a group without reports. */
  remove(group: ReportGroup): void {
    for (const key of group.keys) if (this.#byKey.get(key) === group) this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }

  #create(
    { actionId, sendTo, id }: { readonly actionId: string | null; readonly sendTo: string | null; readonly id: string | null },
    received: ReceivedReport,
  ): ReportGroup {
    const group: ReportGroup = { keys: new Set(), actionId, sendTo, transactionId: id, reports: [received] };
    if (id === null) return group;
    if (actionId !== null) this.#addKey(group, toKey(actionId, id));
    if (sendTo !== null) this.#addKey(group, toKey(sendTo, id));
    // A report of the other source may name the action in another way.
    this.#addKey(group, toKey(actionId === null ? 'label' : 'server', id));
    return group;
  }

  #addKey(group: ReportGroup, key: string): void {
    if (this.#byKey.has(key)) return;
    this.#byKey.set(key, group);
    group.keys.add(key);
  }
}

const toKey = (action: string, transactionId: string | null): string => JSON.stringify([action, transactionId]);
