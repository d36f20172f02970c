import { LeaseLostError } from '../storage/ports/consumers.ts';

/** An error as it crosses threads. */
export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

export function toThreadError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return 'code' in error && typeof error.code === 'string' ? { name, message, code: error.code } : { name, message };
}

export function fromThreadError({ name, message, code }: ThreadError): Error {
  if (name === 'LeaseLostError') return new LeaseLostError(message);
  return Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
}
