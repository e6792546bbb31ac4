import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '../../../model/errors';
import { ask } from '../../kit/stage';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

describe('restoration', () => {
  let set: string;
  beforeAll(async () => {
    await ground.apply('source');
    set = await ground.backUp('source');
  });

  it('create says what will be replaced, and replaces nothing', async () => {
    await writeFile(join(ground.cluster.data, 'image'), 'newer');
    const { code, stdout } = await ground.cairn(`restoration create one --set ${set}`);
    expect(stdout).toMatch(
      /NameService hacluster of cluster c1: the NameNode's metadata; everything written to HDFS after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC is lost/,
    );
    expect(code).toBe(0);
    expect(await readFile(join(ground.cluster.data, 'image'), 'utf8')).toBe('newer');
    expect((await ground.cairn('restoration list')).stdout).toMatch(/^one +Ready/m);
    expect((await ground.cairn('restoration show one')).stdout).toContain(set);
  });

  it('create takes a run, or some of its sources', async () => {
    const label = set.slice(-14);
    expect(
      (await ground.cairn(`restoration create byrun --run source@${label} --source nameNode --json`)).json(),
    ).toMatchObject({ did: 'created', sets: [set] });
    expect((await ground.cairn(`restoration create none --run source@${label} --source yarn`)).code).toBe(10);
  });

  it('create takes the path that the product shows, with a recovery point or of an archive', async () => {
    const [folder, file] = [join(ground.cluster.localBackup, dirname(set)), join(ground.cluster.localBackup, set)];
    for (const [name, words] of [
      ['bypath', `--backup-path ${folder} --recovery-point ${set.slice(-14)}`],
      ['bylatest', `--backup-path ${dirname(set)} --recovery-point latest --source nameNode`],
      ['byfile', `--backup-path ${file}.tar.gz`],
    ] as const)
      expect((await ground.cairn(`restoration create ${name} ${words} --json`)).json()).toMatchObject({ sets: [set] });
    expect(
      await ground.cairn(`restoration create none --backup-path ${folder} --recovery-point 20010101000000`),
    ).toMatchObject({
      code: 10,
      stderr: saying('and recovery point "20010101000000" is there HINT: "cairn sets list" shows'),
    });
  });

  it('create by the older name of --set does the same', async () => {
    expect((await ground.cairn(`restoration create older --from ${set} --json`)).json()).toMatchObject({ sets: [set] });
  });

  it.each([
    ['nothing', '', 'takes either sets by their names, or a run, or a backup path HINT: --set SET…'],
    ['sets and a run', '--run source@latest --set SET', 'takes either'],
    ['a run and a path', '--run source@latest --backup-path a --recovery-point latest', 'takes either'],
    [
      'a folder without a recovery point',
      '--backup-path a',
      'which recovery point of a is meant HINT: --backup-path FOLDER',
    ],
    ['a recovery point without a folder', '--set SET --recovery-point latest', 'a recovery point is one of a folder'],
    [
      'a recovery point of an archive',
      '--backup-path a.tar.gz --recovery-point latest',
      'a recovery point is one of a folder',
    ],
  ])('create with %s ends with 2, and says what it takes', async (_what, words, message) => {
    const line = `restoration create two ${words.replace('SET', set)}`.trim();
    expect(await ground.cairn(line)).toMatchObject({ code: 2, stderr: saying(message) });
  });

  it('start without --yes ends with 2, says what would be replaced, and starts nothing', async () => {
    const { code, stderr } = await ground.cairn('restoration start one');
    expect(stderr).toContain('"one" was not started; it replaces:\n  NameService hacluster of cluster c1');
    expect(code).toBe(2);
    expect((await ground.cairn('restoration show one --json')).json()).toMatchObject({ status: 'Ready' });
  });

  it('start asks a person at a terminal, and takes no for an answer', async () => {
    const { code, stderr } = await ground.cairn('restoration start one', { isTerminal: true, answers: ['no'] });
    expect(stderr).toContain('replace it? (yes/no)');
    expect(code).toBe(2);
    expect((await ground.cairn('restoration show one --json')).json()).toMatchObject({ status: 'Ready' });
  });

  it('retry of one that has not run ends with 11', async () => {
    expect(await ground.cairn('restoration retry one --yes')).toMatchObject({
      code: 11,
      stderr: saying('has not run yet HINT: '),
    });
  });

  it('that failed has brought the state before back, is retried, and then never runs again', async () => {
    ground.cluster.script.errors = { load: [new BackupError('precondition', 'the NameNode runs')] };
    const failed = await ground.cairn('restoration start one --yes --wait');
    expect(failed.stdout).toContain('nameNode hacluster: the NameNode runs');
    expect(failed.code).toBe(1);
    expect(await readFile(join(ground.cluster.data, 'image'), 'utf8')).toBe('newer');

    const retried = await ground.cairn('restoration retry one --wait', { isTerminal: true, answers: ['yes'] });
    expect(retried.code).toBe(0);
    expect(await readFile(join(ground.cluster.data, 'image'), 'utf8')).toBe('data of c1');
    expect(await ground.cairn('restoration start one --yes')).toMatchObject({
      code: 11,
      stderr: saying('never runs again HINT: '),
    });
    expect((await ground.cairn('restoration history one --json')).json()).toMatchObject({
      runs: [{ outcome: 'Successful' }, { outcome: 'Failed' }],
    });
  });

  it('is not reached by the commands for backup tasks, nor the other way round', async () => {
    for (const what of ['start', 'stop', 'delete', 'show']) {
      expect(await ground.cairn(`task ${what} byrun`)).toMatchObject({
        code: 2,
        stderr: saying('is a restoration task'),
      });
      expect(await ground.cairn(`restoration ${what} source${what === 'start' ? ' --yes' : ''}`)).toMatchObject({
        code: 2,
        stderr: saying('is a backup task'),
      });
    }
  });

  it('stop ends one that goes on, and brings the state before back', async () => {
    ground.cluster.script.loadMs = 60_000;
    await writeFile(join(ground.cluster.data, 'image'), 'live');
    const ended = ground.cairn('restoration start byrun --yes --wait --json');
    for (let calls = ground.cluster.script.calls!.load; ground.cluster.script.calls!.load === calls;)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ground.cairn('restoration stop byrun')).stdout).toBe('"byrun": stopping\n');
    ground.cluster.script.loadMs = 0;
    expect((await ended).json()).toMatchObject({ outcome: 'Stopped', reason: 'stopped' });
    expect((await ended).code).toBe(1);
    expect(await readFile(join(ground.cluster.data, 'image'), 'utf8')).toBe('live');
  });

  it('that left an unknown state is a problem of its cluster, until somebody deletes it; both say what to do', async () => {
    await ground.cairn(`restoration create lost --from ${set}`);
    const denied = () => new BackupError('denied', 'made to fail');
    ground.cluster.script.errors = { load: [denied()], revert: [denied()] };
    expect((await ground.cairn('restoration start lost --yes --wait')).code).toBe(1);
    const { code, stdout } = await ground.cairn('cluster check');
    expect(stdout).toMatch(
      /ALM-12035 of task lost: .* HINT: .*"cairn restoration retry lost".*"cairn restoration delete lost"/,
    );
    expect(code).toBe(1);
    expect((await ground.cairn('restoration delete lost')).stdout).toContain('ALM-12035 is cleared with it: make sure');
    expect((await ground.cairn('cluster check')).stdout).not.toContain('ALM-12035');
  });

  it('of a set of another product version says so to whoever looks, starts or approves it', async () => {
    const label = set.slice(-14);
    const chosen = { target: { kind: 'localDir' }, name: set, part: 'hacluster', label, cluster: 'c1' } as const;
    const sets = [{ ...chosen, source: 'nameNode', productVersion: '3.2.0' } as const];
    const task = { kind: 'restoration', name: 'versions', cluster: 'c1', sets, anyVersion: true } as const;
    await ask(ground.stage, 'c1', { do: 'putTask', task });
    const warning = `WARNING: set ${set} is of product version 3.2.0, the cluster of 3.3.0 (--any-version)`;
    expect((await ground.cairn('restoration show versions')).stdout).toContain(warning);
    expect((await ground.cairn('restoration start versions')).stderr).toContain(warning);
    const asked = await ground.cairn('restoration start versions', { isTerminal: true, answers: ['no'] });
    expect(asked.stderr.indexOf(warning)).toBeGreaterThan(-1);
    expect(asked.stderr.indexOf(warning)).toBeLessThan(asked.stderr.indexOf('replace it? (yes/no)'));
  });

  it('delete ends with 0', async () => {
    expect((await ground.cairn('restoration delete byrun')).stdout).toBe('"byrun": deleted; its sets stay\n');
  });
});
