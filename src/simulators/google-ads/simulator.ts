import { createContext, type RunningSimulator, type SimulatorOptions, startSimulator } from '../kit/start-simulator.ts';
import { AccessTokens, type Credentials } from './api/access-tokens.ts';
import { RequestQuota } from './api/request-quota.ts';
import { RequestStatuses } from './api/request-statuses.ts';
import { AuthorizationCodes } from './consent/authorization-codes.ts';
import { createFaults, type Fault } from './faults.ts';
import { Journal, type JournalRequest } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { defaults, type Settings } from './settings.ts';
import { createGoogleAdsApp } from './simulator-app.ts';

export type GoogleAdsSimulatorOptions = Omit<SimulatorOptions<Settings>, 'tokens'> & { readonly credentials?: Credentials };

export type GoogleAdsSimulator = RunningSimulator<JournalRequest, JournalEvent, Fault>;

/** Starts a simulator of the Data Manager API, its token server and the Google tag on its own port, with all data in memory. */
export function startGoogleAdsSimulator(options: GoogleAdsSimulatorOptions = {}): Promise<GoogleAdsSimulator> {
  return startSimulator(createGoogleAdsSimulator(options), options);
}

/** Creates the simulator without a port. */
export function createGoogleAdsSimulator({ overrides, credentials = {}, ...options }: Omit<GoogleAdsSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const settings = { ...defaults, ...overrides };
  const journal = new Journal(settings, context.now);
  const faults = createFaults();
  const codes = new AuthorizationCodes();
  const app = createGoogleAdsApp({
    ...context,
    settings,
    journal,
    faults,
    codes,
    accessTokens: new AccessTokens(settings, credentials, codes),
    statuses: new RequestStatuses(settings),
    quota: new RequestQuota(settings.requestsPerMinute),
  });
  return { app, journal, faults, close };
}
