import { expect, test } from 'vitest';
import { describeFailureCode } from './failure-code.ts';

test('describeFailureCode names the fact that the request found, and no answer if there is none', () => {
  const described = [
    'ECONNREFUSED',
    'ENOTFOUND',
    'UND_ERR_CONNECT_TIMEOUT',
    'TIMEOUT',
    'CERT_HAS_EXPIRED',
    'OTHER',
    'constructor',
    undefined,
  ];
  expect(described.map(describeFailureCode)).toEqual([
    'connection refused',
    'address not found',
    'time-out',
    'time-out',
    'TLS connection failed',
    'no answer',
    'no answer',
    'no answer',
  ]);
});
