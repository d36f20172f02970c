import type { Fields } from '../events-api/event-rules.ts';
import type { Settings } from '../settings.ts';
import type { EventGroup, NearMiss } from './conversion-counting.ts';
import { isPageLoad, pageSpanMs } from './conversion-counting.ts';
import type { SimilarityIndex } from './similarity-index.ts';
import { idKey, orderKey, pageKey, pageViewBucket, viewTime } from './similarity-index.ts';

/** Of an event with many reports the first few are looked at. */
const mostReports = 20;

/** Other events that look like the same thing as this conversion, and were not merged with it. */
export function findSimilarConversions(group: EventGroup, kin: SimilarityIndex<EventGroup>, settings: Settings): NearMiss[] {
  const others = new Map<EventGroup, NearMiss>();
  for (const { report } of group.reports.slice(0, mostReports)) {
    for (const member of kin.of(orderKey(group.tagId, report.event))) {
      if (isAnother(member, group)) others.set(member, { ...sidesOf(group, member), ...howItDiffers(group, member) });
    }
  }
  return [...findUnmergedReports(group, kin, settings).slice(0, 1), ...others.values()].filter(unlikeBefore);
}

/** What the other side alone reported of it: the same id under another name, or the same order. Two refunds of one order are no doubt. */
export function findUnmergedReports(
  group: EventGroup,
  kin: SimilarityIndex<EventGroup>,
  { dedupWindowMs }: Settings,
): NearMiss[] {
  const [first] = group.reports;
  if (first === undefined || group.reports.some(({ side }) => side !== first.side)) return [];
  return [...kin.of(idKey(group.tagId, group.event)), ...kin.of(orderKey(group.tagId, group.event))]
    .filter(
      (member) =>
        isAnother(member, group) &&
        member.reports.every(({ side }) => side !== first.side) &&
        Math.abs(member.firstAt - group.firstAt) <= dedupWindowMs,
    )
    .map((member) => ({ ...sidesOf(group, member), ...howItDiffers(group, member) }))
    .filter(unlikeBefore);
}

/** A page load that the other side told of the same address at nearly the same time. */
export function findDuplicatePageLoads(group: EventGroup, kin: SimilarityIndex<EventGroup>): NearMiss[] {
  const [first] = group.reports;
  if (first === undefined || group.reports.some(({ side }) => side !== first.side)) return [];
  const other = first.side === 'server' ? 'browser' : 'server';
  const at = viewTime(first);
  const span = pageViewBucket(at);
  const isClose = (member: EventGroup): boolean =>
    isTold(member) && member.reports.some((one) => Math.abs(viewTime(one) - at) <= pageSpanMs);
  const found = [span - 1, span, span + 1].some((number) =>
    kin.of(pageKey(group.tagId, other, group.event, number)).some(isClose),
  );
  return found ? [{ sides: other, isSameSide: false, differs: 'page-load', eventName: '' }] : [];
}

/** What has the same key came after the window, which the later of the two says already. */
const isAnother = (member: EventGroup, group: EventGroup): boolean =>
  member !== group &&
  (group.key === undefined || member.key !== group.key) &&
  isTold(member) &&
  !isPageLoad(member.event.eventType);

const isTold = ({ reports }: EventGroup): boolean => reports.some(({ report }) => report.void === undefined);

function sidesOf(group: EventGroup, { reports }: EventGroup): Pick<NearMiss, 'sides' | 'isSameSide'> {
  const sides = new Set(reports.flatMap(({ side, report }) => (report.void === undefined ? [side] : [])));
  const [only] = sides;
  if (sides.size !== 1 || only === undefined) return { sides: 'both', isSameSide: false };
  return { sides: only, isSameSide: group.reports.every(({ side }) => side === only) };
}

function howItDiffers({ event }: EventGroup, { event: other }: EventGroup): Pick<NearMiss, 'differs' | 'eventName'> {
  const [id, otherId] = [idOf(event), idOf(other)];
  const eventName = typeof other.eventName === 'string' ? other.eventName : '';
  if (id === undefined || otherId === undefined) return { differs: id === otherId ? 'no-ids' : 'no-id', eventName };
  return { differs: id === otherId ? 'name' : 'id', eventName };
}

const idOf = ({ eventId }: Fields): string | undefined => (typeof eventId === 'string' && eventId !== '' ? eventId : undefined);

const unlikeBefore = (near: NearMiss, at: number, all: readonly NearMiss[]): boolean =>
  all.findIndex(
    ({ sides, differs, eventName }) =>
      sides === near.sides && differs === near.differs && (differs !== 'name' || eventName === near.eventName),
  ) === at;
