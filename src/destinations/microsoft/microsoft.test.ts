import { destinationSuite } from '../kit/destination.suite.ts';
import { microsoft } from './microsoft.ts';

destinationSuite(microsoft, import.meta.dirname);
