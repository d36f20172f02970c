import { clickIdParameters } from './click-ids.ts';

const parameters = new RegExp(`([?&](?:${clickIdParameters.join('|')})=)[^&#\\s"]+`, 'gi');

/** Masks the values of click ids in the URLs of a text, because they identify a shopper. */
export function maskClickIds(text: string): string {
  return text.replace(parameters, '$1***');
}
