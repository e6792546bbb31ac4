import { noControl } from '../../model/control';
import type { OmsSpec } from '../../model/oms';
import { openOmsSource } from '../../sources/oms';
import { postgresPassword } from '../servers/postgres';

/** Loads a dump in a process of its own, so that a test can kill it. */
export interface Told {
  readonly spec: OmsSpec;
  readonly from: string;
  readonly label: string;
  readonly what: 'load' | 'revert';
}

const { spec, from, label, what } = JSON.parse(process.argv[2]!) as Told;
const access = { config: spec.database, password: async () => postgresPassword };
const source = openOmsSource({ access, host: 'here' });
process.stdout.write('BEGIN\n');
(what === 'load' ? source.load(spec, from, label, noControl()) : source.revert(spec, label)).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
