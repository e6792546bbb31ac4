import { badDayCases } from './bad-days';
import { conformanceCases } from './conformance';
import { mountedCases } from './mounted';
import { mountingCases } from './mounting';
import type { NasCase } from './nas';

/** Everything that is tried with real mounts, in this order. */
export const nasCases: readonly NasCase[] = [...mountingCases, ...conformanceCases, ...badDayCases, ...mountedCases];
