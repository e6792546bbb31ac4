/**
 * Makes a command that dies with the process that started it, also when that one is killed with SIGKILL.
 *
 * A shell with a fixed text stands between: it holds the reading end of a pipe whose other end only the starter has.
 * When the starter is gone, the pipe ends, and the shell kills its whole process group, itself included. So it must
 * be started with `detached: true` (a group of its own) and `stdio[0]: 'pipe'`, and nothing may be written to it.
 * The command is given to the shell as positional arguments, which it never reads as text.
 */
export function guarded(argv: readonly string[]): [file: string, args: string[]] {
  return ['/bin/sh', ['-c', guard, guardName, ...argv]];
}

/** What the guard calls itself: its arguments are `/bin/sh -c <text> <this name> <the command …>`. */
export const guardName = 'cairn-guard';

const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
command=$!
{ read -r nothing <&3; kill -s KILL -- "-$$"; } >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$command"
code=$?
kill -s KILL "$guard" 2>/dev/null
exit "$code"
`;
