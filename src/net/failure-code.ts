const facts: Readonly<Partial<Record<string, string>>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'address not found',
  EAI_AGAIN: 'no answer from DNS',
  EHOSTUNREACH: 'no route to the address',
  ENETUNREACH: 'no route to the address',
  ECONNRESET: 'connection closed',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed',
  TIMEOUT: 'time-out',
  ETIMEDOUT: 'time-out',
  UND_ERR_CONNECT_TIMEOUT: 'time-out',
  UND_ERR_HEADERS_TIMEOUT: 'time-out',
  UND_ERR_BODY_TIMEOUT: 'time-out',
};

/** Codes of OpenSSL and Node.js for a failed handshake or a refused certificate. */
const untrusted = /^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$|HOSTNAME_MISMATCH$)/;

export function isTlsFailure(code: string): boolean {
  return untrusted.test(code);
}

/** Returns the fact behind the code of a request without a response, such as `connection refused`. */
export function describeFailureCode(code: string | undefined): string {
  return (code !== undefined && findFailureFact(code)) || 'no answer';
}

/** Returns the fact behind a code; undefined if the code is not of the network. */
export function findFailureFact(code: string): string | undefined {
  if (isTlsFailure(code)) return 'TLS connection failed';
  return Object.hasOwn(facts, code) ? facts[code] : undefined;
}
