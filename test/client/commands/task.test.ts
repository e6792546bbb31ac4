import { BackupError } from '../../../model/errors';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

describe('task', () => {
  beforeAll(async () => {
    await ground.apply('daily', 'spare');
  });
  afterEach(() => void (ground.cluster.script.dumpMs = 0));

  it('list and show tell of a task that has not run', async () => {
    expect((await ground.cairn('task list')).stdout).toMatch(/^daily +Ready +- +nameNode\n/m);
    expect((await ground.cairn('task show daily')).stdout).toContain('it has not run yet');
  });

  it('start --wait ends with 0 when it was successful, and list and history agree at once', async () => {
    const { code, stdout } = await ground.cairn('task start daily --wait');
    expect(stdout).toMatch(/outcome: +Successful/);
    expect(stdout).toContain('c1/daily_');
    expect(code).toBe(0);
    expect((await ground.cairn('task list --json')).json()).toContainEqual(
      expect.objectContaining({ name: 'daily', status: 'Successful' }),
    );
    expect((await ground.cairn('task history daily --json')).json()).toMatchObject({
      runs: [{ outcome: 'Successful', trigger: 'manual' }],
      notRun: [],
    });
  });

  it('start --wait ends with 1 when it failed, and says why', async () => {
    ground.cluster.script.errors = {
      dump: [new BackupError('precondition', 'the source is upside down', { hint: 'turn it' })],
    };
    const { code, stdout } = await ground.cairn('task start daily --wait');
    expect(stdout).toContain('nameNode hacluster: the source is upside down HINT: turn it');
    expect(code).toBe(1);
    expect((await ground.cairn('task list --json')).json()).toContainEqual(
      expect.objectContaining({
        name: 'daily',
        status: 'Failed',
        reason: saying('upside down'),
      }),
    );
  });

  it('start of one that runs ends with 11; what waits behind it knows its place, and stop takes it out', async () => {
    ground.cluster.script.dumpMs = 60_000;
    expect((await ground.cairn('task start daily --json')).json()).toMatchObject({ did: 'started', before: 0 });
    expect(await ground.cairn('task start daily')).toMatchObject({
      code: 11,
      stderr: expect.stringMatching(/is (Running|Waiting) already/) as string,
    });
    expect((await ground.cairn('task start spare')).stdout).toContain('"spare" waits, 1 before it');
    expect((await ground.cairn('task list')).stdout).toMatch(/spare +Waiting \(1 before it\)/);
    expect(await ground.cairn('task delete spare')).toMatchObject({
      code: 11,
      stderr: saying('is Waiting HINT: stop it first'),
    });
    expect(await ground.cairn('task stop spare')).toMatchObject({ code: 0, stdout: '"spare": stopped\n' });
    expect(await ground.cairn('task stop daily')).toMatchObject({ code: 0, stdout: '"daily": stopping\n' });
    expect(await ground.cairn('task stop spare')).toMatchObject({
      code: 11,
      stderr: saying('neither running nor waiting'),
    });
  });

  it('of a name that no task has ends with 10, of a name that none can have with 2', async () => {
    for (const what of ['show', 'start', 'stop', 'history', 'delete']) {
      expect((await ground.cairn(`task ${what} nobody`)).code).toBe(10);
      expect((await ground.cairn(`task ${what} ../daily`)).code).toBe(2);
    }
  });

  it('delete ends with 0; its sets stay, and are found on the target', async () => {
    await ground.apply('gone');
    const set = await ground.backUp('gone');
    expect(await ground.cairn('task delete gone')).toMatchObject({
      code: 0,
      stdout: '"gone": deleted; its sets stay\n',
    });
    expect((await ground.cairn('sets list')).stdout).not.toContain('gone');
    expect((await ground.cairn('sets list --target localDir')).stdout).toContain(set);
    expect(await ground.cairn(`sets show ${set}`)).toMatchObject({ code: 10 });
    expect((await ground.cairn(`sets show ${set} --target localDir`)).stdout).toMatch(/cluster: +c1/);
  });
});
