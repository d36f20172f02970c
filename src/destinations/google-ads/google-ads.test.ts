import { destinationSuite } from '../kit/destination.suite.ts';
import { googleAds } from './google-ads.ts';

destinationSuite(googleAds, import.meta.dirname);
