import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import type { HttpResponse, ResponseVerdict } from '../kit/destination.ts';
import {
  createForeignReader,
  explainUnavailable,
  isAccepted,
  isTemporary,
  isWebPage,
  retryUnconfirmed,
} from '../kit/foreign-response.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { type GoogleError, parseGoogleError, type Violation } from './google-error.ts';
import { connectionProblems, permissionProblems, statusProblems } from './problems.ts';
import { type Settings, standardEndpoint } from './settings.ts';

const { explainForeign, retryLater, webPageVerdict } = createForeignReader({
  platform: 'Google',
  api: 'Data Manager API of Google',
});

/**
 * Returns the verdict of a response. One event that Google refuses takes its whole request with it, and nothing of it was processed. A 200 only
 * means that Google received the events. Verdicts without an error of Google are assumptions, chosen so that no event is lost.
 * @source https://developers.google.com/data-manager/api/devguides/troubleshooting/errors (2026-08)
 */
export function decode(
  response: HttpResponse,
  count: number,
  { mode, endpoint = standardEndpoint }: Pick<Settings, 'mode'> & Partial<Pick<Settings, 'endpoint'>>,
): ResponseVerdict {
  const { status } = response;
  if (isWebPage(response) && status !== 413 && status < 500) return webPageVerdict;
  if (status === 200) return decodeReceipt(response, count, mode, endpoint);
  const error = parseGoogleError(response);
  if (isAccepted(status) && error === undefined) return retryUnnamed(response, endpoint);
  if (status === 413) return { bisect: [] };
  if (status === 429) return decodeQuota(response, error);
  // An aborted request was not processed.
  if (isTemporary(status) || (status === 409 && error?.status === 'ABORTED'))
    return retryLater(response, `Google answered ${status}${error?.status === undefined ? '' : ` ${error.status}`}.`);
  if (error === undefined) {
    // The error may be behind the end.
    if (status === 400 && response.incomplete)
      return retryLater(response, 'Google refused the batch (400), but its answer was truncated.');
    return { blocked: explainForeign(response), ...(status === 400 && { mayBeContent: true }) };
  }
  if (status === 400) return decodeRefusal(error, count);
  return { blocked: explainRefusedConnection(status, error), ...(status === 401 && { tokenRefused: true }) };
}

const receivedSchema = z.lazy(() =>
  z.object({
    requestId: z
      .string()
      .regex(/^[\x21-\x7e]{1,1024}$/)
      .optional()
      .catch(undefined),
    fieldWarnings: z.array(z.unknown()).optional().catch(undefined),
  }),
);

/**
 * Returns the verdict of a 200. A request without an id has no verdict later. An answer that is cut or no object is no receipt, so the events
 * are sent again: Google counts a transaction id once.
 */
function decodeReceipt(response: HttpResponse, count: number, mode: Settings['mode'], endpoint: string): ResponseVerdict {
  const { data } = receivedSchema.safeParse(response.incomplete ? undefined : parseJsonOrUndefined(response.body));
  if (data === undefined) return retryUnnamed(response, endpoint);
  const issues = (data.fieldWarnings ?? []).slice(0, maxWarnings).flatMap(toWarning);
  const withoutVerdict = (issue: Issue): ResponseVerdict => ({
    settled: Array.from({ length: count }, () => ({ outcome: 'unverified', issues: [issue] })),
    issues,
  });
  if (mode === 'validate') return withoutVerdict(onlyValidated);
  return data.requestId === undefined ? withoutVerdict(requestUnnamed) : { accepted: { ticket: data.requestId, issues } };
}

function retryUnnamed(response: HttpResponse, endpoint: string): ResponseVerdict {
  return retryUnconfirmed(response, { platform: 'Google', field: 'requestId', endpoint, standard: standardEndpoint });
}

const maxWarnings = 20;
const warningSchema = z.lazy(() =>
  z.object({ field: z.string().optional().catch(undefined), reason: z.string().optional().catch(undefined) }),
);

