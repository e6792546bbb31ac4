import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endCommandsWith } from '../../servers/leftover-commands';
import { startLongCommand } from '../../servers/long-command';
import { startChild } from './child';

const shell = (text: string, ...args: string[]) => ['/bin/sh', '-c', text, 'sh', ...args];
const start = (argv: readonly string[], onLine: (line: string) => void = () => undefined) =>
  startLongCommand(argv, { PATH: process.env['PATH'] }, onLine);
/** Ended whatever becomes of their test. */
const strangers: ChildProcess[] = [];
afterEach(() => {
  for (const { pid } of strangers.splice(0)) process.kill(-pid!, 'SIGKILL');
});
let marks = 0;
const newMark = () => `--mark-${process.pid}-${(marks += 1)}`;

test('lines of both outputs are heard whole, also the last one without an end', async () => {
  const heard: string[] = [];
  const text = 'printf "one\\ntw"; sleep 0.1; printf "o ü\\n"; echo three >&2; sleep 0.1; printf four; exit 3';
  const { exitCode, said } = await start(shell(text), (line) => void heard.push(line)).ended;
  expect(heard).toEqual(['one', 'two ü', 'three', 'four']);
  expect(said).toEqual(heard);
  expect(exitCode).toBe(3);
});

test('of much output the end is kept', async () => {
  const { said } = await start(shell('seq 1 100000; echo end')).ended;
  expect(said.at(-1)).toBe('end');
  expect(said.length).toBeLessThan(5_000);
});

test('a kill ends what it started, too, and may come twice', async () => {
  let heard = (_: string): void => undefined;
  const pid = new Promise<string>((resolve) => (heard = resolve));
  const command = start(shell('sleep 1000 & echo $!; wait'), (line) => heard(line));
  const child = Number(await pid);
  await command.kill();
  await command.kill();
  expect((await command.ended).exitCode).toBeNull();
  for (let tries = 0; isThere(child); tries += 1) {
    if (tries === 100) throw new Error('the child is still there');
    await sleep(20);
  }
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('commands are found by an argument, those of other processes too, and no others', async () => {
  const mark = newMark();
  const mine = start(shell('sleep 1000 & wait', mark));
  const foreign = startChild(`
    const { startLongCommand } = require('./servers/long-command.ts');
    startLongCommand(['/bin/sh', '-c', 'sleep 1000 & wait', 'sh', ${JSON.stringify(mark)}], {}, () => undefined)
      .ended.then(() => process.exit(0));
  `);
  const foreignEnd = once(foreign, 'exit');
  const other = start(shell('sleep 1000 & wait', `${mark}0`));
  // Somebody's own process, which happens to have the argument.
  const unguarded = spawn('/bin/sh', ['-c', 'sleep 1000 & wait', 'sh', mark], { detached: true });
  strangers.push(unguarded);
  let ended = 0;
  while (ended < 2) {
    ended += await endCommandsWith(mark);
    await sleep(50);
  }
  await mine.ended;
  await foreignEnd;
  expect(unguarded.exitCode ?? unguarded.signalCode).toBeNull();
  expect(await endCommandsWith(mark)).toBe(0);
  expect(await endCommandsWith(`${mark}0`)).toBe(1);
  await other.ended;
});
