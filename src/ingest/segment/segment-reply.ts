import { errorBody } from '../../errors.ts';
import { type IngestErrorCode, ingestErrorStatus, type Reply } from '../http/error-response.ts';

/**
 * The replies of Segment's protocol. Some SDKs repeat a request forever unless the status is exactly 200 and the body a JSON object, and
 * others unless an error has `code` and `message` at its top level. Jitsu reads `ok`.
 * @source recorded requests of the SDKs for PHP 3.8.2, Ruby 2.5.0 and Python 2.3.4 (2026-11)
 */
export const takenReply: Reply = { status: 200, body: { success: true, ok: true } };

/** Segment answers 400 where others answer 413: its SDKs do not repeat it. */
const statuses: Partial<Record<IngestErrorCode, 400>> = {
  'body-too-large': 400,
  'body-over-compressed': 400,
  'value-count': 400,
  'encoding-unsupported': 400,
};

export function createSegmentError(code: IngestErrorCode, headers: Readonly<Record<string, string>> = {}): Reply {
  const { error } = errorBody(code);
  return {
    status: statuses[code] ?? ingestErrorStatus[code],
    body: { success: false, ok: false, code: error.code, message: error.message, error },
    headers,
    refused: code,
  };
}
