import type { EnrichedEvent } from '../event/event.ts';
import type { RuleEffect } from '../event/rule.ts';
import { secondMs } from '../event/units.ts';
import { type CompiledRules, evaluateRules, previewVerbs } from './evaluate.ts';
import { createTimeSlice } from './time-slice.ts';

/** The effects of a list of rules on past events. Nothing is sent. */
export interface RulePreview<Event extends PreviewedEvent> {
  readonly skipped: number;
  readonly renamed: number;
  /** Events of which a rule set a field. */
  readonly changed: number;
  /** Events that rules add. */
  readonly added: number;
  /** The number of events on which each rule had an effect, in the rules' order. */
  readonly rules: readonly { readonly id: string; readonly name: string; readonly events: number }[];
  /** The first events on which a rule had an effect. */
  readonly affected: readonly { readonly event: Event; readonly effects: readonly RuleEffect[] }[];
}

interface PreviewedEvent {
  readonly event: EnrichedEvent;
}

const maxAffected = 100;
/** Time after which a preview ends with the events that it has evaluated. */
const longestPreviewMs = 3 * secondMs;

/**
 * Evaluates the rules of each connection on past events, without blocking other tasks for long. `events` of the result are those that it
 * evaluated, fewer than given if the time was too short.
 */
export async function previewRules<Event extends PreviewedEvent>(
  connections: readonly CompiledRules[],
  pages: AsyncIterable<readonly Event[]>,
  getTime: () => number = () => performance.now(),
): Promise<{ readonly events: number; readonly previews: readonly RulePreview<Event>[] }> {
  const tallies = connections.map((rules) => new Tally<Event>(rules));
  const end = getTime() + longestPreviewMs;
  let events = 0;
  const slice = createTimeSlice(getTime);
  reading: for await (const page of pages)
    for (const event of page) {
      for (const tally of tallies) tally.add(event);
      events += 1;
      if (getTime() >= end) break reading;
      if (slice.isSpent()) await slice.yieldToOthers();
    }
  return { events, previews: tallies.map((tally) => tally.toPreview()) };
}

/** Counts the effects of one connection's rules. */
class Tally<Event extends PreviewedEvent> {
  readonly #compiled: CompiledRules;
  readonly #events = { skip: 0, rename: 0, set: 0, also: 0, nothing: 0 };
  readonly #eventsByRule = new Map<string, number>();
  readonly #affected: { readonly event: Event; readonly effects: readonly RuleEffect[] }[] = [];
  #added = 0;

  constructor(compiled: CompiledRules) {
    this.#compiled = compiled;
  }

  add(event: Event): void {
    const { effects } = evaluateRules(this.#compiled, event.event, previewVerbs).applied;
    if (effects.length === 0) return;
    for (const did of new Set(effects.map((one) => one.did))) this.#events[did] += 1;
    for (const rule of new Set(effects.map((one) => one.rule)))
      this.#eventsByRule.set(rule, (this.#eventsByRule.get(rule) ?? 0) + 1);
    this.#added += effects.filter(({ did }) => did === 'also').length;
    if (this.#affected.length < maxAffected) this.#affected.push({ event, effects });
  }

  toPreview(): RulePreview<Event> {
    const { skip: skipped, rename: renamed, set: changed } = this.#events;
    const rules = this.#compiled.rules.map(({ rule: { id, name } }) => ({ id, name, events: this.#eventsByRule.get(id) ?? 0 }));
    return { skipped, renamed, changed, added: this.#added, rules, affected: this.#affected };
  }
}
