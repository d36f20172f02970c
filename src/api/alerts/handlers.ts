import type { AlertSettings } from '../../alerts/alert-settings.ts';
import { listChannelTypes } from '../../alerts/channels/channel-types.ts';
import { messageSchema } from '../../alerts/message.ts';
import { findFailingChannels, findLastProblem } from '../../alerts/outbox.ts';
import type { RunningAlerts } from '../../alerts/start-alerts.ts';
import { ConveyError } from '../../errors.ts';
import { alertConditionNames, alertConditions } from '../../event/alert-conditions.ts';
import type { Site } from '../../event/site.ts';
import { hourMs, type UnixMs } from '../../event/units.ts';
import type { AlertAttempts, StoredAlertMessage } from '../../storage/ports/alerts.ts';
import type { Store } from '../../storage/ports/store.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { type Access, hasSiteRole } from '../http/site-roles.ts';
import { withSite } from '../http/with-site.ts';
import type { alertRoutes } from './routes.ts';
import type { AlertChannelView, AlertSettingsView, AlertsView, OpenAlertView } from './schemas.ts';

export interface AlertRouteDeps {
  readonly sites: () => readonly Site[];
  readonly store: Store;
  readonly alertSettings: AlertSettings;
  readonly testChannel: RunningAlerts['test'];
  readonly now: () => UnixMs;
}

const shownMessages = 50;

export function createAlertHandlers(deps: AlertRouteDeps): RouteHandlers<typeof alertRoutes> {
  const { sites, alertSettings, testChannel, now } = deps;
  const forSite = withSite(sites);
  return {
    'GET /api/alerts': (_params, _body, { access }) => readAlerts(deps, access),

    'GET /api/alerts/channel-types': async () => listChannelTypes(),

    'PUT /api/alerts/settings': async (_params, { revision, settings }, { access }) => {
      try {
        const change = await alertSettings.change(settings, revision);
        if (change === 'done') return readAlerts(deps, access);
        if (change.refused !== 'parameter-invalid') return new ApiErrorResult(change.refused);
        const issues = change.problems.map(({ path, message }) => ({
          ...createParameterIssue(path, ''),
          message: `\`${path}\`: ${message}`,
        }));
        return new ApiErrorResult('parameter-invalid', issues);
      } catch (error) {
        if (error instanceof ConveyError) return new ApiErrorResult('secrets-key-unusable');
        throw error;
      }
    },

    'POST /api/alerts/channels/:channel/test': async ({ channel }) => {
      const result = await testChannel(channel);
      if (!result) return new ApiErrorResult('no-such-channel');
      if (result.isSent && result.problem !== undefined)
        return { ok: false, says: `The channel ${channel} accepted a test message, but ${result.problem}. Check its settings.` };
      return result.isSent
        ? { ok: true, says: `The channel ${channel} accepted a test message.` }
        : { ok: false, says: `The channel ${channel} did not accept the test message: ${result.problem}. Check its settings.` };
    },

    'PUT /api/sites/:site/connections/:connection/mute': forSite(async (site, { connection }, { hours }) => {
      if (!site.connections.some(({ id }) => id === connection)) return new ApiErrorResult('no-such-connection');
      const until = hours === undefined ? {} : { until: now() + hours * hourMs };
      await alertSettings.mute({ site: site.id, connection, ...until });
      return { ok: true };
    }),

    'DELETE /api/sites/:site/connections/:connection/mute': forSite(async ({ id }, { connection }) => {
      await alertSettings.unmute({ site: id, connection });
      return { ok: true };
    }),
  };
}

/** Returns the alerts that an account may see: those of its sites, and with a role on all sites those of the gateway, and the settings. */
async function readAlerts({ store, alertSettings, now }: AlertRouteDeps, access: Access | undefined): Promise<AlertsView> {
  const canSee = (site: string | undefined) => access === undefined || hasSiteRole(access, site, 'viewer');
  const messages = await store.listAlertMessages(shownMessages);
  return {
    open: (await store.listOpenAlerts())
      .map(({ key, beganAt, content }): OpenAlertView => {
        const {
          kind: _,
          until: __,
          digest: ___,
          subject: ____,
          issue: _____,
          since = beganAt,
          ...rest
        } = messageSchema.parse(content);
        return { key, beganAt, since, ...rest };
      })
      .filter(({ site }) => canSee(site)),
    mutes: alertSettings
      .mutes()
      .filter(({ site, until }) => canSee(site) && (until === undefined || until > now()))
      .map(({ site, connection, until }) => ({ site, connection, ...(until !== undefined && { until }) })),
    messages: canSee(undefined) ? messages.map(toMessageView) : [],
    conditions: alertConditionNames.map((on) => ({ on, ...alertConditions[on] })),
    ...(canSee(undefined) && { settings: toSettingsView(alertSettings, await store.readAlertAttempts()) }),
  };
}

function toMessageView({
  id,
  channel,
  state,
  createdAt,
  dueAt,
  tries,
  problem,
  content,
}: StoredAlertMessage): AlertsView['messages'][number] {
  const { kind, title, site } = messageSchema.parse(content);
  return {
    id,
    channel,
    kind,
    title,
    state,
    createdAt,
    dueAt,
    tries,
    ...(site !== undefined && { site }),
    ...(problem !== undefined && { problem }),
  };
}

function toSettingsView(settings: AlertSettings, attempts: AlertAttempts): AlertSettingsView {
  const { rules, digest, timeZone, quietHours } = settings.current();
  const channels = settings.listChannels();
  const failing = findFailingChannels(
    attempts,
    channels.map(({ id }) => ({ id, changedAt: settings.changedAt(id) })),
  );
  return {
    origin: settings.origin,
    revision: settings.revision,
    channels: channels.map((channel): AlertChannelView => {
      const failure = failing.find((one) => one.channel === channel.id);
      const lastSentAt = attempts.sentAt.get(channel.id);
      const lastProblem = findLastProblem(attempts, { id: channel.id, changedAt: settings.changedAt(channel.id) });
      return {
        ...channel,
        ...(failure && {
          problem: `${failure.isUnclear ? 'May have missed' : 'Accepts no'} messages: ${failure.problem}.`,
          failingSince: failure.failingSince,
        }),
        ...(lastProblem !== undefined && { lastProblem }),
        ...(lastSentAt !== undefined && { lastSentAt }),
      };
    }),
    rules: (rules ?? []).map(({ on, threshold, sites, for: channelIds }) => ({
      on,
      ...(threshold !== undefined && { threshold }),
      ...(sites && { sites }),
      ...(channelIds && { for: channelIds }),
    })),
    hasDefaultRules: rules === undefined,
    digest,
    timeZone,
    ...(quietHours && { quietHours }),
  };
}
