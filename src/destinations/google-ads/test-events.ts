const testMark = 'convey-test-';

/** Returns the transaction id of an operator's test event. Google only checks such an event, and counts nothing. */
export function markTestEvent(id: string): string {
  return `${testMark}${id}`.slice(0, 64);
}

/** Returns whether the payload is one of an operator's test event. */
export function isTestEvent({ transactionId }: { readonly transactionId: string }): boolean {
  return transactionId.startsWith(testMark);
}
