import { untilState } from '../../kit/stage';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

/** Planned so far ahead that it does not start while the tests go on. */
const yaml = (fields = 'mode: periodic, started: 2999-01-01T22:00:00+02:00, period: { days: 1 },') => `
tasks:
  - { name: nightly, cluster: c1, ${fields} sources: [{ source: nameNode, target: { kind: localDir } }] }
`;

describe('a periodic task', () => {
  it('is applied, and told with its period and its next run', async () => {
    expect((await ground.cairn('apply -f -', { stdin: yaml() })).stdout).toMatch(/nightly +created/);
    expect((await ground.cairn('task list')).stdout).toMatch(/nightly +Ready +- +nameNode +2999-01-01 20:00:00 UTC/);
    const { stdout } = await ground.cairn('task show nightly');
    expect(stdout).toMatch(/period: +every 1 day from 2999-01-01 20:00:00 UTC/);
    expect((await ground.cairn('task show nightly --json')).json()).toMatchObject({
      spec: { mode: 'periodic', period: { started: Date.UTC(2999, 0, 1, 20), seconds: 86_400 } },
      next: Date.UTC(2999, 0, 1, 20),
      notRun: [],
      alarms: [],
    });
  });

  it('that would get another period is told so by a dry run, in the words of its file', async () => {
    const other = yaml('mode: periodic, started: 2999-01-01T20:00:00Z, period: { hours: 6 },');
    const { stdout } = await ground.cairn('apply -f - --dry-run', { stdin: other });
    expect(stdout).toContain('would be changed');
    expect(stdout).toContain('period');
    expect(stdout).not.toContain('started');
    expect((await ground.cairn('task show nightly')).stdout).toContain('every 1 day');
  });

  it('is locked with a reason, which the list shows, still starts by hand, and is unlocked', async () => {
    const locked = await ground.cairn('task lock nightly --reason upgrade');
    expect(locked).toMatchObject({ code: 0, stdout: '"nightly": locked\n' });
    expect((await ground.cairn('task list')).stdout).toContain('locked: upgrade');
    expect((await ground.cairn('task start nightly --wait')).code).toBe(0);
    expect(await ground.cairn('task unlock nightly')).toMatchObject({ code: 0, stdout: '"nightly": unlocked\n' });
    expect(await ground.cairn('task unlock nightly')).toMatchObject({ code: 0, stdout: '"nightly": not locked\n' });
    expect((await ground.cairn('task list')).stdout).not.toContain('locked');
  });

  it('that is not there cannot be locked, nor can one that is manual', async () => {
    await ground.apply('byHand');
    expect(await ground.cairn('task lock nobody')).toMatchObject({ code: 10 });
    expect(await ground.cairn('task lock byHand')).toMatchObject({ code: 2, stderr: saying('is not periodic') });
  });

  it.each([
    [
      'mode: periodic, period: { days: 1 },',
      'tasks[0].started: found nothing; allowed: this field, because the task is periodic',
    ],
    ['mode: periodic, started: 2999-01-01T22:00:00Z,', 'tasks[0].period: found nothing'],
    [
      'started: 2999-01-01T22:00:00Z,',
      'tasks[0].started: found "2999-01-01T22:00:00Z"; allowed: this field only with mode: periodic',
    ],
    [
      'mode: periodic, started: 2999-01-01T22:00:00, period: { days: 1 },',
      'allowed: a time with its zone, such as 2026-12-01T22:00:00Z',
    ],
    ['mode: periodic, started: 2999-01-01T22:00:00Z, period: { hours: 0 },', 'tasks[0].period'],
    ['mode: periodic, started: 2999-01-01T22:00:00Z, period: { days: 1, hours: 1 },', 'tasks[0].period'],
    ['mode: sometimes,', 'tasks[0].mode: found "sometimes"; allowed: "manual", "periodic"'],
  ])('that is wrong (%s) is refused with the path of the field', async (fields, message) => {
    expect(await ground.cairn('apply -f -', { stdin: yaml(fields) })).toMatchObject({
      code: 2,
      stderr: saying(message),
    });
  });
});

it('the list of alarms has those of a cluster, which are of no task, and says when there are none', async () => {
  await untilState(ground.stage, 'c1', ({ alarms }) => alarms.length === 1);
  expect((await ground.cairn('alarm list')).stdout).toMatch(
    /ALM-12057 +c1 +\d{4}-.* UTC +no periodic task backs up nameNode to a third-party server/,
  );
  const [alarm] = (await ground.cairn('alarm list --json')).json<object[]>();
  expect(alarm).toMatchObject({ cluster: 'c1', id: '12057', title: expect.stringContaining('Third-Party') as string });
  expect(alarm).not.toHaveProperty('task');
  const target = 'kind: remoteHdfs, nameService: haclusterX, path: /backup';
  await ground.cairn('apply -f -', { stdin: yaml().replace('kind: localDir', target) });
  expect(await ground.cairn('alarm list')).toMatchObject({ code: 0, stdout: 'no alarms\n' });
  expect((await ground.cairn('alarm list --json')).json()).toEqual([]);
});
