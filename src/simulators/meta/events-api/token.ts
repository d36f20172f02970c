import { type Fields, isFields } from '../../kit/fields.ts';

/** An access token and the part of the request that carries it. */
export interface GivenToken {
  readonly token: string;
  readonly place: 'header' | 'query' | 'body';
}

/** Finds the access token. Assumption: the header comes first, then the query. */
export function findToken(authorization: string | undefined, query: URLSearchParams, body: unknown): GivenToken | undefined {
  const header = /^(?:Bearer|OAuth) +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (header !== undefined) return { token: header, place: 'header' };
  const inQuery = query.get('access_token');
  if (inQuery) return { token: inQuery, place: 'query' };
  const { access_token: inBody }: Fields = isFields(body) ? body : {};
  return typeof inBody === 'string' && inBody !== '' ? { token: inBody, place: 'body' } : undefined;
}
