import { setTimeout as sleep } from 'node:timers/promises';
import { type Cairn, openCairn, type WaitState } from '../../client';
import { BackupError } from '../../model/errors';
import { workflowIds } from '../../model/names';
import { pressReset } from '../kit/history';
import { workFor } from '../kit/stage';
import { openGround, type Ground, saying } from './cluster';

let ground: Ground;
let cairn: Cairn;
beforeAll(async () => {
  ground = await openGround();
  cairn = await openCairn({ address: ground.stage.temporal.address });
  await ground.apply('first', 'second');
});
afterAll(async () => {
  await cairn?.close();
  await ground?.close();
});
beforeEach(() => {
  Object.assign(ground.cluster.script, { dumpMs: 0, errors: {} });
});

function runHandle() {
  return ground.stage.client.workflow.getHandle(workflowIds.run('c1'));
}

/** Waits, and tells what was shown, without repetitions. */
async function watched(
  started: Parameters<Cairn['waitFor']>[0],
  onState: (state: WaitState) => void = () => undefined,
) {
  const seen: string[] = [];
  const result = await cairn.waitFor(started, {
    onProgress(state) {
      const text = state.state === 'running' ? `running ${state.progress.phase}` : state.state;
      if (seen.at(-1) !== text) seen.push(text);
      onState(state);
    },
  });
  return { seen, result };
}

it('shows the place in the queue, then the phases, and gives the record of the run', async () => {
  ground.cluster.script.dumpMs = 2000;
  await cairn.start('first');
  const started = await cairn.start('second');
  expect(started).toMatchObject({ did: 'waiting', before: 1 });
  const { seen, result } = await watched(started);
  expect(seen[0]).toBe('waiting');
  expect(seen).toContain('running dumping');
  expect(result).toMatchObject({ outcome: 'Successful', task: 'second', key: started.key, parts: [{ files: 1 }] });
  expect(await cairn.task('second')).toMatchObject({ status: 'Successful', runs: [{ label: result.label }] });
});

it('of a run that is over gives its record all the same', async () => {
  const started = await cairn.start('first');
  const record = await cairn.waitFor(started);
  expect(await cairn.waitFor(started)).toEqual(record);
});

it('of a run that failed gives its record, with what failed', async () => {
  ground.cluster.script.errors = { dump: [new BackupError('precondition', 'upside down')] };
  const result = await cairn.waitFor(await cairn.start('first'));
  expect(result).toMatchObject({
    outcome: 'Failed',
    parts: [{ outcome: 'Failed', errorKind: 'precondition', reason: 'upside down' }],
  });
});

it('tells that a step is tried again, and why', async () => {
  ground.cluster.script.errors = {
    dump: Array.from({ length: 2 }, () => new BackupError('unavailable', 'the NameNode sleeps')),
  };
  const troubles: string[] = [];
  const { result } = await watched(await cairn.start('first'), (state) => {
    if (state.state === 'running' && state.progress.trouble) troubles.push(state.progress.trouble.why);
  });
  expect(troubles).toContain('the NameNode sleeps');
  expect(result.outcome).toBe('Successful');
});

it('of a run that is stopped gives its record', async () => {
  ground.cluster.script.dumpMs = 60_000;
  const started = await cairn.start('first');
  const waiting = cairn.waitFor(started);
  await sleep(1500);
  await cairn.stop('first');
  expect(await waiting).toMatchObject({ outcome: 'Stopped', reason: 'stopped' });
});

it('of a run that is taken out of the queue says that it was stopped', async () => {
  ground.cluster.script.dumpMs = 60_000;
  const going = await cairn.start('first');
  const waiting = cairn.waitFor(await cairn.start('second'));
  await cairn.stop('second');
  expect(await waiting).toMatchObject({ outcome: 'Stopped', reason: 'stopped while it waited', parts: [] });
  await cairn.stop('first');
  await cairn.waitFor(going);
});

