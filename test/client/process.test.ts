import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunningWorker } from '../../workers/run-worker';
import {
  ask,
  type FakeCluster,
  fakeCluster,
  folderTask,
  openStage,
  scratch,
  type Stage,
  untilState,
  workFor,
} from '../kit/stage';

/** The command as a process of its own, compiled as the tests are. */
const root = join(__dirname, '..', '..');
const compiled = [
  '-r',
  join(root, 'test/kit/register.js'),
  '-e',
  `require(${JSON.stringify(join(root, 'client/main.ts'))}).main(process.argv.slice(1)).then((code) => process.exit(code))`,
  '--',
];

interface Exit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  onStderr: (text: string, child: { kill(signal: 'SIGINT'): void }) => void = () => undefined,
): Promise<Exit> {
  const child = spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    onStderr(stderr, { kill: (signal) => void child.kill(signal) });
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

let folder: string;
beforeAll(async () => {
  folder = await scratch();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the installed command', () => {
  beforeAll(async () => {
    await mkdir(join(folder, 'client'));
    await copyFile(join(root, 'client/cairn.js'), join(folder, 'client/cairn.js'));
  });

  it('says how it is built, where that was forgotten', async () => {
    const { code, stderr } = await start([join(folder, 'client/cairn.js'), 'task', 'list']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'cairn: it has not been built yet HINT: npm run build\n' });
  });

  it('gives its arguments to what was built, and ends with its exit code', async () => {
    await mkdir(join(folder, 'dist/client'), { recursive: true });
    await writeFile(
      join(folder, 'dist/client/main.js'),
      'exports.main = async (args) => (console.log(args.join("+")), 7);',
    );
    const { code, stdout } = await start([join(folder, 'client/cairn.js'), 'task', 'list']);
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'task+list\n' });
  });

  it('starts Node with what keeps a worker small and fast', async () => {
    await writeFile(
      join(folder, 'dist/client/main.js'),
      'exports.main = async () => (console.log(process.env.MALLOC_ARENA_MAX, process.execArgv.join(" ")), 0);',
    );
    const { stdout } = await promisify(execFile)(join(folder, 'client/cairn.js'));
    expect(stdout).toBe('2 --expose-gc --max-semi-space-size=4 --heap-growing-percent=300\n');
  });
});

describe('cairn worker', () => {
  it('without its configuration says so', async () => {
    const { code, stderr } = await start([...compiled, 'worker', '--config', join(folder, 'none.yaml')]);
    expect(stderr).toContain('none.yaml cannot be read');
    expect(code).toBe(10);
  });

  it('with a wrong configuration names the field', async () => {
    const file = join(folder, 'cairn.yaml');
    await writeFile(file, 'clusters: [{ id: a b }]');
    const { code, stderr } = await start([...compiled, 'worker', '--config', file, '--json']);
    const { error } = JSON.parse(stderr) as { error: { kind: string; message: string } };
    expect(error.message).toContain('clusters[0].id: found "a b"; allowed: letters, digits');
    expect({ code, kind: error.kind }).toEqual({ code: 2, kind: 'invalid' });
  });
});

describe('with a cluster', () => {
  let stage: Stage;
  let cluster: FakeCluster;
  let worker: RunningWorker;

  beforeAll(async () => {
    stage = await openStage();
    cluster = await fakeCluster(stage, 'proc');
    worker = await workFor(cluster);
    await ask(stage, cluster.id, { do: 'putTask', task: folderTask(cluster.id) });
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.close();
  });
  const cairn = (...args: string[]) => [...compiled, '--address', stage.temporal.address, ...args];

  it('Ctrl-C ends the waiting with 130, and the run goes on to its end', async () => {
    cluster.script.dumpMs = 15_000; // a command has to start and to be told of its progress meanwhile
    let pressed = false;
    const exit = await start(cairn('task', 'start', 'nn', '--wait'), (text, child) => {
      if (pressed || !text.includes('dumping')) return;
      pressed = true;
      child.kill('SIGINT');
    });
    expect(exit.stderr).toContain('its run goes on HINT: "cairn task stop nn" stops it');
    expect(exit).toMatchObject({ code: 130, stdout: '' });
    const state = await untilState(stage, cluster.id, ({ tasks }) => tasks['nn']!.status !== 'Running');
    expect(state.tasks['nn']!.status).toBe('Successful');
  });

  it('a command ends by itself, and leaves nothing but its result on stdout', async () => {
    const exit = await start(cairn('task', 'list', '--json'));
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(exit.stdout)).toMatchObject([{ name: 'nn', status: 'Successful' }]);
  });
});
