import { badDayCases } from './bad-days';
import { conformanceCases } from './conformance';
import { mountedCases } from './mounted';
import { mountingCases } from './mounting';
import type { NasCase } from './nas';
import { noRoomCases } from './no-room';
import { resumeCases } from './resume';
import { storyCases } from './story';

const all: readonly NasCase[] = [
  ...mountingCases,
  ...conformanceCases,
  ...badDayCases,
  ...noRoomCases,
  ...mountedCases,
  ...resumeCases,
  ...storyCases,
];

/** A machine for each family: both together would take longer than one test file should. */
export type Family = 'nfs' | 'cifs';

/** What is tried with real mounts, in this order. What is of both families is tried once. */
export function casesOf(family: Family): readonly NasCase[] {
  return all.filter(({ name }) => name.startsWith('SMB') === (family === 'cifs'));
}
