import { z } from 'zod';
import { alertChannelSchema, secretChannelSettings } from '../../config/alerts.ts';

/** The settings of every channel. */
const shared: readonly string[] = ['id', 'type', 'sites'];
const isOwn = (name: string) => !shared.includes(name);

/** Returns the types of channels with the JSON Schema of the settings that only each type has. */
export function listChannelTypes() {
  return alertChannelSchema.unwrap().options.map((option) => {
    const { properties = {}, required = [] } = z.toJSONSchema(option, { io: 'input', unrepresentable: 'any' });
    const type = option.shape.type.value;
    const own = Object.entries(properties).filter(([name]) => isOwn(name));
    return {
      type,
      settings: { type: 'object', properties: Object.fromEntries(own), required: required.filter(isOwn) },
      secrets: secretChannelSettings[type],
    };
  });
}
