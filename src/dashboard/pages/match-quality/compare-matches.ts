import type { MatchQualityView, MatchView } from '../../../api/client.ts';
import type { Share } from '../../components/display/trends.ts';
import { findLargestGain, type Gain, getDefaultEvent, identifyingSubjects } from './match-quality-labels.ts';

/** The match keys of one connection, beside those of the others. */
export interface ComparedMatches {
  readonly connection: string;
  readonly delivered: number;
  /** In the order of the platform's keys. */
  readonly keys: readonly {
    readonly subject: string;
    readonly label: string;
    readonly share: Share;
    readonly before?: Share;
  }[];
  /** The most frequent fixable reason. Absent if nothing can be fixed. */
  readonly gain?: Gain;
}

/** The identifying subjects, each a column. */
export const comparedSubjects = [
  { subject: 'click-id', label: 'Click ID' },
  { subject: 'email', label: 'E-mail' },
  { subject: 'phone', label: 'Phone' },
] as const;

/** Returns the event by which the connections are compared: purchases if one of them has any, else all events. */
export function getComparedEvent(views: readonly MatchQualityView[]): string | undefined {
  return views.map(getDefaultEvent).find((name) => name !== undefined);
}

const nothing: MatchView = { delivered: 0, keys: [] };

/** Compares the connections: first the one that lacks a key in the most events for a reason that can be fixed. */
export function compareMatches(
  views: readonly MatchQualityView[],
  before: readonly MatchQualityView[] | undefined,
): readonly ComparedMatches[] {
  const event = getComparedEvent(views);
  return views
    .map((view): ComparedMatches => {
      const match = findMatch(view, event);
      const earlier = before?.find(({ connection }) => connection === view.connection);
      const matchBefore = earlier ? findMatch(earlier, event) : nothing;
      const gain = findLargestGain(match.keys);
      return {
        connection: view.connection,
        delivered: match.delivered,
        keys:
          match.delivered === 0
            ? []
            : match.keys
                .filter(({ subject }) => identifyingSubjects.has(subject))
                .map(({ key, subject, label, events }) => {
                  const then = matchBefore.keys.find((one) => one.key === key);
                  return {
                    subject,
                    label,
                    share: { part: events, all: match.delivered },
                    ...(then && matchBefore.delivered > 0 && { before: { part: then.events, all: matchBefore.delivered } }),
                  };
                }),
        ...(gain && { gain }),
      };
    })
    .toSorted((a, b) => (b.gain?.events ?? 0) - (a.gain?.events ?? 0));
}

function findMatch({ all, events }: MatchQualityView, event: string | undefined): MatchView {
  return event === undefined ? all : (events.find(({ name }) => name === event) ?? nothing);
}
