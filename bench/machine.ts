import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { bytesText } from '../model/text';

/** The machine and the versions that figures were taken with: no figure without it. */
export function machine(commands: readonly (readonly [string, ...string[]])[] = []): string {
  const [first] = cpus();
  const versions = commands.map(([command, ...args]) => firstLine(command, args));
  return [
    `${cpus().length} cores of ${first?.model.trim() ?? 'unknown'}, ${bytesText(totalmem())}, Node ${process.version}`,
    ...versions,
    `on ${new Date().toISOString().slice(0, 10)}`,
  ].join('; ');
}

/** The middle one; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor((values.length - 1) / 2)]!;
}

/** How long it takes. */
export async function seconds(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

/** A figure with what it was held against. */
export function printFigure(name: string, found: string, wanted: string): void {
  process.stdout.write(`${name}: ${found} (wanted: ${wanted})\n`);
}

function firstLine(command: string, args: readonly string[]): string {
  const output = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return output.split('\n', 1)[0]!;
}