it('of a run that was taken out of the queue says so also when its task waits again, and so does its key', async () => {
  ground.cluster.script.dumpMs = 60_000;
  const going = await cairn.start('first');
  const stopped = await cairn.start('second', { key: 'k1' });
  await cairn.stop('second');
  const next = await cairn.start('second');
  expect(await cairn.start('second', { key: 'k1' })).toEqual(stopped);
  const record = { key: 'k1', outcome: 'Stopped', reason: 'stopped while it waited', parts: [] };
  expect(await cairn.waitFor(stopped)).toMatchObject(record);
  ground.cluster.script.dumpMs = 0;
  await cairn.stop('first');
  await cairn.waitFor(going);
  expect(await cairn.waitFor(next)).toMatchObject({ outcome: 'Successful' });
  expect(await cairn.waitFor(stopped)).toMatchObject(record);
  const { runs } = await cairn.history('second');
  expect(runs.slice(0, 2)).toMatchObject([
    { outcome: 'Successful' },
    { outcome: 'Stopped', waited: true, reason: 'stopped while it waited' },
  ]);
  expect(runs[1]).not.toHaveProperty('forgotten');
});

it('of a run that somebody terminates shows the cleaning up, and tells who ended it', async () => {
  ground.cluster.script.dumpMs = 60_000;
  const started = await cairn.start('first');
  const waiting = watched(started);
  await sleep(1500);
  ground.cluster.script.dumpMs = 0;
  await runHandle().terminate('by mistake');
  const { seen, result } = await waiting;
  expect(seen).toContain('cleaningUp');
  expect(result).toMatchObject({ outcome: 'Failed', task: 'first', reason: saying('terminated by hand: by mistake') });
  expect(await cairn.task('first')).toMatchObject({ status: 'Failed' });
});

it('of a run that somebody resets gives the record of what came of it', async () => {
  ground.cluster.script.dumpMs = 3000;
  const started = await cairn.start('first');
  const waiting = cairn.waitFor(started);
  await sleep(1500);
  const { runId } = await runHandle().describe();
  await pressReset(ground.stage.client, workflowIds.run('c1'));
  const result = await waiting;
  expect(result).toMatchObject({ outcome: 'Successful', key: started.key, parts: [{ outcome: 'Successful' }] });
  expect((await runHandle().describe()).runId).not.toBe(runId);
});

it('ends when it is told to, and the run goes on', async () => {
  ground.cluster.script.dumpMs = 3000;
  const started = await cairn.start('first');
  const enough = new AbortController();
  const waiting = cairn.waitFor(started, { signal: enough.signal });
  setTimeout(() => enough.abort(), 500);
  await expect(waiting).rejects.toMatchObject({ kind: 'cancelled', what: saying('its run goes on') });
  expect(await cairn.waitFor(started)).toMatchObject({ outcome: 'Successful' });
});

it('survives that Temporal is gone for some seconds', async () => {
  ground.cluster.script.dumpMs = 4000;
  const started = await cairn.start('first');
  const waiting = watched(started);
  await sleep(1000);
  await ground.stage.temporal.kill();
  await sleep(5000);
  await ground.stage.temporal.restart();
  const { result } = await waiting;
  expect(result).toMatchObject({ outcome: 'Successful', key: started.key });
});

it('survives that the worker is gone, and says so meanwhile', async () => {
  ground.cluster.script.dumpMs = 2000;
  const going = await cairn.start('first');
  const waiting = watched(await cairn.start('second'));
  await ground.worker.stop();
  await sleep(5000);
  ground.worker = await workFor(ground.cluster);
  const { seen, result } = await waiting;
  expect(seen).toContain('unanswered');
  expect(result.outcome).toBe('Successful');
  await cairn.waitFor(going);
});

it('of a run that nobody knows is missing', async () => {
  await expect(cairn.waitFor({ cluster: 'c1', task: 'first', key: 'never' })).rejects.toMatchObject({
    kind: 'missing',
  });
});
