import type { Problem } from './problem.ts';

/** Meta writes the texts for people in the language of the token's owner. */
export type Language = 'en' | 'fr';

interface ProblemText {
  readonly title: string;
  readonly message: string;
}

/** Describes a problem in own words; only the path and the key have Meta's form. No value of the event is repeated. */
export function describeProblem(problem: Problem, language: Language): ProblemText {
  return language === 'fr' ? describeInFrench(problem) : describeInEnglish(problem);
}

function describeInEnglish(problem: Problem): ProblemText {
  switch (problem.kind) {
    case 'unexpected-key':
      return { title: 'Invalid Parameter', message: `Unexpected key "${problem.key}" on param "${problem.path}".` };
    case 'missing-key':
      return { title: 'Invalid Parameter', message: `Missing key "${problem.key}" on param "${problem.path}".` };
    case 'invalid-value':
      return { title: 'Invalid Parameter', message: `Invalid value on param "${problem.path}": ${problem.rule}.` };
    case 'too-old':
      return {
        title: 'Event Timestamp Too Old',
        message: `The timestamp of an event is more than ${problem.days} days in the past. Send events earlier.`,
      };
    case 'too-little-identity':
      return {
        title: 'Too Little Customer Information',
        message:
          'An event has too few customer information parameters to be matched. Send more of them, or a better combination.',
      };
    case 'no-value':
      return { title: 'Missing Purchase Value', message: 'The value of a purchase event is missing or not a number.' };
    case 'data-processing':
      return {
        title: 'Invalid Data Processing Options',
        message: 'The data processing options need a country together with a state, or the IP address of the client.',
      };
    case 'unnamed':
      return { title: 'Invalid Event', message: 'An event of the request cannot be processed.' };
  }
}

function describeInFrench(problem: Problem): ProblemText {
  switch (problem.kind) {
    case 'unexpected-key':
      return { title: 'Paramètre non valide', message: `Clé inattendue "${problem.key}" dans le paramètre "${problem.path}".` };
    case 'missing-key':
      return { title: 'Paramètre non valide', message: `Clé "${problem.key}" absente du paramètre "${problem.path}".` };
    case 'invalid-value':
      return { title: 'Paramètre non valide', message: `Valeur non valide dans le paramètre "${problem.path}".` };
    case 'too-old':
      return {
        title: 'Horodatage de l’évènement trop ancien',
        message: `L’horodatage d’un évènement remonte à plus de ${problem.days} jours.`,
      };
    case 'too-little-identity':
      return {
        title: 'Informations client insuffisantes',
        message: 'Un évènement contient trop peu de paramètres d’informations client.',
      };
    case 'no-value':
      return {
        title: 'Valeur d’achat manquante',
        message: 'La valeur d’un évènement d’achat est absente ou n’est pas un nombre.',
      };
    case 'data-processing':
      return {
        title: 'Options de traitement des données non valides',
        message: 'Les options de traitement exigent un pays et un État, ou l’adresse IP du client.',
      };
    case 'unnamed':
      return { title: 'Évènement non valide', message: 'Un évènement de la requête ne peut pas être traité.' };
  }
}
