import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { kills } from '../kit/kills';
import { randomFrom, tellSeed } from '../kit/seed';
import { describeWhere } from '../kit/skip';
import { withoutPostgres } from '../servers/postgres';
import type { Told } from './oms-load-process';
import { dump, endAll, held, label, leftBeside, load, manager, postgres, startAll, told } from './oms-ground';

describeWhere(withoutPostgres)('a restoration of the manager', () => {
  beforeAll(startAll);
  afterAll(endAll);

  test(`killed at ${kills} moments, it goes on, or is reverted, and is whole either way`, async () => {
    const random = randomFrom(tellSeed());
    const took = await inProcess({ what: 'load', label: label(), from: dump, spec: manager.spec });
    for (let round = 0; round < kills; round += 1) {
      await manager.change();
      const before = await manager.read();
      const under = label();
      await inProcess({ what: 'load', label: under, from: dump, spec: manager.spec }, random() * took);
      if (round % 2 === 0) {
        await load(dump, under);
        expect(await manager.read()).toEqual(held);
        await inProcess({ what: 'revert', label: under, from: dump, spec: manager.spec }, (random() * took) / 3);
      }
      await manager.source.revert(manager.spec, under);
      expect(await manager.read()).toEqual(before);
      expect(await leftBeside()).toEqual(expect.not.arrayContaining([expect.stringContaining(under)]));
    }
  });

  test('a PostgreSQL that dies in the middle is unavailable, and the restoration goes on once it is back', async () => {
    await load();
    await manager.change();
    // Else PostgreSQL lets its sequences skip some numbers when it comes back.
    await postgres.ask('postgres', (ask) => ask('CHECKPOINT'));
    const before = await manager.read();
    const under = label();
    const loading = told(load(dump, under));
    const hasBegun = async () => (await leftBeside()).some((name) => name.includes(under));
    while (!(await hasBegun())) await sleep(1);
    await postgres.kill();
    expect(await loading).toMatchObject({ kind: 'unavailable' });
    await postgres.start();
    await load(dump, under);
    expect(await manager.read()).toEqual(held);
    await manager.source.revert(manager.spec, under);
    expect(await manager.read()).toEqual(before);
  });
});

/**
 * With `killAfter`, it is killed so many milliseconds after it has begun its work, if it has not ended by itself. Answers how
 * long it worked.
 */
async function inProcess(what: Told, killAfter?: number): Promise<number> {
  const args = [
    '-r',
    join(__dirname, '../kit/register.js'),
    join(__dirname, 'oms-load-process.ts'),
    JSON.stringify(what),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise<number | null>((resolve) => child.once('close', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const begin = Date.now();
  const clock = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const code = await gone;
  clearTimeout(clock);
  if (killAfter === undefined && code !== 0) throw new Error(`it ended with ${code}`);
  return Date.now() - begin;
}
