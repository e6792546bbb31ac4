import { openCairn } from '../client';
import { folderTask, fakeCluster, openStage } from '../test/kit/stage';
import { spawnWorker } from '../test/kit/worker-child';
import { machine, median, printFigure } from './machine';

/**
 * How long cairn itself takes: a backup of a folder with one small file, from `start` to *Successful* in the task's
 * list; and the answer to a request. Everything real but the NameNode. Run: npm run bench -- empty-run
 */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9);

export async function benchEmptyRun(): Promise<void> {
  const stage = await openStage();
  const cluster = await fakeCluster(stage, '1');
  const worker = await spawnWorker(cluster);
  const cairn = await openCairn({ address: stage.temporal.address });
  try {
    await cairn.apply([folderTask('1')]);
    const [answers, runs]: [number[], number[]] = [[], []];
    for (let round = -2; round < rounds; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const begin = performance.now();
      const started = await cairn.start('nn');
      const answered = performance.now();
      const { outcome } = await cairn.waitFor(started);
      if (outcome !== 'Successful') throw new Error(outcome);
      if (round < 0) continue;
      answers.push(answered - begin);
      runs.push(performance.now() - begin);
    }
    process.stdout.write(`${machine([[process.env['TEMPORAL_CLI'] ?? 'node', '--version']])}; ${rounds} rounds\n`);
    printFigure(
      'an empty run, from start to Successful',
      `${Math.round(median(runs))} ms (${list(runs)})`,
      '≤ 1000 ms',
    );
    printFigure(
      'the answer to a request when idle',
      `${Math.round(median(answers))} ms (${list(answers)})`,
      '≤ 500 ms',
    );
  } finally {
    await cairn.close();
    await worker.stop();
    await stage.close();
  }
}

function list(values: readonly number[]): string {
  return values.map((value) => Math.round(value)).join(' ');
}
