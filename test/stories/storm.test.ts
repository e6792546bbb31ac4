import { BackupError, type Cairn, openCairn } from '../../client';
import type { Answer, Refusal } from '../../model/command';
import type { ClusterState } from '../../model/cluster-state';
import { workflowIds } from '../../model/names';
import type { BackupTask, ChosenSet, RestorationTask } from '../../model/task';
import { run } from '../client/terminal';
import { bundleFile, pause, put, restorationOf, runTask, setsIn } from '../kit/real-cluster';
import { ask, type FakeCluster, fakeCluster, folderTask, glanceAt, openStage, type Stage, stateOf } from '../kit/stage';
import { spawnToldWorker, type WorkerChild } from '../kit/worker-child';

/**
 * More starts than anybody ever asks for, from everywhere at once, while everything that can be killed is killed. As many as
 * may be, 2,000 starts of 200 tasks, take ten minutes of a whole machine: CAIRN_STARTS=2000 npm test -- --only test/stories/storm
 */
const starts = Number(process.env['CAIRN_STARTS'] ?? 200);
const limit = 20;
/** Half of them are backups, half restorations, which succeed once only. */
const tasks = Math.min(200, Math.max(40, starts / 10));
const count = { tasks, periodic: tasks / 10, inFlight: 16 };
const everySeconds = 60;
const names = Array.from({ length: count.tasks }, (_, place) =>
  isRestoration(place) ? `back-${place}` : `task-${place}`,
);

function isRestoration(place: number): boolean {
  return place >= count.tasks / 2;
}

let stage: Stage;
let cluster: FakeCluster;
let worker: WorkerChild;
let cairn: Cairn;

jest.setTimeout(3_600_000);

beforeAll(async () => {
  stage = await openStage();
  cluster = await fakeCluster(stage, 'storm', {
    waitingTasks: limit,
    requestSeconds: 600,
    intervalSeconds: 1,
    latenessSeconds: 60,
    checkSeconds: 10,
  });
  worker = await spawn();
  cairn = await openCairn({ address: stage.temporal.address });
});

afterAll(async () => {
  await cairn?.close();
  await worker?.kill();
  await stage?.close();
});

async function spawn(): Promise<WorkerChild> {
  const told = { config: cluster.config, data: cluster.data, script: { dumpMs: 50 } };
  return await spawnToldWorker(told, { CAIRN_WORKFLOW_BUNDLE: await bundleFile(stage) });
}

/** One start, and how it was answered. */
interface Told {
  readonly key: string;
  readonly refusal?: Refusal;
}

/** Told to who had no answer in a minute: the server was too busy, or being killed. It may be carried out later, or never. */
const unanswered: Refusal = 'unknownCluster';

/** Asks with the same key until there is an answer, as a pipeline's step does that is tried again. */
async function answered(key: string, start: () => Promise<Refusal | undefined>): Promise<Told> {
  for (;;)
    try {
      const refusal = await start();
      return { key, ...(refusal && { refusal }) };
    } catch (error) {
      if (!(error instanceof BackupError) || error.kind !== 'unavailable') throw error;
      await pause(500);
    }
}

async function byLibrary(place: number, key: string): Promise<Refusal | undefined> {
  const kind = isRestoration(place) ? cairn.restorations : cairn;
  try {
    await kind.start(names[place]!, { key, cluster: cluster.id });
    return undefined;
  } catch (error) {
    const refusal = error instanceof BackupError && (error.context['refusal'] as Refusal | undefined);
    if (!refusal) throw error;
    return refusal;
  }
}

async function byCommand(place: number, key: string): Promise<Refusal | undefined> {
  const command = isRestoration(place) ? ['restoration', 'start', '--yes'] : ['task', 'start'];
  const site = ['--address', stage.temporal.address, '--cluster', cluster.id, '--json'];
  const { code, stdout, stderr } = await run([...site, ...command, names[place]!, '--key', key]);
  if (code === 0) return undefined;
  const { refusal } = (JSON.parse(stdout || stderr) as { error: { refusal?: Refusal } }).error;
  if (refusal !== undefined) return refusal;
  throw new BackupError('unavailable', stderr);
}

