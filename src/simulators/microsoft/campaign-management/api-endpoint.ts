import type { Context } from 'hono';
import { addRetryAfter, createPage } from '../../kit/faults.ts';
import { isFields } from '../../kit/fields.ts';
import { readRequest } from '../../kit/http/read-body.ts';
import type { Reply } from '../../kit/http/reply.ts';
import type { Env } from '../../kit/http/routes.ts';
import { isSilentFault, sendFaulty } from '../../kit/http/send-faulty.ts';
import type { SimulatorContext } from '../../kit/start-simulator.ts';
import { findAccess, type User } from '../customer-management/customers.ts';
import type { Fault, MicrosoftFaults } from '../faults.ts';
import { consumeFault } from '../faults.ts';
import type { Grants } from '../oauth/grants.ts';
import type { Settings } from '../settings.ts';
import { ApiFault, type ErrorCode, toFaultReply, toPartialErrors } from './api-error.ts';
import type { AccountOperation, ApiState, UserOperation } from './call.ts';
import type { CallRate } from './call-rate.ts';

export interface ApiDeps extends ApiState, Pick<SimulatorContext, 'now' | 'newId' | 'closing'> {
  readonly settings: Settings;
  readonly faults: MicrosoftFaults;
  readonly grants: Grants;
  readonly callRate: CallRate;
}

export type Operation =
  | { readonly needsAccount: false; readonly operation: UserOperation }
  | { readonly needsAccount: true; readonly operation: AccountOperation };

/** Answers a call of the API as the current fault requires. */
export async function receiveCall(c: Context<Env>, deps: ApiDeps, operation: Operation): Promise<Response> {
  const { settings, closing, newId } = deps;
  const body = await readRequest(c.env.incoming, settings);
  const fault = consumeFault(deps.faults, 'api');
  const mode = fault?.mode ?? 'ok';
  const trackingId = newId();
  const json = 'json' in body ? body.json : undefined;
  const reply = isSilentFault(mode) ? undefined : answerCall(c, deps, { operation, json, fault, trackingId });
  const sent = reply && { ...reply, headers: { ...reply.headers, trackingid: trackingId } };
  return sendFaulty(c.env, mode, sent && fault ? addRetryAfter(sent, fault) : sent, { slowMs: settings.slowMs, closing });
}

interface ReceivedCall {
  readonly operation: Operation;
  /** Undefined if the body could not be read. */
  readonly json: unknown;
  readonly fault: Fault | undefined;
  readonly trackingId: string;
}

function answerCall(c: Context<Env>, deps: ApiDeps, call: ReceivedCall): Reply {
  const { fault, trackingId } = call;
  if (fault?.mode === 'html') return createPage(503, 'Service unavailable');
  if (fault?.mode === 'html-200') return createPage(200, 'Sign in');
  if (fault?.mode === '500') return { status: 500 };
  try {
    return { status: 200, body: runOperation(c, deps, call) };
  } catch (error) {
    if (error instanceof ApiFault) return toFaultReply(error, trackingId);
    throw error;
  }
}

function runOperation(
  c: Context<Env>,
  deps: ApiDeps,
  { operation: { needsAccount, operation }, json, fault }: ReceivedCall,
): object {
  const { now, callRate } = deps;
  if (fault?.mode === 'expired-token') throw new ApiFault(109);
  if (fault?.mode === 'api-error') throw new ApiFault(fault.code ?? 0, fault.status);
  const user = authenticate(c, deps);
  const customerId = c.req.header('customerid') ?? '';
  if (fault?.mode === 'call-rate' && !callRate.take(`${user.id}-${customerId}`, fault.calls ?? 0, now()))
    throw new ApiFault(117, fault.status);
  const access = needsAccount ? findAccess(user, customerId, getHeader(c, 'customeraccountid')) : undefined;
  if (needsAccount && customerId === '') throw new ApiFault(116);
  if (needsAccount && (access === undefined || (operation.isWrite && !access.mayWrite))) throw new ApiFault(106);
  if (!isFields(json)) throw new ApiFault(100);
  if (fault?.mode === 'api-reject') return rejectItems(json, fault.code ?? 5606);
  const call = { body: json, user, now: now(), fault, origin: new URL(c.req.url).origin };
  if (!needsAccount) return operation.run(call, deps);
  if (access === undefined) throw new ApiFault(106);
  return operation.run({ ...call, access }, deps);
}

/** Returns the user of the bearer token. Refuses a call without it or without a developer token. */
function authenticate(c: Context<Env>, { settings, grants, now }: ApiDeps): User {
  const developerToken = getHeader(c, 'developertoken');
  const user = grants.authenticate(getHeader(c, 'authorization'), c.req.header('identityprovider') ?? 'Microsoft', now());
  if (settings.developerToken !== undefined && settings.developerToken !== developerToken) throw new ApiFault(105);
  if (user === 'unknown') throw new ApiFault(105);
  if (user === 'expired') throw new ApiFault(109);
  if (user === 'mismatch') throw new ApiFault(126);
  return user;
}

function getHeader(c: Context<Env>, name: string): string {
  const value = c.req.header(name);
  if (value === undefined || value === '') throw new ApiFault(116);
  return value;
}

/** Refuses every item of the request by the fault's code. */
function rejectItems(body: Readonly<Record<string, unknown>>, code: ErrorCode): object {
  const items = Object.values(body).find(Array.isArray) ?? [body];
  return { PartialErrors: toPartialErrors(items.map((_: unknown, index: number) => ({ index, code }))) };
}
