import { z } from 'zod';
import { matchSubjects } from '../../event/missing-match-keys.ts';
import { isSkipReason, skipReasons } from '../../event/skip-reasons.ts';
import { listSchema, namedSchema } from '../http/schema-parts.ts';

const skipNames = z.enum(Object.keys(skipReasons).filter(isSkipReason));

export const destinationsResponse = listSchema(
  namedSchema(
    'Destination',
    z
      .object({
        id: z.string(),
        name: z.string(),
        summary: z.string().describe('The platform in one sentence.'),
        source: z
          .object({ url: z.string(), checked: z.string().describe('`YYYY-MM-DD`.') })
          .describe("The platform's documentation that the destination implements, and when it was last checked."),
        settings: z.record(z.string(), z.unknown()).describe('JSON Schema of the settings, with titles and descriptions.'),
        secrets: listSchema(z.string()).describe('Names of the settings that are stored encrypted. The API never returns them.'),
        eventNames: z
          .record(z.string(), z.string())
          .describe("The platform's default names of the standard events, by Convey's names."),
        matchKeys: listSchema(
          z.object({
            key: z.string().meta({ examples: ['email'] }),
            label: z.string().meta({ examples: ['E-mail'] }),
            subject: z.enum(matchSubjects).describe('The kind of value.'),
            advice: z.string().describe('The use of the key for the platform.'),
            paths: listSchema(z.string()).describe('Places in the payload. An event has the key if its payload has one of them.'),
          }),
        ).describe('The values by which the platform matches an event to a person, the most useful first.'),
        tag: z
          .object({
            label: z.string().describe("The platform's name of the tag."),
            settings: z.record(z.string(), z.unknown()).describe('JSON Schema of its entry in `tags` of a site.'),
          })
          .exactOptional()
          .describe('The browser tag of the platform. Absent if the pixel uses none.'),
        accountLink: z
          .object({
            label: z.string().meta({ description: 'Text of a button.', examples: ['Connect Acme'] }),
            description: z.string(),
            needs: listSchema(z.string()).describe('Settings to enter before.'),
            provides: listSchema(z.string()).describe('Secret settings that the platform provides.'),
          })
          .exactOptional()
          .describe('How an operator grants access on a page of the platform. Absent if the credential is entered.'),
        setup: z
          .object({
            guides: z
              .object({
                settings: z.string(),
                credential: z.string(),
                troubleshooting: z.string(),
                clickIds: z.string().exactOptional(),
              })
              .describe('Pages of the documentation, such as `guides/microsoft/enable-capi`.'),
            examples: z
              .object({ connection: z.string(), settings: z.record(z.string(), z.string()) })
              .exactOptional()
              .describe("A connection's id, and values of settings, that the documentation uses as examples."),
            goals: z
              .object({ description: z.string(), instruction: z.string(), guide: z.string() })
              .exactOptional()
              .describe('Goals to create at the platform, one per event name. Absent if it counts events without them.'),
          })
          .exactOptional()
          .describe('What else the platform needs.'),
        skipTexts: z
          .partialRecord(skipNames, z.object({ why: z.string(), remedy: z.string() }))
          .describe("Texts of skips in the platform's words. Other skips have the general text."),
      })
      .describe('A supported platform.'),
  ),
);
export type DestinationView = z.output<typeof destinationsResponse>[number];