function periodicTask(name: string, startsInMs: number): BackupTask {
  const started = Math.ceil((Date.now() + startsInMs) / 1000) * 1000;
  return { ...folderTask(cluster.id, name, 1), mode: 'periodic', period: { started, seconds: everySeconds } };
}

function taskAt(place: number, set: ChosenSet): BackupTask | RestorationTask {
  const name = names[place]!;
  if (isRestoration(place)) return restorationOf(cluster.id, name, [set]);
  return place < count.periodic ? periodicTask(name, 3000 + place * 1000) : folderTask(cluster.id, name, 1);
}

/** A set of a task that is gone again, so that no retention takes it. */
async function makeSet(): Promise<ChosenSet> {
  await put(stage, folderTask(cluster.id, 'first'));
  expect(await runTask(stage, cluster.id, 'first')).toMatchObject({ outcome: 'Successful' });
  expect(await ask(stage, cluster.id, { do: 'deleteTask', task: 'first' })).toMatchObject({ accepted: true });
  return (await setsIn(cluster.localBackup, cluster.id))[0]!;
}

async function createTasks(): Promise<void> {
  const set = await makeSet();
  const tasks = names.map((_, place) => taskAt(place, set));
  await inTurns(
    tasks.map((task) => () => putSurely(task)),
    8,
  );
}

/** To put a task is to say how it should be: it may be said again. */
async function putSurely(task: BackupTask | RestorationTask): Promise<void> {
  for (;;) {
    const answer = await ask(stage, cluster.id, { do: 'putTask', task });
    if (answer.accepted) return;
    if (answer.refusal !== unanswered) throw new Error(`task ${task.name} was refused: ${answer.message}`);
  }
}

