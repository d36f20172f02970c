import type { Json } from './issue.ts';

type Fields = Readonly<Record<string, Json>>;

/**
 * Fields of a submitted event that a platform requires of a test event, as `docs/reference/events.md` names them. Convey adds name, id, a
 * random visitor id and granted consent. The values are synthetic and belong to no person.
 */
export interface TestEventFields {
  readonly user?: Fields;
  readonly clickIds?: Readonly<Record<string, string>>;
  readonly page?: Fields;
  readonly commerce?: Fields;
}
