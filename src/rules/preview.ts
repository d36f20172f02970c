import type { EnrichedEvent } from '../event/event.ts';
import type { RuleEffect } from '../event/rule.ts';
import { type CompiledRules, evaluateRules } from './evaluate.ts';

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
  /** The events on which a rule had an effect. */
  readonly affected: readonly { readonly event: Event; readonly effects: readonly RuleEffect[] }[];
}

interface PreviewedEvent {
  readonly event: EnrichedEvent;
}

/** Evaluates rules on past events. */
export function previewRules<Event extends PreviewedEvent>(rules: CompiledRules, events: readonly Event[]): RulePreview<Event> {
  const affected = events.flatMap((event) => {
    const { effects } = evaluateRules(rules, event.event).applied;
    return effects.length > 0 ? [{ event, effects }] : [];
  });
  const count = (did: RuleEffect['did']) => affected.filter(({ effects }) => effects.some((one) => one.did === did)).length;
  return {
    skipped: count('skip'),
    renamed: count('rename'),
    changed: count('set'),
    added: affected.flatMap(({ effects }) => effects.filter(({ did }) => did === 'also')).length,
    rules: rules.rules.map(({ rule: { id, name } }) => ({
      id,
      name,
      events: affected.filter(({ effects }) => effects.some(({ rule }) => rule === id)).length,
    })),
    affected,
  };
}
