import type { Command } from 'commander';
import { type Cairn, openCairn } from '..';
import { exitCodes } from '../exit-codes';
import type { Io } from '../terminal/io';
import { openOutput, type Output } from '../terminal/output';

/** What stands before or after every command. */
export interface GlobalOptions {
  readonly address?: string;
  readonly namespace?: string;
  readonly cluster?: string;
  readonly json?: boolean;
}

/** What a command that needs no Temporal has to work with. */
export interface Desk {
  readonly io: Io;
  readonly out: Output;
}

export interface Session extends Desk {
  readonly cairn: Cairn;
  /** From `--cluster`. */
  readonly cluster: string | undefined;
}

type Action = (this: Command, ...args: unknown[]) => Promise<void>;
/** What a command does; it ends with this exit code, 0 unless told. Arguments and options come as commander gives them. */
type Work<S, A extends unknown[]> = (session: S, ...args: A) => Promise<number | void>;

export interface Runner {
  /** A command that asks Temporal. */
  online<A extends unknown[]>(work: Work<Session, A>): Action;
  /** The same, with what is made ready first: faults in what people wrote are told before Temporal is asked. */
  onlineWith<P, A extends unknown[]>(
    prepare: (desk: Desk, ...args: A) => Promise<P>,
    work: Work<Session, [P, ...A]>,
  ): Action;
  /** A command that does not. */
  offline<A extends unknown[]>(work: Work<Desk, A>): Action;
}

export function createRunner(io: Io, exit: (code: number) => void): Runner {
  const onlineWith: Runner['onlineWith'] = (prepare, work) =>
    async function (...args) {
      const { address, namespace, cluster, json } = this.optsWithGlobals<GlobalOptions>();
      const out = openOutput(io, json === true);
      const prepared = await prepare({ io, out }, ...(args as never));
      const cairn = await openCairn({ address, namespace, onNote: out.note });
      try {
        exit((await work({ io, out, cairn, cluster }, prepared, ...(args as never))) ?? exitCodes.ok);
      } finally {
        await cairn.close();
      }
    };
  const nothing = () => Promise.resolve(undefined);
  return {
    onlineWith,
    online: (work) => onlineWith(nothing, (session, _nothing, ...args) => work(session, ...(args as never))),
    offline: (work) =>
      async function (...args) {
        const out = openOutput(io, this.optsWithGlobals<GlobalOptions>().json === true);
        exit((await work({ io, out }, ...(args as never))) ?? exitCodes.ok);
      },
  };
}