function toWarning(given: unknown): readonly Issue[] {
  const { data } = warningSchema.safeParse(given);
  if (data === undefined) return [];
  const reason = /^[A-Z][A-Z0-9_]{0,127}$/.test(data.reason ?? '') ? (data.reason ?? '') : 'unnamed';
  const field = (data.field ?? '')
    .replace(/^events\.(?=events\[)/, '')
    .replace(/[^\w.[\]]/g, '')
    .slice(0, 200);
  return [
    {
      field,
      code: 'field-warning',
      message: `Google takes the event but not this field (${reason}). Look the reason up in the guide.`,
    },
  ];
}

/** Google recommends a delay for a quota by the minute. A daily quota is asked for again each hour (an assumption). */
function decodeQuota(response: HttpResponse, error: GoogleError | undefined): ResponseVerdict {
  const isDaily = /day/i.test(error?.quota ?? '');
  const retryAfter = response.headers['retry-after'] ?? (isDaily ? '3600' : '60');
  return { retry: `Google's quota is used up${isDaily ? ' for today' : ''} (429). Convey sends again later.`, retryAfter };
}

/** Returns the verdict of a refusal: the connection's problem, the events that Google names, or a search for the event. */
function decodeRefusal(error: GoogleError, count: number): ResponseVerdict {
  const blocked = findConnectionProblem(error);
  if (blocked !== undefined) return { blocked };
  const named = error.violations.filter(({ index }) => index !== undefined && index < count);
  const isAllNamed = named.length > 0 && named.length === error.violations.length;
  if (!isAllNamed) return { bisect: error.violations.map(toIssue) };
  const rows = new Map<number, Issue[]>();
  for (const violation of named) {
    const { index = 0 } = violation;
    rows.set(index, [...(rows.get(index) ?? []), toIssue(violation)]);
  }
  return { rejectRows: rows };
}

/** A problem of the connection is in a violation of a destination, or has one of the known reasons, also under the path of an event. */
function findConnectionProblem({ reasons, violations }: GoogleError): Issue | undefined {
  const ofEvents = new Set(violations.filter(({ index }) => index !== undefined).map(({ reason }) => reason));
  const reason = reasons.find(
    (one) => Object.hasOwn(connectionProblems, one) && !(one === 'INVALID_NUMBER_FORMAT' && ofEvents.has(one)),
  );
  const problem = reason === undefined ? undefined : connectionProblems[reason];
  if (reason !== undefined && problem !== undefined) return { ...problem, code: reason };
  const other = violations.find(({ path }) => /^(?:destinations\b|encoding$)/.test(path));
  if (other === undefined) return undefined;
  return {
    field: 'settings',
    code: other.reason ?? 'destination-refused',
    message: `Google refuses the account or the conversion action: ${other.path}. Check \`customerId\`, \`loginCustomerId\` and \`conversions\`. Events wait meanwhile.`,
  };
}

function toIssue({ path, reason }: Violation): Issue {
  return {
    field: path.replace(/^events\[\d+\]\.?/, ''),
    code: reason ?? 'refused',
    message: `Google refuses this field of the event${reason === undefined ? '' : ` (${reason})`}. Correct it at its source, then retry the failed event.`,
  };
}

function explainRefusedConnection(status: number, { reasons, status: name }: GoogleError): Issue {
  const reason = reasons.find((one) => Object.hasOwn(permissionProblems, one));
  const problem = reason === undefined ? undefined : permissionProblems[reason];
  if (reason !== undefined && problem !== undefined) return { ...problem, code: reason };
  return (
    statusProblems[status] ?? {
      field: 'settings',
      code: name ?? 'refused',
      message: `Google refuses the request (${status}). Look the code up in the guide. Events wait meanwhile.`,
    }
  );
}

/**
 * Reads the response of the probe. A refusal of the events proves the credential and the account too: Google checks those first (an
 * assumption).
 */
export function decodeProbe(response: HttpResponse): 'ok' | Issue {
  const { status } = response;
  if (isWebPage(response)) return webPageVerdict.blocked;
  if (isTemporary(status) && status !== 200) return explainUnavailable(status, 'Google');
  const error = parseGoogleError(response);
  if (status === 200) {
    const isOfGoogle = z.object({}).safeParse(parseJsonOrUndefined(response.body)).success;
    return isOfGoogle && error === undefined ? 'ok' : explainForeign(response);
  }
  if (error === undefined) return explainForeign(response);
  if (status !== 400) return explainRefusedConnection(status, error);
  return findConnectionProblem(error) ?? 'ok';
}

const onlyValidated: Issue = {
  field: 'settings.mode',
  code: 'only-validated',
  message: 'Google checked the event and counts nothing, because `mode` is `validate`. Set it to `live` to send conversions.',
};

const requestUnnamed: Issue = {
  field: 'requestId',
  code: 'request-unnamed',
  message:
    "Google received the event, but its answer names no request, so no verdict will come. Check that `endpoint` is Google's.",
};
