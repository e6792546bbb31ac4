/** Servers must not outlive the process that started them, however that ends: a tiny shell outlives us instead, and ends them. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** Reads `watch PID` and `forget PID`; when its input ends (we have ended, even by SIGKILL) it kills what it still watches. */
const script = `
watched=' '
while read -r verb pid; do
  case $verb in
    watch) watched="$watched$pid ";;
    forget) watched="\${watched%% $pid *} \${watched#* $pid }";;
  esac
done
for pid in $watched; do kill -9 "$pid" 2>/dev/null; done
`;

let input: Socket | undefined;
const watched = new Set<number>();

/** Has the process killed as soon as ours has ended. */
export function watchOver(pid: number): void {
  watched.add(pid);
  line().write(`watch ${pid}\n`);
}

/** Undoes `watchOver`; harmless for a pid that is not watched. */
export function forget(pid: number): void {
  if (watched.delete(pid)) line().write(`forget ${pid}\n`);
}

/** The watchdog's input; it is started when first needed, in a group of its own, so that a terminal's Ctrl-C passes it by. */
function line(): Socket {
  if (input) return input;
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  input = child.stdin as Socket;
  input.on('error', () => {});
  input.unref();
  return input;
}
