import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Modified, TaskView } from '../../../client';
import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

const remote = '--to remoteHdfs:haclusterX:/backup';
const hdfs = `--source hdfs --path /data --path /user ${remote}`;

async function specOf(task: string) {
  const { spec } = (await ground.cairn(`task show ${task} --json`)).json<TaskView>();
  return spec;
}

describe('task create', () => {
  it('makes a task with one source, as a file that says the same would', async () => {
    const created = await ground.cairn('task create plain --source nameNode --to localDir --name-service hacluster');
    expect(created).toMatchObject({ code: 0, stdout: '"plain": created\n', stderr: '' });
    const source = { source: 'nameNode', nameServices: ['hacluster'], target: { kind: 'localDir' } };
    const stdin = JSON.stringify({ tasks: [{ name: 'plain', cluster: 'c1', sources: [source] }] });
    expect((await ground.cairn('apply -f - --json', { stdin })).json()).toMatchObject([{ did: 'unchanged' }]);
  });

  it('takes every field of service data, and makes the task periodic', async () => {
    const fields =
      '--name-service hacluster --copies 7 --recovery-points 0 --queue night --maps 5 --bandwidth 30 --started 2999-01-01T22:00:00+02:00 --every 6h --json';
    const created = await ground.cairn(`task create data ${hdfs} ${fields}`);
    expect(created.json()).toEqual({ cluster: 'c1', task: 'data', did: 'created' });
    expect(await specOf('data')).toEqual({
      kind: 'backup',
      name: 'data',
      cluster: 'c1',
      mode: 'periodic',
      period: { started: Date.UTC(2999, 0, 1, 20), seconds: 6 * 3600 },
      sources: [
        {
          source: 'hdfs',
          entry: {
            source: 'hdfs',
            nameService: 'hacluster',
            paths: ['/data', '/user'],
            recoveryPoints: 0,
            queue: 'night',
            maps: 5,
            bandwidth: 30,
          },
          target: { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' },
          copies: 7,
        },
      ],
    });
  });

  it('takes rows, alone or beside paths, and shows them', async () => {
    const created = await ground.cairn(`task create rows --source hdfs --row /user:hive.* --row /a:b:c=d ${remote}`);
    expect(created).toMatchObject({ code: 0 });
    const rows = [
      { under: '/user', matching: 'hive.*' },
      { under: '/a', matching: 'b:c=d' },
    ];
    expect(await specOf('rows')).toMatchObject({ sources: [{ entry: { rows } }] });
    expect(await specOf('rows')).not.toMatchObject({ sources: [{ entry: { paths: expect.anything() } }] });
    expect((await ground.cairn('task show rows')).stdout).toMatch(/rows: +in \/user: hive\.\*\n +in \/a: b:c=d/);
    const both = await ground.cairn(`task create both ${hdfs} --row /hive:.* --dry-run --json`);
    expect(both.json()).toMatchObject({
      tasks: [{ sources: [{ paths: ['/data', '/user'], rows: [{ under: '/hive', matching: '.*' }] }] }],
    });
    const modified = await ground.cairn('task modify rows --copies 3 --json');
    expect(modified.json<Modified>().changes).toEqual([{ path: 'sources[0].copies', from: 24, to: 3 }]);
  });

  it('takes a policy of service data, and shows what its runs copy', async () => {
    expect(await ground.cairn(`task create weekly ${hdfs} --policy fullEvery:7`)).toMatchObject({ code: 0 });
    expect(await specOf('weekly')).toMatchObject({ sources: [{ entry: { policy: { fullEvery: 7 } } }] });
    expect((await ground.cairn('task show weekly')).stdout).toMatch(/copies: +what changed .* in each 7th run/);
    const written = await ground.cairn(`task create some ${hdfs} --policy incremental --dry-run --json`);
    expect(written.json()).toMatchObject({ tasks: [{ sources: [{ policy: 'incremental' }] }] });
  });

  it.each([
    ['--row /user', 'DIRECTORY:EXPRESSION'],
    ['--row /user:( --dry-run', 'missing closing )'],
    ['--row user:a', 'rows[0].under'],
    ['--maps 5', 'directories here, or rows'],
    ['--path /user --row /user/hive:.*', 'all of which is backed up already'],
  ])('refuses %j', async (options, why) => {
    const refused = await ground.cairn(`task create never --source hdfs ${options} ${remote}`);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
  });

  it('takes a target by its name from a file', async () => {
    const file = join(ground.stage.folder, 'targets.yaml');
    const near = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/near' };
    const task = { name: 'other', cluster: 'c1', sources: [{ source: 'nameNode', target: 'near' }] };
    await writeFile(file, JSON.stringify({ targets: { near }, tasks: [task] }));
    expect(await ground.cairn(`task create by-name --source nameNode --to near -f ${file}`)).toMatchObject({ code: 0 });
    expect(await specOf('by-name')).toMatchObject({ sources: [{ target: near }] });
    expect(await ground.cairn(`task create nowhere --source nameNode --to far -f ${file}`)).toMatchObject({
      code: 2,
      stderr: saying('there is no target "far" HINT: possible are: localDir, near'),
    });
  });

  it('refuses a name that is there, and leaves that task alone', async () => {
    const before = await specOf('data');
    for (const way of ['', ' --dry-run'])
      expect(await ground.cairn(`task create data --source nameNode --to localDir${way}`)).toMatchObject({
        code: 11,
        stdout: '',
        stderr: saying('cluster c1 has a task "data" already HINT: take another name'),
      });
    expect(await specOf('data')).toEqual(before);
  });

  it('by two at once makes one task', async () => {
    const both = await Promise.all(
      [3, 4].map((copies) => ground.cairn(`task create two --source nameNode --to localDir --copies ${copies}`)),
    );
    expect(both.map(({ code }) => code).sort()).toEqual([0, 11]);
    const won = both.findIndex(({ code }) => code === 0);
    expect(await specOf('two')).toMatchObject({ sources: [{ copies: [3, 4][won] }] });
  });

  it('with a key is answered the same again', async () => {
    const line = 'task create keyed --source nameNode --to localDir --key build-1';
    expect(await ground.cairn(line)).toMatchObject({ code: 0, stdout: '"keyed": created\n' });
    expect(await ground.cairn(line)).toMatchObject({ code: 0, stdout: '"keyed": created\n' });
  });

  it('with --dry-run prints the task as a file, and makes nothing', async () => {
    const line = `task create later ${hdfs} --started 2999-01-01T20:00:00Z --every 1d`;
    const { code, stdout } = await ground.cairn(`${line} --dry-run`);
    expect(code).toBe(0);
    expect((await ground.cairn(`${line} --dry-run --json`)).json()).toEqual(parse(stdout));
    expect((await ground.cairn('task show later')).code).toBe(10);
    await ground.cairn(line);
    expect((await ground.cairn('apply -f - --json', { stdin: stdout })).json()).toMatchObject([{ did: 'unchanged' }]);
  });

  it('to a share of NFS needs no file', async () => {
    const dry = await ground.cairn('task create x --source nameNode --to nfs:nas1:/srv/backup --dry-run');
    expect(parse(dry.stdout)).toMatchObject({
      tasks: [{ sources: [{ target: { kind: 'nfs', server: 'nas1', path: '/srv/backup' } }] }],
    });
  });

  it('is refused by the rules of the cluster', async () => {
    const { code, stderr } = await ground.cairn(
      'task create x --source hdfs --path /a --to remoteHdfs:haclusterY:/backup',
    );
    expect(stderr).toContain('knows no remote HDFS "haclusterY"');
    expect(code).toBe(2);
  });

  it.each([
    [`x --source nameNode --to localDir --copies 20000`, 'tasks[0].sources[0].copies: found 20000; allowed: at most'],
    [`x ${hdfs} --maps 3000`, 'tasks[0].sources[0].maps: found 3000; allowed: at most 2000'],
    [`x ${hdfs} --bandwidth 999999`, 'tasks[0].sources[0].bandwidth: found 999999'],
    [`x ${hdfs} --recovery-points 1001`, 'tasks[0].sources[0].recoveryPoints: found 1001'],
    [`x ${hdfs} --queue ;`, 'tasks[0].sources[0].queue: found ";"; allowed: the name of a Yarn queue'],
    [`x ${hdfs} --policy weekly`, 'tasks[0].sources[0].policy: found "weekly"'],
    [`x ${hdfs} --policy fullEvery:1`, 'tasks[0].sources[0].policy'],
    [`x ${hdfs} --policy incremental --recovery-points 0`, 'tasks[0].sources[0].recoveryPoints'],
    [`x --source nameNode --to localDir --policy full`, 'tasks[0].sources[0].policy: found this field'],
    [`x --source hdfs ${remote}`, 'tasks[0].sources[0].paths: found nothing'],
    [`x --source hdfs --path data ${remote}`, 'tasks[0].sources[0].paths[0]: found "data"'],
    [`x --source nameNode --to localDir --path /data`, 'tasks[0].sources[0].paths: found this field'],
    [`x --source nameNode --to localDir --maps 3`, 'tasks[0].sources[0].maps: found this field'],
    [`x --source moon --to localDir`, 'tasks[0].sources[0].source: found "moon"'],
    [`x --source nameNode --to moon:a:/b`, 'targets.to.kind: found "moon"'],
    [`x --source nameNode --to nfs:a:/`, 'targets.to.path: found "/"'],
    [`x --source nameNode --to sftp:a:/b`, 'a target sftp has more fields than fit into --to'],
    [`x --source nameNode --to obs`, 'HINT: write it under targets in a file'],
    [`x --source nameNode --to remoteHdfs:haclusterX:/hbase`, 'targets.to.path: found "/hbase"'],
    [`x --source nameNode --to remoteHdfs::/b`, 'targets.to.nameService: found ""'],
    [`a/b --source nameNode --to localDir`, 'tasks[0].name: found "a/b"'],
    [`x ${hdfs} --every 6h`, 'tasks[0].started: found nothing; allowed: this field, because the task is periodic'],
    [`x ${hdfs} --started 2999-01-01T20:00:00Z`, 'tasks[0].period: found nothing'],
    [`x ${hdfs} --started tomorrow --every 1d`, 'tasks[0].started: found "tomorrow"; allowed: a time with its zone'],
    [`x ${hdfs} --started 2999-01-01T20:00:00Z --every 0h`, 'tasks[0].period.hours: found 0; allowed: at least 1'],
    [`x ${hdfs} --every 6min`, 'such as 6h or 1d'],
    [`x --source nameNode --source hdfs --to localDir`, 'a task with several sources is written in tasks.yaml'],
    [`x --source nameNode`, "required option '--to <target>' not specified"],
  ])('that is wrong (%s) is refused, and told what is', async (words, message) => {
    expect(await ground.cairn(`task create ${words}`)).toMatchObject({ code: 2, stdout: '', stderr: saying(message) });
  });
});

describe('task modify', () => {
  const full = 'the next run copies all of hdfs (full), because the target is another; the sets at the old one stay';

  beforeAll(async () => {
    await ground.cairn(`task create changing ${hdfs} --started 2999-01-01T20:00:00Z --every 1d`);
    const target = { kind: 'remoteHdfs', nameService: 'haclusterX', path: '/backup' };
    const sources = [
      { source: 'nameNode', target: { kind: 'localDir' } },
      { source: 'hdfs', paths: ['/data'], target },
    ];
    await ground.cairn('apply -f -', { stdin: JSON.stringify({ tasks: [{ name: 'both', cluster: 'c1', sources }] }) });
  });

  it.each([
    ['--copies 9', 'sources[0].copies: 24 → 9'],
    ['--recovery-points 0', 'sources[0].recoveryPoints: 1 → 0'],
    ['--maps 7', 'sources[0].maps: 20 → 7'],
    ['--bandwidth 50', 'sources[0].bandwidth: 100 → 50'],
    ['--every 6h', 'period.hours: nothing → 6'],
    ['--started 2999-01-02T20:00:00Z', 'started: "2999-01-01T20:00:00.000Z" → "2999-01-02T20:00:00.000Z"'],
    ['--target-path /other', 'sources[0].target.path: "/backup" → "/other"'],
  ])('changes with %s only that, and shows it', async (words, line) => {
    const before = await specOf('changing');
    const dry = await ground.cairn(`task modify changing ${words} --dry-run`);
    expect(dry).toMatchObject({ code: 0, stdout: saying('would be changed') });
    expect(await specOf('changing')).toEqual(before);
    const { code, stdout } = await ground.cairn(`task modify changing ${words}`);
    expect(stdout).toMatch(/^c1 +changing +changed$/m);
    expect(stdout).toContain(`    ${line}\n`);
    expect(stdout.includes(full)).toBe(words.includes('target'));
    expect(code).toBe(0);
    expect((await ground.cairn(`task modify changing ${words} --json`)).json()).toEqual({
      cluster: 'c1',
      task: 'changing',
      did: 'unchanged',
      changes: [],
      copiedWhole: [],
    });
  });

  it('leaves everything else as it was', async () => {
    expect(await specOf('changing')).toMatchObject({
      period: { started: Date.UTC(2999, 0, 2, 20), seconds: 6 * 3600 },
      sources: [
        {
          entry: { paths: ['/data', '/user'], queue: 'default', recoveryPoints: 0, maps: 7, bandwidth: 50 },
          target: { nameService: 'haclusterX', path: '/other' },
          copies: 9,
        },
      ],
    });
  });

  it('takes another NameService only where the workers know it', async () => {
    const { code, stderr } = await ground.cairn('task modify changing --name-service-of-target haclusterY');
    expect(stderr).toContain('knows no remote HDFS "haclusterY"');
    expect(code).toBe(2);
  });

  it('of a task with several sources finds the one that has the field, or asks which', async () => {
    const { json } = await ground.cairn('task modify both --maps 3 --copies 5 --json');
    expect(
      json<Modified>()
        .changes.map(({ path }) => path)
        .sort(),
    ).toEqual(['sources[1].copies', 'sources[1].maps']);
    expect(await ground.cairn('task modify both --copies 4')).toMatchObject({
      code: 2,
      stderr: saying('it is not said which source of task "both" is meant HINT: name it with --source: nameNode, hdfs'),
    });
    const { stdout } = await ground.cairn('task modify both --copies 4 --source nameNode');
    expect(stdout).toContain('    sources[0].copies: 24 → 4\n');
  });

  it.each([
    [
      'both --maps 3 --source nameNode',
      'maps of nameNode in task "both" cannot be changed HINT: nameNode can change: ',
    ],
    ['both --copies 3 --source yarn', 'task "both" has no source "yarn" HINT: it has: nameNode, hdfs'],
    ['both --started 2999-01-01T20:00:00Z', 'allowed: this field only with mode: periodic'],
    ['plain --target-path /b', 'targetPath of nameNode in task "plain" cannot be changed'],
    ['changing --maps 3000', 'tasks[0].sources[0].maps: found 3000; allowed: at most 2000'],
    ['changing --target-path /hbase', 'tasks[0].sources[0].target.path: found "/hbase"'],
    ['changing --queue night', "unknown option '--queue'"],
    ['changing', 'it is not said what to change HINT: '],
    ['changing --source hdfs --dry-run', 'it is not said what to change HINT: '],
  ])('that is wrong (%s) is refused, and told why', async (words, message) => {
    expect(await ground.cairn(`task modify ${words}`)).toMatchObject({ code: 2, stdout: '', stderr: saying(message) });
  });

  it('of a task that is not there ends with 10, also dry', async () => {
    for (const way of ['', ' --dry-run'])
      expect(await ground.cairn(`task modify nobody --copies 3${way}`)).toMatchObject({
        code: 10,
        stderr: saying('cluster c1 has no task "nobody"'),
      });
  });

  it('by two at once loses no change that it has told as made', async () => {
    const asked = ['--copies 77', '--bandwidth 88'];
    const both = await Promise.all(asked.map((words) => ground.cairn(`task modify changing ${words}`)));
    const [source] = (await ground.cairn('task show changing --json')).json<{
      spec: { sources: { copies: number; entry: { bandwidth: number } }[] };
    }>().spec.sources;
    expect(both.map(({ code }) => [0, 11].includes(code))).toEqual([true, true]);
    expect([source!.copies === 77, source!.entry.bandwidth === 88]).toEqual(both.map(({ code }) => code === 0));
  });
});

it('the help says what else there is', async () => {
  expect((await ground.cairn('task create --help')).stdout).toContain('tasks.yaml');
  expect((await ground.cairn('task modify --help')).stdout).toMatch(/delete\s+it\s+and\s+create\s+another/);
});