/** So many at a time; all the rest waits for its turn. */
async function inTurns<T>(jobs: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
  const results: T[] = [];
  const left = jobs.entries();
  const take = async () => {
    for (const [place, job] of left) results[place] = await job();
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  return results;
}

const disturbances: readonly (() => Promise<void>)[] = [
  async () => {
    await worker.kill();
    worker = await spawn();
  },
  async () => {
    await stage.temporal.kill();
    await pause(1000);
    await stage.temporal.restart();
  },
  async () => {
    await Promise.all([worker.kill(), stage.temporal.kill()]);
    await stage.temporal.restart();
    worker = await spawn();
  },
];

/** Each disturbance so often, with time for some starts in between. */
const rounds = starts < 2000 ? 1 : 2;
const calmMs = starts < 2000 ? 4000 : 10_000;

/** Runs beside the work, over and over, until that ends. */
async function beside<T>(work: Promise<T>, ...others: ((isOver: () => boolean) => Promise<void>)[]): Promise<T> {
  let over = false;
  const running = others.map((other) => other(() => over));
  try {
    return await work;
  } finally {
    over = true;
    await Promise.all(running);
  }
}

let disturbed = 0;

async function disturb(isOver: () => boolean): Promise<void> {
  for (; disturbed < rounds * disturbances.length && !isOver(); disturbed += 1) {
    await pause(calmMs);
    await disturbances[disturbed % disturbances.length]!();
  }
}

const seen = { states: 0, most: 0 };

/** Whatever the moment: never more wait than may, and no task twice. */
async function watch(isOver: () => boolean): Promise<void> {
  for (; !isOver(); await pause(100)) {
    const state = await glanceAt(stage, cluster.id);
    if (state !== undefined) expectInOrder(state);
  }
}

function expectInOrder({ queue, running }: ClusterState): void {
  const waiting = queue.map(({ task }) => task);
  // The one that is about to run stands in the queue until its run has started.
  expect(waiting.length).toBeLessThanOrEqual(running === undefined ? limit + 1 : limit);
  expect(new Set(waiting).size).toBe(waiting.length);
  if (running !== undefined) expect(waiting).not.toContain(running.task);
  seen.states += 1;
  seen.most = Math.max(seen.most, waiting.length);
}

interface Run {
  readonly key: string;
  readonly task: string;
  readonly begin: number;
  readonly end: number;
}

async function runsThere(): Promise<Run[]> {
  const runs: Run[] = [];
  for await (const one of stage.client.workflow.list({ query: `WorkflowId = '${workflowIds.run(cluster.id)}'` })) {
    const { key, task } = one.memo!.run as { key: string; task: string };
    runs.push({ key, task, begin: one.startTime.getTime(), end: one.closeTime?.getTime() ?? Infinity });
  }
  return runs.sort((one, other) => one.begin - other.begin);
}

/** The keys of the planned starts that the cluster admitted. One that came when its time was told as missed is none. */
async function plannedAdmitted(): Promise<string[]> {
  const keys: string[] = [];
  const query = `WorkflowType = 'request' AND Phase = 'accepted' AND WorkflowId STARTS_WITH 'request/storm/planned-'`;
  for await (const { workflowId, runId } of stage.client.workflow.list({ query })) {
    const handle = stage.client.workflow.getHandle(workflowId, runId);
    const answer = (await handle.result()) as Answer;
    if (!answer.accepted || answer.did === 'decided already') continue;
    const { events } = await handle.fetchHistory();
    const signal = events?.find((event) => event.signalExternalWorkflowExecutionInitiatedEventAttributes);
    const payload = signal!.signalExternalWorkflowExecutionInitiatedEventAttributes!.input!.payloads![0]!;
    keys.push((JSON.parse(Buffer.from(payload.data!).toString()) as { key: string }).key);
  }
  return keys;
}

async function untilIdle(): Promise<void> {
  for (const deadline = Date.now() + 1_200_000; Date.now() < deadline; await pause(500)) {
    const state = await stateOf(stage, cluster.id).catch(() => undefined);
    if (state !== undefined && state.queue.length === 0 && state.running === undefined) return;
  }
  throw new Error(`still busy: ${JSON.stringify(await stateOf(stage, cluster.id), null, 1)}`);
}

test(`starts of many tasks from schedules, the command line and the library, while worker and server are killed:
one runs at a time, never more wait than may, every start is answered once, and each admitted one runs once`, async () => {
  await createTasks();
  const asked = Array.from({ length: starts }, (_, number) => async () => {
    const by = number % 10 === 0 ? byCommand : byLibrary;
    const key = `${by.name}-${number}`;
    return await answered(key, () => by((number * 7) % count.tasks, key));
  });
  const told = await beside(inTurns(asked, count.inFlight), disturb, watch);

  // Not locked: that would take those that wait out of the queue.
  for (const name of names.slice(0, count.periodic)) await putSurely(folderTask(cluster.id, name, 1));
  await untilIdle();

  const heard = told.filter(({ refusal }) => refusal !== unanswered);
  const refusals = new Set(heard.flatMap(({ refusal }) => refusal ?? []));
  expect([...refusals].filter((refusal) => !['alreadyRunning', 'queueFull', 'notStartable'].includes(refusal))).toEqual(
    [],
  );
  expect(refusals).toContain('queueFull');
  const planned = await plannedAdmitted();
  const admitted = [...heard.filter(({ refusal }) => refusal === undefined).map(({ key }) => key), ...planned];
  const runs = (await runsThere()).filter(({ task }) => task !== 'first');
  console.log(
    `${told.length} starts, ${told.length - heard.length} without an answer, ${admitted.length} admitted, of which ${planned.length} planned; ${runs.length} runs; ` +
      `${disturbed} kills; ${seen.states} states seen, at most ${seen.most} waiting`,
  );
  const mayRun = new Set(told.filter(({ refusal }) => refusal === unanswered).map(({ key }) => key));
  expect(new Set(runs.map(({ key }) => key)).size).toBe(runs.length);
  expect(
    runs
      .map(({ key }) => key)
      .filter((key) => !mayRun.has(key))
      .sort(),
  ).toEqual([...admitted].sort());
  // On a busy machine many have no answer within their minute.
  expect(heard.length).toBeGreaterThan(told.length / 4);
  expect(planned.length).toBeGreaterThan(0);
  for (const [place, one] of runs.entries())
    expect({ ...one, isAlone: one.begin >= (runs[place - 1]?.end ?? 0) }).toMatchObject({ isAlone: true });
  expect(disturbed).toBeGreaterThanOrEqual(disturbances.length);
  expect(seen.states).toBeGreaterThan(3);
  expect(seen.most).toBeGreaterThanOrEqual(limit);
});
