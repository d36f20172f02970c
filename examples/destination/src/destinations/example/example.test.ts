import { destinationSuite } from '../kit/destination.suite.ts';
import { example } from './example.ts';

destinationSuite(example, import.meta.dirname);
