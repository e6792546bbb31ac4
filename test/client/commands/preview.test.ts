import { type Cairn, openCairn } from '../../../client';
import type { Preview } from '../../../model/preview';
import { openGround, type Ground, saying } from '../cluster';
import { workFor } from '../../kit/stage';

const [hour, day] = [3_600_000, 86_400_000];
/** Tomorrow at noon, so that it does not come while the tests go on. */
const planned = (Math.floor(Date.now() / day) + 1) * day + 12 * hour;
const at = new Date(planned).toISOString().replace('.000', '');

let ground: Ground;
let cairn: Cairn;
beforeAll(async () => {
  ground = await openGround();
  cairn = await openCairn({ address: ground.stage.temporal.address });
});
afterAll(async () => {
  await cairn?.close();
  await ground?.close();
});

const yaml = `
tasks:
  - { name: daily, cluster: c1, mode: periodic, started: ${at}, period: { days: 1 },
      sources: [{ source: nameNode, copies: 2, target: { kind: localDir } }] }
  - { name: hourly, cluster: c1, mode: periodic, started: ${at}, period: { hours: 1 },
      sources: [{ source: nameNode, target: { kind: localDir } }] }
`;

describe('a preview', () => {
  it('of a cluster without periodic tasks says that nothing is to come', async () => {
    const { code, stdout } = await ground.cairn('schedule preview --days 1');
    expect(stdout).toContain('no runs to come');
    expect(code).toBe(0);
  });

  it('tells the next runs, the days, the tasks at the end, and what is not known', async () => {
    await ground.cairn('apply -f -', { stdin: yaml });
    await ground.backUp('daily');
    const { code, stdout } = await ground.cairn('schedule preview --days 3');
    const time = at.replace('T', ' ').replace('Z', ' UTC');
    expect(stdout).toMatch(new RegExp(`${time} +daily +${time} +\\d+ s\n`));
    expect(stdout).toMatch(new RegExp(`${time} +hourly +.*not known`));
    expect(stdout).toMatch(/^day +runs +postponed +longest wait +space +recovery points$/m);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d +25 +0 .*localDir \d.* 26, oldest /m);
    expect(stdout).toMatch(/^daily +3 +0 .*localDir \d.* 2 +\d.* UTC +\d.* UTC$/m);
    expect(stdout).toMatch(/^hourly +60 +0 .*not known +24 /m);
    expect(stdout).toContain('warning: task "hourly" has not run yet: its length is not known, nothing is assumed\n');
    expect(code).toBe(0);
  });

  it('is data with --json, the same as from the library', async () => {
    const told = (await ground.cairn('schedule preview --days 3 --json')).json<Preview>();
    const { from: _earlier, ...rest } = told;
    expect(await cairn.preview({ cluster: 'c1', days: 3 })).toMatchObject(rest);
    expect(told.days).toHaveLength(4);
    expect(told.next[0]).toMatchObject({ task: 'daily', what: 'planned', planned, starts: planned, waitsSeconds: 0 });
    expect(told.tasks).toMatchObject([
      { task: 'daily', estimated: 'median', periodSeconds: day / 1000, runs: 3 },
      { task: 'hourly', estimated: 'none', seconds: 0 },
    ]);
  });

  it('looks 90 days ahead unless told', async () => {
    expect((await cairn.preview()).days).toHaveLength(91);
  });

  it('leaves out a locked task, and says so', async () => {
    await ground.cairn('task lock hourly');
    const { stdout } = await ground.cairn('schedule preview --days 2');
    expect(stdout).toContain('warning: task "hourly" is locked: it does not start by itself\n');
    expect(stdout).not.toContain('not known');
  });

  it.each(['0', '367', '1.5', 'many'])('over %s days is refused', async (days) => {
    expect(await ground.cairn(`schedule preview --days ${days}`)).toMatchObject({
      code: 2,
      stderr: saying('a whole number from 1 to 366 is allowed'),
    });
    await expect(cairn.preview({ days: Number(days) })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('of a cluster that is not known ends with 10', async () => {
    expect(await ground.cairn('schedule preview --cluster nobody')).toMatchObject({ code: 10 });
  });

  it('without a worker is of what was known last, and says so', async () => {
    await ground.worker.stop();
    const { code, stdout, stderr } = await ground.cairn('schedule preview --days 1');
    expect(stderr).toContain('this is what was known last');
    expect(stdout).toMatch(/^daily +1 /m);
    expect(code).toBe(0);
    ground.worker = await workFor(ground.cluster);
  });
});
